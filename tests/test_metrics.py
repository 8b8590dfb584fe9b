import json
import math

import numpy as np
import pandas as pd
import pytest
import run_folders
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, f1_score
from sklearn.metrics import confusion_matrix as sklearn_confusion
from takes import ravdess_index

from corpus.labels import THESIS
from evaluation.metrics import (
    accuracy,
    confusion_matrix,
    macro_f1,
    recalls,
    score,
    text_report,
    uar,
)
from evaluation.predictions import make_rows

# Beyene 2019, Tables 2 and 3: rows true, columns predicted.
TABLE_2 = np.array(
    [
        [48, 0, 0, 0, 0, 0, 0],
        [0, 42, 2, 2, 0, 2, 0],
        [0, 0, 48, 0, 0, 0, 0],
        [0, 0, 0, 46, 0, 1, 1],
        [0, 0, 0, 0, 23, 1, 0],
        [0, 6, 0, 2, 0, 40, 0],
        [0, 0, 0, 0, 0, 1, 47],
    ]
)
TABLE_3 = np.array(
    [
        [47, 0, 0, 0, 0, 1, 0],
        [2, 40, 0, 1, 0, 5, 0],
        [2, 1, 42, 1, 0, 1, 1],
        [0, 1, 1, 44, 0, 0, 2],
        [0, 0, 0, 0, 21, 3, 0],
        [0, 3, 4, 1, 1, 39, 0],
        [1, 0, 4, 3, 0, 1, 39],
    ]
)


def predictions_with(confusion, *, system="stacked", part="test", seed=0):
    """Predictions that have a given confusion matrix."""
    cells = [
        (i, j) for (i, j), n in np.ndenumerate(np.asarray(confusion)) for _ in range(n)
    ]
    labels = THESIS[: len(confusion)]
    true, predicted = zip(*cells, strict=True)
    return make_rows(
        [f"t-{i}" for i in range(len(cells))],
        system=system,
        part=part,
        seed=seed,
        true=[labels[i] for i in true],
        probabilities=np.eye(len(labels))[list(predicted)],
        labels=labels,
        protocol="stratified",
        split_digest="ab",
    )


def test_the_thesis_tables():
    assert accuracy(TABLE_3) == pytest.approx(0.8718, abs=5e-5)
    assert uar(TABLE_3) == pytest.approx(0.872, abs=5e-4)
    assert macro_f1(TABLE_3) == pytest.approx(0.8746, abs=5e-5)
    assert recalls(TABLE_3) == pytest.approx(
        [0.979, 0.833, 0.875, 0.917, 0.875, 0.812, 0.812], abs=6e-4
    )
    assert accuracy(TABLE_2) == pytest.approx(294 / 312)
    assert uar(TABLE_2) == pytest.approx(0.9435, abs=5e-5)
    assert macro_f1(TABLE_2) == pytest.approx(0.9445, abs=5e-5)


# Mitseas 2022, Tables 1 (the forest on both channels) and 2 (sound alone): anger, fear,
# disgust, happiness, sadness; 32 takes each.
FOREST = np.array(
    [
        [23, 0, 2, 0, 7],
        [8, 4, 15, 0, 5],
        [4, 11, 2, 0, 15],
        [2, 2, 4, 13, 11],
        [1, 2, 0, 0, 29],
    ]
)
SOUND = np.array(
    [
        [11, 6, 3, 9, 3],
        [3, 13, 5, 7, 4],
        [0, 8, 13, 3, 8],
        [3, 4, 2, 11, 12],
        [1, 6, 6, 8, 11],
    ]
)


def test_paper_004_s_gain_is_within_chance():
    forest, sound = (
        score(predictions_with(table))["systems"]["stacked"]["test"]
        for table in (FOREST, SOUND)
    )
    assert forest["accuracy"]["mean"] == pytest.approx(0.444, abs=5e-4)
    assert sound["accuracy"]["mean"] == pytest.approx(0.369, abs=5e-4)
    assert forest["macro_f1"]["mean"] == pytest.approx(0.4101, abs=5e-5)
    assert sound["macro_f1"]["mean"] == pytest.approx(0.3743, abs=5e-5)
    low, high = forest["accuracy"]["interval"]
    assert (low, high) == pytest.approx((0.369, 0.521), abs=6e-4)
    assert sound["accuracy"]["interval"] == pytest.approx((0.298, 0.446), abs=6e-4)
    # The intervals overlap, and Fisher's test of two independent shares allows chance.
    assert low < sound["accuracy"]["interval"][1] - 0.05
    assert stats.fisher_exact([[71, 89], [59, 101]]).pvalue > 0.2


def test_the_thesis_table_through_predictions():
    metrics = score(predictions_with(TABLE_3))
    test = metrics["systems"]["stacked"]["test"]
    assert test["confusion"] == TABLE_3.tolist()
    assert test["n"] == 312
    assert test["accuracy"]["mean"] == pytest.approx(272 / 312)
    assert test["accuracy"]["interval"] == pytest.approx([0.830, 0.904], abs=5e-4)
    low, high = test["uar"]["interval"]
    assert low < test["uar"]["mean"] < high and high - low == pytest.approx(
        0.08, abs=0.02
    )
    assert metrics["chance"] == {"uniform": 1 / 7, "majority": 48 / 312}


labels_drawn = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1
)


@given(labels_drawn)
def test_scores_agree_with_scikit_learn(pairs):
    true, predicted = zip(*pairs, strict=True)
    confusion = confusion_matrix(true, predicted, labels="abcd")
    theirs = sklearn_confusion(true, predicted, labels=list("abcd"))
    assert (confusion == theirs).all()
    present = sorted(set(true))
    assert macro_f1(confusion) == pytest.approx(
        f1_score(true, predicted, labels=present, average="macro", zero_division=0)
    )
    if set(predicted) <= set(true) and len(present) > 1:  # else scikit-learn warns
        assert uar(confusion) == pytest.approx(balanced_accuracy_score(true, predicted))


def test_unknown_labels_are_not_counted_silently():
    with pytest.raises(ValueError, match="none of a, b"):
        confusion_matrix(["a", "x"], ["a", "b"], labels=["a", "b"])


def test_a_class_without_takes_has_no_recall():
    metrics = score(predictions_with([[3, 1, 0], [0, 4, 0], [0, 0, 0]]))
    test = metrics["systems"]["stacked"]["test"]
    assert test["per_class_recall"] == {"anger": 0.75, "disgust": 1.0, "fear": None}
    assert test["uar"]["mean"] == 0.875
    assert "NaN" not in json.dumps(metrics)


def test_several_seeds_are_averaged_and_kept():
    a = predictions_with([[8, 2], [0, 10]], seed=4)
    b = predictions_with([[10, 0], [4, 6]], seed=2)
    metrics = score(pd.concat([a, b]))
    test = metrics["systems"]["stacked"]["test"]
    assert metrics["seeds"] == [2, 4]
    assert test["accuracy"]["per_seed"] == [0.8, 0.9]
    assert test["accuracy"]["mean"] == pytest.approx(0.85)
    assert test["n"] == 20
    assert test["confusion"] == [[18, 2], [4, 16]]


def test_what_metrics_json_holds():
    metrics = score(run_folders.predictions_of(seeds=(0, 1)))
    names = ["labels", "seeds", "chance", "systems", "differences"]
    assert list(metrics) == ["schema", *names, "groups"]
    assert set(metrics["systems"]) == set(run_folders.SYSTEMS)
    for parts in metrics["systems"].values():
        assert list(parts) == ["base", "stack", "test"]
        for figures in parts.values():
            for name in ("accuracy", "uar", "macro_f1"):
                one = figures[name]
                assert set(one) == {"mean", "per_seed", "interval"}
                assert 0 <= one["interval"][0] <= one["mean"] <= one["interval"][1] <= 1
    others = metrics["differences"]["stacked"]
    assert set(others) == set(run_folders.SYSTEMS) - {"stacked"}
    assert others["audio"]["interval"][0] > 0
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


def test_text_report_is_scikit_learn_s():
    table = predictions_with(TABLE_3)
    text = text_report(table["true"], table["predicted"], labels=THESIS)
    assert "accuracy" in text and "0.8718" in text and "0.8746" in text


def test_permuted_labels_give_chance():
    table = run_folders.predictions_of(systems={"audio": 3.0}, seeds=(0,))
    table = table[table["part"] == "test"].copy()
    rng = np.random.default_rng(5)
    table["true"] = rng.permutation(table["true"])
    value = score(table)["systems"]["audio"]["test"]["uar"]["mean"]
    error = math.sqrt(1 / 7 * 6 / 7 / len(table))
    assert abs(value - 1 / 7) < 4 * error


def test_folds_of_one_seed_count_together():
    a = predictions_with([[8, 2], [0, 10]])
    b = predictions_with([[5, 5], [0, 10]])
    b["take"], b["fold"] = "u" + b["take"], 1
    test = score(pd.concat([a, b]))["systems"]["stacked"]["test"]
    assert test["n"] == 40
    assert test["accuracy"]["per_seed"] == [33 / 40]


def test_a_take_that_several_folds_trained_on_is_one_take():
    table = predictions_with([[8, 2], [0, 10]], part="base")
    folds = [table.assign(fold=fold) for fold in range(5)]
    one, five = (score(pd.concat(some)) for some in (folds[:1], folds))
    one, five = (m["systems"]["stacked"]["base"] for m in (one, five))
    assert five["n"] == one["n"] == 20
    assert five["accuracy"] == one["accuracy"]


def test_an_index_gives_results_by_speaker_and_statement():
    takes = ravdess_index().takes
    drawn = run_folders.predictions_of(seeds=(0, 1), takes=takes[["take", "emotion"]])
    metrics = score(drawn, takes=takes)
    columns = {row["column"] for row in metrics["groups"]}
    assert columns == {"speaker", "sex", "intensity", "statement"}
    test = metrics["systems"]["stacked"]["test"]
    assert test["speakers"]["speakers"] == 24
    low, high = test["speakers"]["interval"]
    assert low < test["accuracy"]["mean"] < high
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


def test_calibration_is_told_of_the_test_part():
    parts = score(run_folders.predictions_of(seeds=(0,)))["systems"]["audio"]
    assert "calibration" not in parts["base"]
    said = parts["test"]["calibration"]
    assert 0 < said["ece_if_calibrated"] < said["ece"] < 1
    assert sum(said["bins"]["count"]) == parts["test"]["n"]
    assert parts["test"]["speakers"] is None
