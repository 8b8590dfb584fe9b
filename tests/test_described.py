import hashlib
import re
from pathlib import Path

import pytest

import vggish_features.described as sounds
import visual_features.described as pictures
from corpus.problem import Problem
from embeddings.described import Output, read_description
from embeddings.registry import names

PLAIN = """
name = "tiny.test"
file = "net.onnx"

[picture]
size = 8
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "net.toml"
        path.write_text(text)
        return path

    return write


def test_a_few_lines_are_enough(written):
    described = read_description(written(PLAIN))
    assert described.name == "tiny.test"
    assert described.modality == "picture"
    assert described.media == {"size": 8}
    assert described.output == Output()
    assert described.batch == 32


def test_all_that_may_be_said(written):
    described = read_description(
        written(
            """
            name = "tiny.test"
            file = "net.keras"
            sha256 = "00"
            architecture = "mobilenetv2.imagenet"
            batch = 1
            licence = "MIT"
            source = "here"

            [sound]
            rate = 16000

            [output]
            layer = "pooled"
            pooling = "none"
            """
        )
    )
    assert described.modality == "sound"
    assert described.output.name == "pooled"
    assert (described.licence, described.source) == ("MIT", "here")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name", "nam", "has no setting 'nam'; it has name, file"),
        ('"net.onnx"', "3", "needs text as file, not 3"),
        ('file = "net.onnx"', "", "does not say file"),
        ("tiny.test", "tiny", "no `family.data`"),
        ("tiny.test", "../tiny.test", "no `family.data`"),
        ("tiny.test", "vgg16.imagenet", "registered backbone"),
        ("[picture]", "[pictures]", r"\[picture\] or \[sound\].*has none"),
        ("[picture]", "[sound]\n[picture]", "picture and sound"),
        ("[picture]\nsize = 8", "picture = 8", r"write \[picture\]"),
        ("[picture]", "batch = 0\n[picture]", "at least 1"),
        ("[picture]", "batch = true\n[picture]", "a whole number as batch"),
        ("[picture]", "[output]\npooling = 'mean'\n[picture]", "one of avg, max, none"),
        ("[picture]", "[output]\npool = 'avg'\n[picture]", "no setting 'pool'"),
        ("[picture]", "[output]\nlayer = 1\n[picture]", "text or nothing as layer"),
        (
            "[picture]",
            "[output]\nlayer = 'a'\ntensor = 'b'\n[picture]",
            "both a layer and a tensor",
        ),
        ("[picture]", "output = 1\n[picture]", "must be a section"),
        ("=", "", "no description in TOML"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(written, old, new, told):
    path = written(PLAIN.replace(old, new, 1))
    with pytest.raises(Problem, match=told) as caught:
        read_description(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_description(tmp_path):
    with pytest.raises(Problem, match="no description is at"):
        read_description(tmp_path / "none.toml")
    (tmp_path / "net.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Problem, match="no description in TOML"):
        read_description(tmp_path / "net.toml")
    with pytest.raises(Problem, match="cannot be read"):
        read_description(tmp_path)


def test_a_file_is_known_by_its_hash(written, tmp_path):
    content = b"numbers"
    (tmp_path / "net.onnx").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    path, record = read_description(written(PLAIN)).locate()
    assert path == tmp_path / "net.onnx"
    assert (record.sha256, record.verified) == (sha256, "unverified")
    told = PLAIN.replace("[picture]", f'sha256 = "{sha256.upper()}"\n[picture]')
    assert read_description(written(told)).locate()[1].verified == "hash"
    (tmp_path / "net.onnx").write_bytes(b"others")
    with pytest.raises(Problem, match=r"is not the file that .*net\.toml describes"):
        read_description(written(told)).locate()


def test_other_weights_are_given_in_its_stead(written, tmp_path):
    described = read_description(written(PLAIN.replace("[", 'sha256 = "00"\n[')))
    with pytest.raises(Problem, match=r"describes .*net\.onnx, which is not there"):
        described.locate()
    with pytest.raises(Problem, match="no weights are at"):
        described.locate(tmp_path / "other.onnx")
    (tmp_path / "other.onnx").write_bytes(b"numbers")
    path, record = described.locate(tmp_path / "other.onnx")
    assert path.name == "other.onnx" and record.verified == "unverified"
    with pytest.raises(Problem, match="random:0 would put no numbers into it"):
        described.locate("random:0")


def test_a_folder_is_known_by_all_its_files(written, tmp_path):
    folder = tmp_path / "net"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    described = read_description(written(PLAIN.replace("net.onnx", "net")))
    before = described.locate()[1].sha256
    (folder / "variables" / "variables.index").write_bytes(b"numbers")
    after = described.locate()[1].sha256
    assert after != before
    folder.rename(tmp_path / "moved")  # wherever it lies
    assert described.locate(tmp_path / "moved")[1].sha256 == after


def test_a_handle_is_looked_up_in_tf_hub_s_cache(written, tmp_path, monkeypatch):
    handle = "https://tfhub.dev/google/yamnet/1"
    folder = tmp_path / hashlib.sha1(handle.encode()).hexdigest()
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"graph")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    path, record = read_description(written(PLAIN.replace("net.onnx", handle))).locate()
    assert path == folder and record.source == handle


def blocks():
    page = Path(__file__).resolve().parents[1] / "docs" / "backbones.md"
    return re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.M | re.S)


@pytest.mark.parametrize("text", blocks())
def test_the_page_s_descriptions_are_descriptions(written, text):
    described = read_description(written(text))
    modality = {"picture": pictures, "sound": sounds}[described.modality]
    if described.architecture is None:
        modality.read_section(described)
    else:
        assert described.architecture in names()


def test_the_page_shows_each_kind():
    kinds = {".hdf5", ".h5", ".tflite", ".onnx", "tfhub.dev", "architecture", "log_mel"}
    assert all(any(kind in text for text in blocks()) for kind in kinds)
