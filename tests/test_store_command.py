"""`emostack store`: what a person sees, is asked, and what is left after it."""

import dataclasses
import io
import os
import sys
import time

import pytest
from stored import SPEC, fill
from takes import ravdess_index

from corpus.files import write_json
from embeddings.survey import survey
from embeddings.tables import import_table
from scripts.command import main

OTHER = dataclasses.replace(SPEC, layer="first")


def store(root, *argv):
    return main(["store", *argv, "--artifacts", str(root)])


def labels(root):
    return {one.label for one in survey(root / "embeddings")}


@pytest.fixture
def full(tmp_path):
    """A store of a used backbone, an unused one, and a table, all written yesterday."""
    fill(tmp_path)
    fill(tmp_path, OTHER, takes=2)
    (tmp_path / "au.csv").write_text("clip,x\n01-01-01-01-01-01-01,1\n")
    index = ravdess_index([1], emotions=["neutral"])
    root = tmp_path / "embeddings"
    table = tmp_path / "au.csv"
    import_table(index, table, name="my.table", modality="picture", root=root)
    used = {"audio": {"name": SPEC.name, "key": SPEC.key}}
    write_json(tmp_path / "runs" / "first" / "manifest.json", {"backbones": used})
    yesterday = time.time() - 86_400
    for path in root.rglob("*.npz"):
        os.utime(path, (yesterday, yesterday))
    return tmp_path


def answer(monkeypatch, text):
    """Sit at a terminal and say this."""
    stream = io.StringIO(text)
    stream.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", stream)


def test_the_list_says_what_is_there_and_who_uses_it(full, capsys):
    assert store(full, "list") == 0
    said = capsys.readouterr().out
    lines = {line.split()[0]: line for line in said.splitlines() if line.split()}
    assert lines[SPEC.folder].split()[-1] == "first"
    assert lines[OTHER.folder].rstrip().endswith("no run")
    assert "imported from au.csv, unverified" in said
    assert "24 h ago" in said
    assert "runs looked at: 1" in said


def test_an_empty_store_is_said(tmp_path, capsys):
    assert store(tmp_path, "list") == 0
    assert "holds no embeddings yet" in capsys.readouterr().out
    assert store(tmp_path, "verify") == 0
    assert store(tmp_path, "prune") == 0
    assert store(tmp_path, "export", "x", "--out", str(tmp_path / "x.npy")) == 4


def test_damage_is_named_and_left_until_it_may_be_removed(full, capsys, monkeypatch):
    assert store(full, "verify") == 0
    broken = next((full / "embeddings" / SPEC.folder).rglob("*.npz"))
    broken.write_bytes(b"")
    answer(monkeypatch, "\n")
    assert store(full, "verify") == 3
    assert str(broken) in capsys.readouterr().out.replace("\n", "")
    assert broken.exists()
    assert store(full, "verify", OTHER.folder) == 0
    assert store(full, "verify", "--remove") == 0
    assert not broken.exists()
    assert store(full, "verify") == 0


def test_only_what_no_run_uses_is_removed_after_asking(full, capsys, monkeypatch):
    everything = labels(full)
    assert store(full, "prune") == 4
    assert "there is no terminal to ask" in capsys.readouterr().err
    answer(monkeypatch, "no\n")
    assert store(full, "prune") == 0
    assert labels(full) == everything
    answer(monkeypatch, "y\n")
    assert store(full, "prune") == 0
    assert labels(full) == everything - {OTHER.folder}
    assert not list((full / "embeddings").glob(".*"))


def test_a_table_is_removed_only_by_its_name_and_a_used_folder_never(full, capsys):
    assert store(full, "prune", "--yes", "--backbone", "my.table") == 0
    assert labels(full) == {SPEC.folder, OTHER.folder}
    assert store(full, "prune", "--yes", "--backbone", SPEC.folder) == 4
    assert "is used by first; remove" in capsys.readouterr().err
    assert store(full, "prune", "--yes", "--backbone", "my.tabel") == 4
    assert labels(full) == {SPEC.folder, OTHER.folder}


def test_what_was_written_within_the_hour_is_left(full, capsys):
    os.utime(next((full / "embeddings" / OTHER.folder).rglob("*.npz")))
    assert store(full, "prune", "--yes") == 0
    assert "may be in the making" in capsys.readouterr().out
    assert OTHER.folder in labels(full)
    assert store(full, "prune", "--yes", "--idle", "0") == 0
    assert OTHER.folder not in labels(full)


def test_what_is_written_while_one_is_asked_is_left(full, capsys, monkeypatch):
    answer(monkeypatch, "")
    file = next((full / "embeddings" / OTHER.folder).rglob("*.npz"))
    monkeypatch.setattr(sys.stdin, "readline", lambda: os.utime(file) or "yes\n")
    assert store(full, "prune") == 0
    assert "was written to since you were asked" in capsys.readouterr().out
    assert OTHER.folder in labels(full)


def test_runs_elsewhere_count_too(full, tmp_path_factory, capsys):
    elsewhere = tmp_path_factory.mktemp("runs")
    used = {"audio": {"name": OTHER.name, "key": OTHER.key}}
    write_json(elsewhere / "second" / "manifest.json", {"backbones": used})
    assert store(full, "prune", "--yes", "--runs", str(elsewhere)) == 0
    assert OTHER.folder in labels(full)
    assert store(full, "prune", "--yes", "--runs", str(full / "nowhere")) == 4
    (elsewhere / "second" / "manifest.json").write_text("{")
    assert store(full, "prune", "--yes", "--runs", str(elsewhere)) == 4
    assert "nobody knows what that run uses" in capsys.readouterr().err
    assert store(full, "list", "--runs", str(elsewhere)) == 0
    assert "nobody knows what that run uses" in capsys.readouterr().out
    assert OTHER.folder in labels(full)


def test_a_backbone_of_several_settings_is_exported_by_its_key(full, capsys):
    out = str(full / "out.npy")
    assert store(full, "export", SPEC.name, "--out", out) == 4
    assert "with several settings; name one of" in capsys.readouterr().err
    assert store(full, "export", SPEC.folder, "--out", out, "--pool", "mean,std") == 0
    assert "4 takes, 4 rows of 6" in capsys.readouterr().out
