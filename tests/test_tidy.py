import os
import shutil

import numpy as np
import pytest
from stored import SPEC, fill

from corpus.problem import Problem
from embeddings.store import SCHEMA
from embeddings.survey import survey, survey_faces
from embeddings.tidy import find_damage, remove_files, remove_holding, sweep_store


def held(root):
    return survey(root / "embeddings")


def rewrite(path, **changes):
    """Write a file again with other arrays; None leaves one out."""
    with np.load(path) as file:
        arrays = {**file, **changes}
    np.savez(path, **{k: v for k, v in arrays.items() if v is not None})


def test_a_whole_store_has_no_damage_and_progress_is_told(tmp_path):
    fill(tmp_path, takes=5)
    told = []
    done = find_damage(held(tmp_path), progress=lambda *counts: told.append(counts))
    assert done == []
    assert told == [(5, 5)]


def test_cut_and_flipped_bytes_are_found_and_only_they_are_removed(tmp_path):
    store, sources = fill(tmp_path, rows=200)
    cut, flipped, empty, whole = map(store.path, sources)
    cut.write_bytes(cut.read_bytes()[:500])
    content = bytearray(flipped.read_bytes())
    content[1000] ^= 1
    flipped.write_bytes(content)
    empty.write_bytes(b"")
    damage = find_damage(held(tmp_path))
    assert {one.path for one in damage} == {cut, flipped, empty}
    assert remove_files(damage) == []
    assert list((store.folder / "mine").iterdir()) == [whole]
    assert not find_damage(held(tmp_path))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"schema": SCHEMA + 1}, "of schema"),
        ({"schema": "x"}, "of schema"),
        ({"embedding": None}, "without embedding"),
        ({"embedding": np.ones((2, 4))}, r"of shape \(2, 4\), where its spec says"),
        ({"embedding": np.ones((0, 3)), "time": []}, "empty"),
        ({"time": np.arange(3.0)}, r"different lengths \(.*time 3"),
        ({"found": np.ones(3, bool)}, r"different lengths \(.*found 3"),
        ({"embedding": np.full((2, 3), np.nan)}, "embedding that are not finite"),
        ({"time": np.array([0, np.inf])}, "time that are not finite"),
        ({"embedding": np.full((2, 3), "x")}, "embedding that are not finite"),
        ({"embedding": np.array([None])}, "no whole npz"),
        ({"source_sha256": "cd" * 32}, "another source"),
    ],
)
def test_files_that_are_not_what_their_spec_says(tmp_path, changes, why):
    store, sources = fill(tmp_path, takes=1, rows=2)
    rewrite(store.path(sources[0]), **changes)
    (damage,) = find_damage(held(tmp_path))
    assert damage.path == store.path(sources[0])
    with pytest.raises(Problem, match=why):
        raise Problem(damage.why)


def test_a_damaged_spec_is_damage(tmp_path):
    store, _ = fill(tmp_path, takes=1)
    (store.folder / "spec.json").write_text("{")
    (damage,) = find_damage(held(tmp_path))
    assert damage.path == store.folder / "spec.json"
    assert remove_files([damage]) == []
    store.open()  # writes it again
    assert not find_damage(held(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_what_cannot_be_read_is_never_removed(tmp_path):
    store, sources = fill(tmp_path, takes=1)
    store.path(sources[0]).chmod(0)
    damage = find_damage(held(tmp_path))
    assert remove_files(damage) == damage
    assert store.path(sources[0]).exists()


def test_workers_find_the_same(tmp_path):
    store, sources = fill(tmp_path, takes=257, rows=1)
    store.path(sources[150]).write_bytes(b"x")
    assert find_damage(held(tmp_path), workers=2) == find_damage(
        held(tmp_path), workers=0
    )


def test_faces_are_read_as_well(tmp_path):
    folder = tmp_path / "faces" / "haar-01234567" / "mine"
    folder.mkdir(parents=True)
    facts = {"source_sha256": "ab" * 32, "schema": SCHEMA, "time": np.zeros(2)}
    boxes = {"boxes": np.zeros((2, 4)), "found": [True] * 2, "frame_size": np.ones(3)}
    np.savez(folder / "take-abababab.npz", **facts, **boxes)
    assert find_damage(survey_faces(tmp_path / "faces")) == []
    rewrite(folder / "take-abababab.npz", boxes=np.zeros((1, 4)))
    assert len(find_damage(survey_faces(tmp_path / "faces"))) == 1


def test_a_folder_is_removed_and_leftovers_are_swept(tmp_path, monkeypatch):
    fill(tmp_path)
    (holding,) = held(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda *args, **kwargs: None)  # killed here
        remove_holding(holding)
    assert held(tmp_path) == []
    assert sweep_store(tmp_path / "embeddings") == 1
    assert list((tmp_path / "embeddings").iterdir()) == []
    assert sweep_store(tmp_path / "nowhere") == 0


def test_a_link_is_left_to_its_owner(tmp_path):
    store, _ = fill(tmp_path / "real")
    (tmp_path / "embeddings").mkdir()
    (tmp_path / "embeddings" / SPEC.folder).symlink_to(store.folder)
    (holding,) = held(tmp_path)
    assert holding.files == 4
    with pytest.raises(Problem, match="is a link"):
        remove_holding(holding)
    assert store.folder.is_dir()
