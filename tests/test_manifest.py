import importlib.util
import re
from pathlib import Path
from urllib.parse import urlparse

import pytest

from embeddings.weights.manifest import MANIFEST


@pytest.mark.parametrize("entry", MANIFEST.values(), ids=MANIFEST)
def test_an_entry_says_what_a_user_must_know(entry):
    assert entry.title and entry.layout and entry.licence and entry.citation
    assert entry.url == entry.urls[0]
    for url in entry.urls:
        parts = urlparse(url)
        assert parts.scheme == "https" and parts.netloc
        named = parts.path.rsplit("/", 1)[1] in (entry.file, *entry.also)
        assert named or "id=" in parts.query  # a drive knows files by numbers
    assert entry.md5 is None or re.fullmatch("[0-9a-f]{32}", entry.md5)
    for sha256 in (entry.sha256, entry.noted, *entry.known):
        assert sha256 is None or re.fullmatch("[0-9a-f]{64}", sha256)
    # What is published by the owner needs nobody else's note.
    assert not ((entry.md5 or entry.sha256) and entry.noted)


@pytest.mark.parametrize("entry", MANIFEST.values(), ids=MANIFEST)
def test_mirrors_are_only_asked_where_a_hash_tells_their_files_apart(entry):
    assert len(entry.urls) == 1 or entry.md5 or entry.sha256 or entry.noted


@pytest.mark.parametrize(
    ("key", "module"),
    [
        ("vgg16_notop", "vgg16"),
        ("vgg19_notop", "vgg19"),
        ("resnet50_notop", "resnet"),
        ("resnet50v2_notop", "resnet"),
        ("mobilenetv2_notop", "mobilenet_v2"),
        ("mobilenetv3small_notop", "mobilenet_v3"),
        ("mobilenetv3large_notop", "mobilenet_v3"),
        ("efficientnetb0_notop", "efficientnet"),
        ("efficientnetv2b0_notop", "efficientnet_v2"),
        ("densenet121_notop", "densenet"),
        ("xception_notop", "xception"),
        ("inceptionv3_notop", "inception_v3"),
        ("convnexttiny_notop", "convnext"),
        ("nasnetmobile_notop", "nasnet"),
    ],
)
def test_hashes_of_keras_files_are_those_of_keras_own_source(key, module):
    keras = Path(importlib.util.find_spec("keras").origin).parent  # not imported
    source = (keras / "src" / "applications" / f"{module}.py").read_text()
    entry = MANIFEST[key]
    hashes = {entry.md5, entry.sha256} - {None}
    assert hashes or "file_hash" not in source
    assert all(one in source for one in hashes)
