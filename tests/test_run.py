"""The run folder: what may be gone on with, and what may not."""

import json
import socket

import pytest

from corpus.problem import Problem
from experiments.recipe_file import load_recipe
from experiments.run import Run

ONE = load_recipe("demo")
OTHER = load_recipe("demo", settings=["audio.units=[8, 4]"])


def test_a_run_that_never_got_as_far_as_a_split_may_change_its_recipe(tmp_path):
    Run.create(tmp_path / "run", ONE)
    run = Run.create(tmp_path / "run", OTHER)
    assert Run.open(tmp_path / "run").recipe == OTHER
    run.manifest["split"]["0"] = "a digest"
    run.save()
    with pytest.raises(Problem, match=r"different: audio.units"):
        Run.create(tmp_path / "run", ONE)


@pytest.mark.parametrize("text", ["{", "[]", "{}", "\x00", None])
def test_a_damaged_manifest_is_one_sentence(tmp_path, text):
    Run.create(tmp_path / "run", ONE)
    manifest = tmp_path / "run" / "manifest.json"
    manifest.unlink() if text is None else manifest.write_text(text)
    with pytest.raises(Problem, match=r"manifest.json .*remove the run folder") as said:
        Run.create(tmp_path / "run", ONE)
    assert "\n" not in str(said.value)


def test_what_a_killed_process_left_is_swept(tmp_path):
    run = Run.create(tmp_path / "run", ONE)
    left = run.folder / f".manifest.json.{socket.gethostname()}.99999999.0123abcd.part"
    left.write_text("half")
    Run.create(tmp_path / "run", ONE)
    assert not left.exists()
    assert json.loads((run.folder / "manifest.json").read_text())


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Problem, match="not empty and holds no run"):
        Run.create(tmp_path, ONE)
