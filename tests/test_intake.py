import hashlib
import io
import zipfile

import pytest
from bare_machine import entry, make_bare, published, put, small_file, use

from corpus.problem import Problem
from embeddings.weights.intake import recognise, take_in
from embeddings.weights.location import find, record_of, size_of
from embeddings.weights.provenance import Provenance, provenance_file, read_provenance


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    return make_bare(monkeypatch, tmp_path)


def known(path, name="small"):
    record = record_of(name, path)
    return Provenance(
        entry=name,
        source=str(path),
        sha256=record.sha256,
        size=size_of(path),
        when="2024-05-01",
        verified=record.verified,
        how=record.how,
    )


def test_an_entry_is_recognised_by_hash_then_by_name(machine, monkeypatch):
    path = small_file(machine / "downloads/whatever (1).h5")
    use(monkeypatch, other=entry(file="other.h5"), small=published(path))
    assert recognise(path) == "small"
    assert recognise(put(machine / "other.h5")) == "other"
    assert recognise(put(machine / "small.npz")) == "small"
    with pytest.raises(Problem, match=r"--as NAME.*other, small"):
        recognise(put(machine / "mystery.h5"))
    with pytest.raises(Problem, match="no weights are at"):
        recognise(machine / "nowhere.h5")
    with pytest.raises(Problem, match="web page"):
        recognise(put(machine / "other.h5", b"<html>"))


def test_a_file_is_copied_under_a_name_that_is_found(machine, monkeypatch):
    use(monkeypatch, small=entry())
    path = small_file(machine / "downloads/My Net.H5")
    target = take_in(path, known(path))
    assert target == machine / "artifacts/weights/small.h5" == find("small")
    assert target.read_bytes() == path.read_bytes()
    assert provenance_file(target).exists()
    noted = read_provenance(target, record_of("small", target).sha256)
    assert noted.source == str(path)
    assert noted.verified == "unverified"
    with pytest.raises(Problem, match="already"):
        take_in(target, known(target))


def test_an_official_file_gets_its_official_name(machine, monkeypatch):
    path = small_file(machine / "downloads/x.bin")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    use(monkeypatch, small=entry(file="official.ckpt", noted=sha256))
    target = take_in(path, known(path))
    assert target.name == "official.ckpt"
    assert record_of("small", target).verified == "hash"
    assert record_of("small", target).origin == str(path)


def test_a_newer_copy_replaces_an_older_one(machine, monkeypatch):
    use(monkeypatch, small=entry())
    for content in (b"first", b"second"):
        path = put(machine / "small.h5", content)
        target = take_in(path, known(path))
        assert target.read_bytes() == content
        assert record_of("small", target).origin == str(path)


def test_a_saved_model_is_copied_whole(machine, monkeypatch):
    use(monkeypatch, small=entry())
    folder = machine / "model"
    put(folder / "saved_model.pb", b"graph")
    put(folder / "variables/variables.index", b"index")
    put(folder / "variables/variables.data-00000-of-00001", b"data")
    target = take_in(folder, known(folder))
    assert target == find("small") == machine / "artifacts/weights/small"
    assert (target / "saved_model.pb").read_bytes() == b"graph"
    take_in(folder, known(folder))  # in the place of the first
    names = sorted(path.name for path in target.parent.iterdir())
    assert names == ["small", "small.provenance.json"]


def test_a_checkpoint_in_several_files_is_copied_with_all_of_them(machine, monkeypatch):
    use(monkeypatch, small=entry(file="net.ckpt"))
    put(machine / "net.ckpt.index", b"index")
    put(machine / "net.ckpt.data-00000-of-00001", b"data")
    prefix = machine / "net.ckpt"
    target = take_in(prefix, known(prefix))
    assert target == find("small")
    assert target.with_name("net.ckpt.index").read_bytes() == b"index"


def test_a_web_page_before_an_official_file_stays_behind(machine, monkeypatch):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("net.tflite", b"0123TFL3")
    body = file.getvalue()
    noted = hashlib.sha256(body).hexdigest()
    use(monkeypatch, small=entry(file="net.task", noted=noted, size=len(body)))
    path = put(machine / "net.task", b"<html>page</html>" + body)
    assert recognise(path) == "small"
    target = take_in(path, known(path))
    assert target.read_bytes() == body
    noted = read_provenance(target, noted)
    assert noted.size == len(body)
    assert "web page" not in noted.how


def test_a_file_that_changes_while_it_is_copied_is_told(machine, monkeypatch):
    use(monkeypatch, small=entry())
    path = put(machine / "small.h5", b"before")
    before = known(path)
    put(path, b"after")
    with pytest.raises(Problem, match="changed while"):
        take_in(path, before)
