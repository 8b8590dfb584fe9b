"""An ablation in small: the same takes for all, each cell once, failures as rows."""

import dataclasses
import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from small_grid import SMALL, import_faces, make_grid

from corpus.files import read_json
from corpus.problem import Problem
from evaluation.grid import COLUMNS
from evaluation.predictions import read_predictions

AUDIO, VISUAL = "log_mel.signal/dense", "drawn.faces/dense"
PAIR = f"{AUDIO}+{VISUAL}"


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    root = tmp_path_factory.mktemp("grid")
    return root, make_grid(root)


@pytest.fixture
def copied(grid, tmp_path):
    """A run folder of one's own beside the shared corpus and store."""
    root, _ = grid
    for name in ("data", "artifacts"):
        (tmp_path / name).symlink_to(root / name)
    shutil.copytree(root / "run", tmp_path / "run")
    return tmp_path


@pytest.fixture
def trained(monkeypatch):
    """The names of the heads that are trained, as they are."""
    from classifiers import train

    names, fit = [], train.fit_network
    monkeypatch.setattr(
        train,
        "fit_network",
        lambda *args, **more: (
            names.append(more["folder"].parent.name),
            fit(*args, **more),
        )[1],
    )
    return names


def table(root, out="run"):
    return pd.read_csv(root / out / "ablation.csv")


def test_it_ends_with_all_that_an_ablation_has(grid):
    root, found = grid
    assert found == json.loads((root / "run" / "ablation.json").read_text())
    rows = table(root)
    assert tuple(rows.columns) == (*COLUMNS, "accuracy_seed_0", "accuracy_seed_1")
    assert set(rows["system"]) == {AUDIO, VISUAL, f"stacked:{PAIR}", f"mean:{PAIR}"}
    assert list(rows["rank"]) == [1, 2, 3, 4]
    assert rows["accuracy"].is_monotonic_decreasing
    assert rows["failed"].isna().all()
    by_seed = rows[["accuracy_seed_0", "accuracy_seed_1"]].mean(axis=1)
    np.testing.assert_allclose(rows["accuracy"], by_seed, atol=1e-5)
    page = (root / "run" / "ablation.html").read_text()
    assert "log_mel.signal" in page and "Made elsewhere" in page
    assert not list(root.rglob("*.part"))


def test_costs_add_up_and_parameters_are_those_of_the_heads(grid):
    root, _ = grid
    rows = table(root).set_index("system")
    one, two = rows.loc[AUDIO], rows.loc[VISUAL]
    assert one["numbers_a_take"] == 192 and two["numbers_a_take"] == 2
    assert one["head_parameters"] == 192 * 8 + 8 + 8 * 6 + 6 + 6 * 3 + 3
    stacked, mean = rows.loc[f"stacked:{PAIR}"], rows.loc[f"mean:{PAIR}"]
    both = one["head_parameters"] + two["head_parameters"]
    assert mean["head_parameters"] == both
    assert stacked["head_parameters"] == both + 12 * 5 + 5 + 5 * 3 + 3
    for row in (stacked, mean):
        assert row["numbers_a_take"] == 194
        assert row["bytes_a_take"] == one["bytes_a_take"] + two["bytes_a_take"]
        assert np.isnan(row["seconds_a_take"])  # a table's cost is not known
        assert row["seconds_at_least"] == one["seconds_a_take"] > 0


def test_all_systems_are_tested_on_the_same_takes_which_none_saw(grid):
    root, _ = grid
    predictions = read_predictions(root / "run" / "predictions-stratified.csv")
    assert set(predictions["part"]) == {"test"}
    for _seed, rows in predictions.groupby("seed"):
        takes = [frozenset(one["take"]) for _, one in rows.groupby("system")]
        assert len(set(takes)) == 1 and len(takes) == 4
    for seed in (0, 1):
        tested = set(predictions["take"][predictions["seed"] == seed])
        folder = root / "run" / "cells" / f"stratified-seed-{seed}"
        cards = [json.loads(p.read_text()) for p in folder.glob("*/head/card.json")]
        assert len(cards) == 2 + 1
        base = [card for card in cards if card["parts"] == ["base"]]
        for card in cards:
            seen = {*card["takes"], *card["validation_takes"]}
            assert not seen & tested
            if card["parts"] == ["stack"]:
                others = [{*c["takes"], *c["validation_takes"]} for c in base]
                assert not seen & set.union(*others)


def test_again_it_takes_no_keras(grid):
    root, _ = grid
    before = {
        p: p.read_bytes()
        for p in (root / "run").rglob("*.csv")
        if "index" not in p.parts
    }
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from pathlib import Path\n"
        "import small_grid\n"
        f"small_grid.make_grid(Path({str(root)!r}))\n"
        "assert not {'keras', 'tensorflow', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_larger_grid_trains_only_what_is_new(copied, trained):
    make_grid(copied, dataclasses.replace(SMALL, seeds=(0, 1, 2)))
    assert len(trained) == 2 + 1  # two base nets and their pair, of the new seed
    trained.clear()
    make_grid(copied)
    assert not trained and len(table(copied)) == 4


def test_a_killed_one_goes_on(grid, copied, trained, monkeypatch):
    from experiments.ablation import classroom as room

    shutil.rmtree(copied / "run" / "cells")
    train = room.train_branch

    def killed(*args, **options):
        if len(trained) == 3:
            raise KeyboardInterrupt
        return train(*args, **options)

    monkeypatch.setattr(room, "train_branch", killed)
    with pytest.raises(KeyboardInterrupt):
        make_grid(copied)
    monkeypatch.setattr(room, "train_branch", train)
    make_grid(copied)
    assert len(trained) == len(set(trained)) == 4 + 2
    name = "predictions-stratified.csv"
    whole = (grid[0] / "run" / name).read_bytes()
    assert (copied / "run" / name).read_bytes() == whole


def test_a_cell_that_fails_is_a_row_that_says_why(copied, monkeypatch):
    from experiments.ablation import classroom as room

    shutil.rmtree(copied / "run" / "cells")
    train = room.train_branch

    def fails(lesson, modality, branch, **options):
        if modality == "audio" and lesson.seed == 0:
            raise ZeroDivisionError("of ours")
        return train(lesson, modality, branch, **options)

    monkeypatch.setattr(room, "train_branch", fails)
    make_grid(copied)
    rows = table(copied).set_index("system")
    half, pair = rows.loc[AUDIO], rows.loc[f"mean:{PAIR}"]
    assert half["failed"] == "1 of 2 trainings: ZeroDivisionError: of ours"
    assert half["seeds"] == 1 and half["accuracy"] >= 0 and np.isnan(half["rank"])
    assert f"{AUDIO} failed: ZeroDivisionError" in pair["failed"]
    assert rows.loc[VISUAL, "rank"] == 1
    page = (copied / "run" / "ablation.html").read_text()
    assert "ZeroDivisionError: of ours" in page and "1 seed only" in page
    monkeypatch.setattr(room, "train_branch", train)
    make_grid(copied)
    assert table(copied)["failed"].isna().all()


def test_a_take_that_one_backbone_lacks_is_in_no_figure(grid, tmp_path):
    (tmp_path / "data").symlink_to(grid[0] / "data")
    (store,) = (grid[0] / "artifacts" / "embeddings").glob("log_mel*")
    shutil.copytree(store, tmp_path / "artifacts" / "embeddings" / store.name)
    lacking = import_faces(tmp_path / "data", tmp_path / "artifacts", lacking=4)
    found = make_grid(tmp_path, dataclasses.replace(SMALL, seeds=(0,), pairs="none"))
    assert found["takes"] == 56
    assert "4 takes that drawn.faces has no embedding of" in found["left_out"][0]
    predictions = read_predictions(tmp_path / "run" / "predictions-stratified.csv")
    assert not set(lacking) & set(predictions["take"])


def test_a_backbone_that_is_not_to_be_had(copied, monkeypatch):
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    monkeypatch.delenv("EMOSTACK_WEIGHTS", raising=False)
    monkeypatch.setenv("EMOSTACK_ARTIFACTS", str(copied / "empty"))
    axes = dataclasses.replace(SMALL, audio=(*SMALL.audio, "vggish.audioset"))
    found = make_grid(copied, axes)
    (row,) = [row for row in found["systems"] if row["system"] == "vggish.audioset"]
    assert row["failed"] and row["rank"] is None
    assert found["systems"][0]["rank"] == 1
    with pytest.raises(Problem, match=r"Did you mean 'log_mel.signal'"):
        make_grid(copied, dataclasses.replace(SMALL, audio=("logmel.signal",)))
    with pytest.raises(Problem, match="no system is called"):
        make_grid(copied, reference="nobody")


def test_a_protocol_that_the_corpus_cannot_serve(copied):
    axes = dataclasses.replace(SMALL, protocols=("stratified", "statements"))
    found = make_grid(copied, axes)
    said = {row["protocol"]: row["failed"] for row in found["systems"]}
    assert said["stratified"] is None and "statement" in said["statements"]


@pytest.mark.slow
def test_folds_of_a_seed_count_together(copied):
    axes = dataclasses.replace(
        SMALL, audio=(), protocols=("leave_one_speaker_out",), seeds=(0,)
    )
    found = make_grid(copied, axes)
    (row,) = found["systems"]
    assert row["n"] == 60 and row["seeds"] == 1 and row["rank"] == 1
    assert row["failed"] is None


def test_tuning_asks_only_takes_of_the_base_part(copied, monkeypatch, trained):
    from experiments.ablation import classroom as room
    from experiments.lesson import Lesson

    asked, found, part, search = set(), [], Lesson.part, room.search
    monkeypatch.setattr(
        Lesson,
        "part",
        lambda self, *parts: (asked.update(parts), part(self, *parts))[1],
    )

    def searched(branch, train):
        asked.clear()
        best, tried = search(branch, train)
        assert asked == {"base"}
        found.extend(tried)
        return best, tried

    monkeypatch.setattr(room, "search", searched)
    axes = dataclasses.replace(SMALL, audio=(), seeds=(0,), tune=True)
    (row,) = make_grid(copied, axes)["systems"]
    assert len(trained) == len(found) >= 4
    assert "learning rate" in row["chosen"] and "(1 of 1 trainings)" in row["chosen"]
    best = min(found, key=lambda one: one.loss).branch
    cards = map(read_json, (copied / "run").rglob("drawn.faces-dense-*/*/card.json"))
    (card,) = (c for c in cards if c["best_val_loss"] == min(t.loss for t in found))
    assert card["head"]["units"] == list(best.units)
    assert card["head"]["dropout"] == list(best.dropout)
    assert card["training"]["learning_rate"] == best.training.learning_rate
    assert not list((copied / "run").rglob("tries"))


def test_nothing_is_chosen_by_the_test_part(copied):
    axes = dataclasses.replace(SMALL, tune=True)
    with pytest.raises(Problem, match="--tune would choose by the test part"):
        make_grid(
            copied, axes, out="paper", settings=['audio.training.validation="test"']
        )


def test_an_ablation_and_a_run_do_not_share_a_folder(copied):
    manifest = copied / "run" / "manifest.json"
    facts = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**facts, "split": {"0": "abc"}}))
    with pytest.raises(Problem, match="holds a run"):
        make_grid(copied)


@pytest.mark.slow
def test_two_processes_give_the_bits_of_one(grid, copied):
    make_grid(copied, out="one", workers=1)
    make_grid(copied, out="two", workers=2)
    one, two = (
        (copied / name / "predictions-stratified.csv").read_bytes()
        for name in ("one", "two")
    )
    assert one == two
