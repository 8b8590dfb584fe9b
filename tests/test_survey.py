import dataclasses
import hashlib

from stored import SPEC, fill

from embeddings.survey import random_seed, survey, survey_faces
from visual_features.face_store import Shelf


def test_what_is_there_is_counted_by_backbone_and_corpus(tmp_path):
    store, sources = fill(tmp_path)
    fill(tmp_path, corpus="yours", takes=2)
    fill(tmp_path, dataclasses.replace(SPEC, layer="first"), takes=1)
    again = dataclasses.replace(sources[0], sha256="cd" * 32)
    store.write(again, store.read(sources[0]))
    (store.folder / "mine" / ".x.npz.part").touch()
    held = {one.label: one for one in survey(tmp_path / "embeddings")}
    assert len(held) == 2
    one = held[SPEC.folder]
    assert one.spec == SPEC
    assert {name: (c.takes, c.files) for name, c in one.corpora.items()} == {
        "mine": (4, 5),
        "yours": (2, 2),
    }
    assert one.files == len(list(one.paths())) == 7
    assert one.bytes == sum(path.stat().st_size for path in one.paths())
    assert one.written == max(path.stat().st_mtime for path in one.paths())


def test_what_is_none_of_ours_is_left_out_and_what_has_no_spec_is_told(tmp_path):
    assert survey(tmp_path / "embeddings") == []
    assert survey_faces(tmp_path / "faces") == []
    (tmp_path / "tiny.ears-01234567").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / ".removed-x").mkdir()
    (bare,) = survey(tmp_path)
    assert "spec.json cannot be read" in bare.problem


def test_faces_are_counted_by_detector_and_by_view(tmp_path):
    boxes, crops = "haar-01234567", "gray48-89abcdef"
    for folder in (tmp_path / boxes, tmp_path / boxes / crops):
        shelf = Shelf(folder=folder, corpus="mine", take="t", source_sha256="ab" * 32)
        shelf.write({"time": [0.0]})
    held = survey_faces(tmp_path)
    assert [(one.kind, one.label, one.files) for one in held] == [
        ("boxes", boxes, 1),
        ("crops", f"{boxes}/{crops}", 1),
    ]


def test_random_weights_are_known_by_their_hash():
    assert random_seed(hashlib.sha256(b"random:17").hexdigest()) == 17
    assert random_seed("ab" * 32) is None
