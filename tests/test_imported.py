"""Tables of embeddings made elsewhere: put into the store, and found there again."""

import dataclasses
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from takes import ravdess_index

from corpus.problem import Problem
from embeddings import tables
from embeddings.store import Store
from embeddings.tables import import_table, imported, imported_names
from scripts.command import main

INDEX = ravdess_index([1], emotions=["happiness"])
TAKES = list(INDEX.takes["take"])
CLIPS = [take.replace("ravdess", "01") for take in TAKES]


@pytest.fixture
def units(tmp_path):
    """A table of two action units of every take."""
    table = pd.DataFrame({"clip": CLIPS, "AU01_r": np.arange(8.0), "AU02_r": 1.5})
    return write(table, tmp_path / "au.csv")


def write(table, path):
    table.to_csv(path, index=False)
    return path


def put(path, root, index=INDEX, **options):
    options = {"name": "openface.au", "modality": "picture"} | options
    return import_table(index, path, root=root / "embeddings", **options)


def values(root, index=INDEX):
    backbone = imported(root / "embeddings", "openface.au")
    store = Store(root / "embeddings", backbone.spec)
    return {s.take: store.read(s).array.tolist() for s in backbone.sources(index)}


def test_a_table_is_found_by_its_name(units, tmp_path):
    done = put(units, tmp_path)
    assert (done.stored, done.new, done.missing, done.unknown) == (8, 8, (), ())
    assert imported_names(tmp_path / "embeddings") == ("openface.au",)
    backbone = imported(tmp_path / "embeddings", "openface.au")
    assert backbone == done.backbone == pickle.loads(pickle.dumps(backbone))
    assert backbone.spec.preprocessing["file"] == "au.csv"
    assert backbone.weights.verified == "unverified"
    assert values(tmp_path) == {take: [[n, 1.5]] for n, take in enumerate(TAKES)}
    with pytest.raises(Problem, match="cannot be computed"):
        backbone.prepare(None)
    with pytest.raises(Problem, match="cannot be computed"):
        backbone.embed(np.zeros((1, 2)))
    assert imported(tmp_path / "embeddings", "openface") is None
    assert imported(tmp_path / "embeddings", "../openface.au") is None


def test_missing_takes_and_unknown_names_are_told_and_written(units, tmp_path):
    table = pd.read_csv(units)
    table.loc[0, "clip"] = "01-01-03-01-01-01-24"
    table.loc[7, "AU02_r"] = np.nan
    done = put(write(table.drop(index=3), units), tmp_path)
    assert done.missing == (TAKES[0], TAKES[3], TAKES[7])
    assert done.unknown == ("01-01-03-01-01-01-24",)
    ((name, why),) = done.failed
    assert name == CLIPS[7]
    assert "au.csv, line 8 has numbers that are missing" in why
    assert list(values(tmp_path)) == [*TAKES[1:3], *TAKES[4:7]]
    record = json.loads(done.record.read_text())
    assert record["missing"] == list(done.missing)
    assert record["unknown"] == list(done.unknown)


def test_the_same_again_is_not_read_again_and_adds_what_is_new(
    units, tmp_path, monkeypatch
):
    few = dataclasses.replace(INDEX, takes=INDEX.takes.head(3))
    assert put(units, tmp_path, few).new == 3
    assert put(units, tmp_path).new == 5
    renamed = units.rename(tmp_path / "renamed.csv")
    monkeypatch.setattr(Store, "write", None)  # would fail
    done = put(renamed, tmp_path)
    assert (done.new, done.stored) == (0, 8)
    assert len(list((tmp_path / "embeddings").iterdir())) == 1


def test_another_table_of_a_name_is_refused_or_replaces_it(units, tmp_path):
    old = put(units, tmp_path).record.parent
    table = pd.read_csv(units).assign(AU01_r=7.0)
    other = write(table, tmp_path / "other.csv")
    with pytest.raises(Problem, match=r"was imported from .*au\.csv on 2.*--replace"):
        put(other, tmp_path)
    with pytest.raises(Problem, match=r"--replace"):
        put(units, tmp_path, columns=["AU01_r"])
    assert values(tmp_path)[TAKES[0]] == [[0, 1.5]]
    put(other, tmp_path, replace=True)
    assert values(tmp_path)[TAKES[0]] == [[7, 1.5]]
    assert not old.exists()


def test_an_interrupted_replacement_leaves_the_old_table(units, tmp_path, monkeypatch):
    put(units, tmp_path)
    other = write(pd.read_csv(units).assign(AU01_r=7.0), tmp_path / "other.csv")

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(other, tmp_path, replace=True, progress=interrupt)
    assert values(tmp_path)[TAKES[0]] == [[0, 1.5]]
    monkeypatch.setattr(tables.shutil, "rmtree", interrupt)
    with pytest.raises(TypeError):  # killed between the new table and the old's end
        put(other, tmp_path, replace=True)
    assert values(tmp_path)[TAKES[0]] == [[7, 1.5]]


def test_of_two_copies_of_a_take_the_first_is_used_and_said(units, tmp_path):
    table = pd.read_csv(units)
    copies = table.assign(clip=[f"02{clip[2:]}" for clip in CLIPS], AU01_r=9)
    done = put(write(pd.concat([copies, table]), units), tmp_path)
    assert done.copies[0] == (TAKES[0], CLIPS[0], (f"02{CLIPS[0][2:]}",))
    assert len(done.copies) == 8
    assert values(tmp_path)[TAKES[0]] == [[0, 1.5]]


def test_a_take_with_different_numbers_is_refused(units, tmp_path):
    table = pd.read_csv(units)
    table.loc[1, "clip"] = TAKES[0]  # the take's id beside its file's name
    with pytest.raises(Problem, match=f"different numbers for the take {TAKES[0]}"):
        put(write(table, units), tmp_path)
    table.loc[1, "clip"] = CLIPS[0]
    with pytest.raises(
        Problem, match=r"different numbers for 01-.*, in the lines 2 and 3"
    ):
        put(write(table, units), tmp_path)
    assert not (tmp_path / "embeddings").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "vgg16.imagenet"}, "is a backbone of its own"),
        ({"name": "au"}, "cannot be a table's name"),
        ({"name": "../a.b"}, "cannot be a table's name"),
        ({"name": "my.toml"}, "cannot be a table's name"),
        ({"modality": "face"}, "modality is sound or picture"),
        ({"take_column": "take"}, r"no column 'take' .* it has clip, AU01_r"),
        ({"take_column": "AU01_r"}, "not one of 8 names"),
        ({"columns": ["AU03_r"]}, "no column 'AU03_r'"),
    ],
)
def test_wrong_wishes_are_one_sentence(units, tmp_path, options, sentence):
    with pytest.raises(Problem, match=sentence):
        put(units, tmp_path, **options)
    assert not (tmp_path / "embeddings").exists()


def test_a_folder_of_arrays_in_which_one_differs(tmp_path):
    np.save(tmp_path / "0.npy", np.ones(9))  # no take's, and so of no importance
    for number, clip in enumerate(CLIPS[:3]):
        np.save(tmp_path / f"{clip}.npy", np.ones((4, 5 if number == 2 else 2)))
    done = put(tmp_path, tmp_path, fps=10)
    assert (done.stored, done.backbone.spec.shape) == (2, (2,))
    assert done.unknown == ("0.npy",)
    ((name, why),) = done.failed
    assert name == f"{CLIPS[2]}.npy"
    assert "shape (5,)" in why


def test_a_column_that_is_the_answer_is_told(tmp_path):
    index = ravdess_index([1, 2])
    codes = index.takes["emotion"].astype("category").cat.codes
    table = pd.DataFrame({"take": index.takes["take"], "mood": codes, "AU": codes})
    table.loc[0, "AU"] = 9
    done = put(write(table, tmp_path / "t.csv"), tmp_path, index)
    (note,) = done.notes
    assert note.startswith("mood has one number for all takes of an emotion")


def test_a_damaged_spec_is_told_and_written_again(units, tmp_path):
    spec = put(units, tmp_path).record.with_name("spec.json")
    spec.write_text("{")
    with pytest.raises(Problem, match=r"remove it: it is written again"):
        put(units, tmp_path)
    spec.unlink()
    put(units, tmp_path)
    assert len(values(tmp_path)) == 8
    spec.write_text("{")
    other = write(pd.read_csv(units).assign(AU01_r=7.0), tmp_path / "other.csv")
    put(other, tmp_path, replace=True)
    assert not spec.exists()


def test_from_the_command_line(units, tmp_path, capsys):
    INDEX.write(tmp_path / "index")
    argv = [
        *("import-embeddings", str(units), "--index", str(tmp_path / "index")),
        *("--as", "openface.au", "--modality", "picture"),
        *("--artifacts", str(tmp_path)),
    ]
    assert main(argv) == 0
    said = capsys.readouterr().out
    assert "8 of 8 takes have embeddings of 2\n" in said
    table = pd.read_csv(units).iloc[2:]
    table.loc[5, "AU01_r"] = np.inf
    write(table, units)
    assert main([*argv, "--replace"]) == 3
    said = capsys.readouterr().out
    assert f"takes without an embedding: 3 ({TAKES[0]}, {TAKES[1]}, {TAKES[5]})" in said
    assert "cannot be used: " in said


@pytest.mark.data
def test_the_action_units_of_the_real_takes(real_data, tmp_path):
    index = ravdess_index(range(1, 17), emotions=[*{*INDEX.takes["emotion"]}, "calm"])
    done = put(real_data / "ravdess_openface_au_mean.csv", tmp_path, index)
    assert (done.stored, done.missing) == (len(index), ())
    assert len(done.columns) == 35
    assert len(done.unknown) == 960 - len(index)
