import csv

import numpy as np
import pandas as pd
import pytest
from grids import ablation_of, systems_of
from run_folders import predictions_of, takes_of

from corpus.problem import Problem
from evaluation.grid import COLUMNS, find_reference, rank_systems, write_rows
from evaluation.metrics import score
from evaluation.paired import paired_difference

STRENGTHS = {"good": 2.5, "same": 1.5, "reference": 1.5, "bad": 0.5}


@pytest.fixture(scope="module")
def predictions():
    table = predictions_of(seeds=(0, 1), systems=STRENGTHS, takes=takes_of(200))
    return table[table["part"] == "test"].reset_index(drop=True)


def known(*names, protocol="stratified"):
    return [{"protocol": protocol, "system": name, "kind": "single"} for name in names]


@pytest.fixture(scope="module")
def ranked(predictions):
    return rank_systems(
        {"stratified": predictions}, known(*STRENGTHS), reference="reference"
    )


def test_the_best_come_first_with_the_figures_of_a_run(ranked, predictions):
    accuracies = [row["accuracy"] for row in ranked]
    assert accuracies == sorted(accuracies, reverse=True)
    assert [row["rank"] for row in ranked] == [1, 2, 3, 4]
    scores = score(predictions)["systems"]
    for row in ranked:
        for name in ("accuracy", "uar"):
            figures = scores[row["system"]]["test"][name]
            assert row[name] == pytest.approx(figures["mean"])
            interval = [row[f"{name}_low"], row[f"{name}_high"]]
            assert interval == pytest.approx(figures["interval"])
        assert row["seeds"] == 2 and len(row["per_seed"]) == 2


def test_differences_are_paired_and_their_p_values_corrected(ranked, predictions):
    rows = {row["system"]: row for row in ranked}
    of = dict(iter(predictions.groupby("system")))
    assert rows["reference"]["difference"] is None
    for name in ("good", "same", "bad"):
        wanted = paired_difference(of[name], of["reference"])
        assert rows[name]["difference"] == pytest.approx(wanted["mean"])
        assert rows[name]["difference_low"] == wanted["interval"][0]
        assert rows[name]["p"] == wanted["p"]
        assert rows[name]["p"] <= rows[name]["p_holm"] <= 3 * rows[name]["p"] + 1e-9
    assert rows["good"]["p_holm"] < 0.05 and rows["good"]["difference"] > 0
    assert rows["bad"]["p_holm"] < 0.05 and rows["bad"]["difference"] < 0
    assert rows["same"]["p_holm"] > 0.05


def test_half_a_system_is_compared_on_what_it_tested_and_not_ranked(predictions):
    half = predictions[
        ~((predictions["system"] == "good") & (predictions["seed"] == 1))
    ]
    systems = [*known("good", "reference"), {**known("lost")[0], "failed": "why"}]
    rows = rank_systems({"stratified": half}, systems, reference="reference")
    assert [row["system"] for row in rows] == ["good", "reference", "lost"]
    good, reference, lost = rows
    assert good["rank"] is None and good["seeds"] == 1 and reference["rank"] == 1
    of = dict(iter(half.groupby("system")))
    same = of["reference"][of["reference"]["seed"] == 0]
    wanted = paired_difference(of["good"], same)["mean"]
    assert good["difference"] == pytest.approx(wanted)
    assert lost["failed"] == "why" and lost["accuracy"] is None


def test_a_protocol_without_any_prediction_keeps_its_rows(predictions):
    systems = [*known("good"), *known("good", protocol="speakers")]
    rows = rank_systems({"stratified": predictions}, systems, reference="reference")
    assert [row["protocol"] for row in rows] == ["stratified", "speakers"]
    assert rows[1]["rank"] is None


def test_folds_of_a_seed_count_together(predictions):
    folded = predictions.assign(fold=np.arange(len(predictions)) % 2)
    folded["fold"] = folded.groupby(["system", "seed"]).cumcount() % 2
    rows = rank_systems(
        {"stratified": folded}, known("good", "reference"), reference="reference"
    )
    plain = rank_systems(
        {"stratified": predictions}, known("good", "reference"), reference="reference"
    )
    for one, two in zip(rows, plain, strict=True):
        assert one["accuracy"] == pytest.approx(two["accuracy"])
        assert one["difference"] == two["difference"]


def test_the_reference():
    systems = systems_of()
    assert find_reference(systems) == "vggish.audioset/dense"
    assert find_reference(systems[:2]) == "yamnet.audioset/dense"
    assert find_reference(systems, "openface.au") == "openface.au/dense"
    assert find_reference(systems, "openface.au/lstm") == "openface.au/lstm"
    with pytest.raises(Problem, match="no system is called 'nobody'"):
        find_reference(systems, "nobody")


def test_rows_come_back(tmp_path):
    found = ablation_of(
        systems_of(audio=("mfcc13.signal",), visual=("openface.au",)),
        count=84,
        reference="mfcc13.signal/dense",
    )
    write_rows(tmp_path / "rows.csv", found["systems"])
    with open(tmp_path / "rows.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0])[: len(COLUMNS)] == COLUMNS
    assert [row["system"] for row in rows] == [r["system"] for r in found["systems"]]
    table = pd.read_csv(tmp_path / "rows.csv")
    assert table["accuracy"].between(0, 1).all()
    seeds = table[[f"accuracy_seed_{seed}" for seed in (0, 1, 2)]]
    np.testing.assert_allclose(seeds.mean(axis=1), table["accuracy"], atol=1e-5)
