import hashlib

import h5py
import numpy as np
import pytest
from http_site import site

from corpus.problem import Problem
from embeddings import weights
from embeddings.manifest import MANIFEST, Entry
from embeddings.weights import find, locate

VGG16 = MANIFEST["vgg16_notop"]


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch, tmp_path):
    """No weights anywhere, and no network."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    monkeypatch.setenv("EMOSTACK_ARTIFACTS", str(tmp_path / "artifacts"))
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    for name in ("EMOSTACK_WEIGHTS", "KERAS_HOME", "KAGGLEHUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def put(path, content=b"numbers"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_manifest_says_what_a_user_must_know():
    for entry in MANIFEST.values():
        assert entry.url.startswith("https://") and entry.url.endswith(entry.file)
        assert entry.licence and entry.citation and entry.title
        assert entry.md5 is None or len(entry.md5) == 32


def test_random_weights_are_named_and_told_apart():
    one, other = locate("vggish", "random:1"), locate("vggish", "random:2")
    assert (one.path, one.seed) == (None, 1)
    assert one.record.source == "random:1"
    assert one.record.verified == "random" and one.record.random
    assert one.record.sha256 == hashlib.sha256(b"random:1").hexdigest()
    assert one.record.sha256 != other.record.sha256


@pytest.mark.parametrize("text", ["random:", "random:x", "random:-1", "random:1.5"])
def test_random_weights_need_a_seed(text):
    with pytest.raises(Problem, match="seed"):
        locate("vggish", text)


def test_without_weights_the_sentence_says_all(bare_machine):
    with pytest.raises(Problem) as caught:
        locate("vggish")
    sentence = str(caught.value)
    places = (bare_machine / "artifacts" / "weights", ".keras/models", "tfhub")
    for part in (*places, "VGGish", MANIFEST["vggish"].url, "--weights random:0"):
        assert str(part) in sentence


def test_the_places_are_searched_in_their_order(bare_machine, monkeypatch):
    name = "vggish_model.ckpt"
    named = bare_machine / "named"
    monkeypatch.setenv("EMOSTACK_WEIGHTS", str(named))
    kaggle = bare_machine / "home/.cache/kagglehub/models/google/vggish/tensorFlow2"
    # TF-Hub's own name for https://tfhub.dev/google/vggish/1
    hub = bare_machine / "tfhub" / "a2d9c70b5c312dce4d2cde46297518f806bd50d0"
    assert find("vggish") is None
    for path, found in (
        (kaggle / "vggish/1/saved_model.pb", kaggle / "vggish/1"),
        (hub / "saved_model.pb", hub),
        (bare_machine / "home/.keras/models" / name, None),
        (bare_machine / "artifacts/weights" / "vggish.npz", None),
        (bare_machine / "artifacts/weights" / name, None),
        (named / name, None),
    ):
        put(path)
        assert find("vggish") == (found or path)
    given = put(bare_machine / "mine.npz")
    assert locate("vggish", given).path == given


def test_files_without_dense_layers_are_for_the_convolutions_only(bare_machine):
    path = put(
        bare_machine / "artifacts/weights" / "vggish_audioset_weights_without_fc2.h5"
    )
    assert find("vggish_conv") == path
    assert find("vggish") is None


def test_a_path_that_is_not_there_is_no_reason_to_look_elsewhere(bare_machine):
    put(bare_machine / "artifacts/weights" / "vggish_model.ckpt")
    with pytest.raises(Problem, match="nowhere"):
        locate("vggish", bare_machine / "nowhere.ckpt")


def test_what_has_no_published_hash_is_unverified(bare_machine):
    path = put(bare_machine / "vggish_model.ckpt", b"1234")
    record = locate("vggish", path).record
    assert record.verified == "unverified"
    assert record.sha256 == hashlib.sha256(b"1234").hexdigest()
    assert record.source == str(path)


def test_a_checkpoint_of_several_files_has_one_identity(bare_machine):
    for suffix in (".index", ".data-00000-of-00001"):
        put(bare_machine / f"model.ckpt{suffix}", suffix.encode())
    first = locate("vggish", bare_machine / "model.ckpt").record.sha256
    put(bare_machine / "model.ckpt.data-00000-of-00001", b"other numbers")
    assert locate("vggish", bare_machine / "model.ckpt").record.sha256 != first


def test_a_published_hash_must_be_met(bare_machine, monkeypatch):
    path = bare_machine / VGG16.file
    with h5py.File(path, "w") as file:
        file["numbers"] = np.arange(3)
    with pytest.raises(Problem, match=f"md5 .* instead of {VGG16.md5}"):
        locate("vgg16_notop", path)
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    monkeypatch.setitem(vars(VGG16), "md5", md5)
    assert locate("vgg16_notop", path).record.verified == "hash"


def test_weights_of_ones_own_go_unverified(bare_machine):
    path = bare_machine / "mine.npz"
    np.savez(path, kernel=np.arange(3.0))
    assert locate("vgg16_notop", path).record.verified == "unverified"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><body>Blocked by your proxy", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
        (b"", "empty"),
    ],
)
def test_what_is_no_weights_is_told(bare_machine, content, sentence):
    with pytest.raises(Problem, match=sentence):
        locate("vggish", put(bare_machine / "weights.h5", content))


def test_missing_weights_are_fetched_once(bare_machine, monkeypatch):
    monkeypatch.delenv("EMOSTACK_OFFLINE")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    body = b"the official numbers"
    with site() as web:
        web.files["tiny.npz"] = body
        entry = Entry(
            title="Tiny",
            file="tiny.npz",
            url=web.url("tiny.npz"),
            md5=hashlib.md5(body).hexdigest(),
            licence="none",
            citation="none",
        )
        monkeypatch.setattr(weights, "MANIFEST", {"tiny": entry})
        located = locate("tiny")
        assert located.path == bare_machine / "artifacts/weights/tiny.npz"
        assert located.record.verified == "hash"
        assert locate("tiny") == located
        assert len(web.asked) == 1
