import hashlib
import json

import pytest
from bare_machine import entry, make_bare, put, register, small_file, use
from http_site import site

from embeddings.weights.manifest import MANIFEST
from embeddings.weights.provenance import provenance_file
from scripts import weights
from scripts.command import run_command


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    manifest(monkeypatch, small=entry(), other=entry(file="other.h5", title="Other"))
    register(monkeypatch, small__data="bare_machine:small")
    return make_bare(monkeypatch, tmp_path)


def manifest(monkeypatch, **entries):
    use(monkeypatch, **entries)
    monkeypatch.setattr(weights, "MANIFEST", entries)


def run(capsys, *words):
    """Run the command; return its exit code and all it said."""
    code = run_command("weights", words)
    out, err = capsys.readouterr()
    return code, " ".join((out + err).split())


def test_list_says_what_is_here_and_how_it_was_verified(machine, capsys):
    code, said = run(capsys, "list")
    assert code == 0
    assert "0 of 2 are here" in said and said.count("absent") == 2
    small_file(machine / "artifacts/weights/small.h5")
    put(machine / "artifacts/weights/other.h5", b"<html>")
    code, said = run(capsys, "list")
    assert "unverified" in said and "unusable" in said
    assert "other.h5 is a web page" in said


def test_fetch_by_entry_or_backbone_with_its_provenance(machine, capsys, monkeypatch):
    monkeypatch.delenv("EMOSTACK_OFFLINE")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    body = small_file(machine / "server/small.h5").read_bytes()
    with site() as web:
        web.files["small.h5"] = body
        md5 = hashlib.md5(body).hexdigest()
        good = entry(urls=(web.url("small.h5"),), md5=md5)
        gone = entry(file="other.h5", urls=(web.url("other.h5"),))
        manifest(monkeypatch, small=good, other=gone)
        code, said = run(capsys, "fetch", "small.data", "-q")
        assert code == 0
        assert "licence MIT (me); Me, 2024" in said and "verified by hash" in said
        path = machine / "artifacts/weights/small.h5"
        assert json.loads(provenance_file(path).read_text())["source"] == good.url
        code, said = run(capsys, "fetch", "small")
        assert code == 0 and "is here" in said and len(web.asked) == 1
        code, said = run(capsys, "fetch", "small", "other", "--again")
        assert code == 3 and "other: failed" in said and "HTTP 404" in said
        code, said = run(capsys, "fetch", "other")
        assert code == 4


def test_verify_tells_each_check_and_what_is_wrong(machine, capsys):
    code, said = run(capsys, "verify")
    assert code == 0 and "no weights are on this machine" in said
    small_file(machine / "artifacts/weights/small.h5")
    code, said = run(capsys, "verify")
    assert code == 0
    assert "27 numbers" in said and "UNVERIFIED" in said and "golden row" in said
    put(machine / "artifacts/weights/other.h5", b"")
    code, said = run(capsys, "verify")
    assert code == 3 and "PROBLEM" in said and "is empty" in said
    provenance_file(machine / "artifacts/weights/small.h5").unlink()
    (machine / "artifacts/weights/small.h5").unlink()
    code, said = run(capsys, "verify", "small")
    assert code == 4 and "small: not on this machine" in said


def test_import_checks_before_it_copies(machine, capsys):
    path = small_file(machine / "downloads/mine.h5")
    code, said = run(capsys, "import", str(path))
    assert code == 4 and "--as NAME" in said
    code, said = run(capsys, "import", str(path), "--as", "smal")
    assert code == 4 and "did you mean 'small'" in said
    code, said = run(capsys, "import", str(path), "--as", "small")
    target = machine / "artifacts/weights/small.h5"
    assert code == 0 and f"imported as {target}" in said
    known = json.loads(provenance_file(target).read_text())
    assert known["source"] == str(path) and known["golden"]
    wrong = small_file(path, {"dense/kernel": [[0.0]]})
    code, said = run(capsys, "import", str(wrong), "--as", "small")
    assert code == 4 and "lacks dense/bias" in said
    assert json.loads(provenance_file(target).read_text()) == known


def test_an_import_that_something_else_hides_says_so(machine, capsys):
    small_file(machine / "artifacts/weights/small.h5")
    path = machine / "downloads/mine.hdf5"
    code, said = run(capsys, "import", str(small_file(path)), "--as", "small")
    assert code == 0
    assert "small.h5 is found before it" in said


def test_a_wrong_name_gets_the_nearest(capsys):
    code, said = run(capsys, "fetch", "smal.data")
    assert code == 4 and "did you mean 'small.data'" in said


@pytest.mark.data
def test_the_real_files_are_known(real_data, machine, capsys, monkeypatch):
    manifest(monkeypatch, **MANIFEST)
    for file, entry_, verified in (
        ("vggish_pca_params.npz", "vggish_pca", "hash"),
        ("squeezenet_imagenet_notop.h5", "squeezenet_notop", "hash"),
        ("face_landmarker_v2_with_blendshapes.task", "face_landmarker", "hash"),
        ("yamnet.tflite", "yamnet", "unverified"),
    ):
        code, said = run(capsys, "import", str(real_data / "pretrained" / file))
        assert code == 0, said
        assert said.startswith(f"{entry_}: ")
        known = provenance_file(machine / "artifacts/weights" / file)
        assert json.loads(known.read_text())["verified"] == verified
