import json
import math

import numpy as np
import pandas as pd
import pytest
import run_folders
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score
from sklearn.metrics import confusion_matrix as sklearn_confusion

from corpus.labels import THESIS
from corpus.problem import Problem
from evaluation.metrics import (
    accuracy,
    confusion_matrix,
    macro_f1,
    paired_difference,
    recalls,
    score,
    text_report,
    trained_on,
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
    assert list(metrics) == ["labels", "seeds", "chance", "systems", "differences"]
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


def test_one_system_has_nothing_to_differ_from():
    assert (
        score(run_folders.predictions_of(systems={"audio": 1.0}))["differences"] == {}
    )


def test_58_against_61_percent_is_no_difference():
    rng = np.random.default_rng(0)
    right = {
        "stacked": rng.permutation(312) < 190,
        "audio": rng.permutation(312) < 181,
    }
    tables = []
    for system, correct in right.items():
        p = np.where(correct[:, None], [1.0, 0.0], [0.0, 1.0])
        tables.append(
            make_rows(
                [f"t-{i}" for i in range(312)],
                system=system,
                part="test",
                seed=0,
                true=["anger"] * 312,
                probabilities=p,
                labels=["anger", "fear"],
                protocol="stratified",
                split_digest="",
            )
        )
    one = paired_difference(*tables)
    assert one["mean"] == pytest.approx(9 / 312)
    assert one["interval"][0] < 0 < one["interval"][1]
    assert one["mcnemar_p"][0] > 0.3


def test_a_paired_comparison_needs_the_same_takes():
    table = predictions_with([[3, 1], [0, 4]])
    other = predictions_with([[4, 0], [0, 4]], system="audio")
    paired_difference(table, other)
    with pytest.raises(Problem, match=r"'t-7' \(seed 0\) was predicted by stacked and"):
        paired_difference(table, other[:-1])
    with pytest.raises(Problem, match="was predicted by audio and not by stacked"):
        paired_difference(table[:-1], other)


def test_text_report_is_scikit_learn_s():
    table = predictions_with(TABLE_3)
    text = text_report(table["true"], table["predicted"], labels=THESIS)
    assert "accuracy" in text and "0.8718" in text and "0.8746" in text


def test_what_a_system_learned_from():
    assert trained_on("audio") == ("base",)
    assert trained_on("stacked") == ("stack",)
    assert trained_on("mean_base_stack") == ("base", "stack")


def test_permuted_labels_give_chance():
    table = run_folders.predictions_of(systems={"audio": 3.0}, seeds=(0,))
    table = table[table["part"] == "test"].copy()
    rng = np.random.default_rng(5)
    table["true"] = rng.permutation(table["true"])
    value = score(table)["systems"]["audio"]["test"]["uar"]["mean"]
    error = math.sqrt(1 / 7 * 6 / 7 / len(table))
    assert abs(value - 1 / 7) < 4 * error
