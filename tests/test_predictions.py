import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpus.labels import THESIS
from corpus.problem import Problem
from evaluation.predictions import (
    COLUMNS,
    labels_of,
    make_rows,
    numbered_predictions,
    read_predictions,
    write_predictions,
)

LABELS = ("anger", "fear", "neutral")


def rows(probabilities=((0.7, 0.2, 0.1), (0.1, 0.3, 0.6)), **changes):
    settings = {
        "system": "audio",
        "part": "test",
        "seed": 0,
        "true": ["anger", "fear"],
        "probabilities": np.array(probabilities),
        "labels": LABELS,
        "protocol": "stratified",
        "split_digest": "ab12",
    }
    return make_rows(["t-01", "t-02"], **settings | changes)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "predictions.csv"


def spoil(path, **cells):
    """Write the rows with cells of the second one replaced."""
    table = rows().astype(object)
    for column, value in cells.items():
        table.loc[1, column] = value
    table.to_csv(path, index=False)
    return path


def test_rows_hold_the_contract_s_columns_in_order():
    table = rows()
    assert tuple(table.columns) == (*COLUMNS, "p_anger", "p_fear", "p_neutral")
    assert table["predicted"].tolist() == ["anger", "neutral"]
    assert (table["variant"] == "").all() and (table["fold"] == 0).all()


def test_what_is_written_is_read_back(path):
    table = pd.concat([rows(), rows(system="visual", seed=3, variant="slow")])
    write_predictions(path, table)
    again = read_predictions(path)
    assert labels_of(again) == LABELS
    assert again["seed"].tolist() == [0, 0, 3, 3]
    assert again["variant"].tolist() == ["", "", "slow", "slow"]
    np.testing.assert_allclose(again["p_fear"], table["p_fear"], atol=1e-6)


def test_text_stays_text(path):
    write_predictions(path, rows(split_digest="0012"))
    assert read_predictions(path)["split_digest"].tolist() == ["0012"] * 2


@settings(deadline=None, max_examples=30)
@given(arrays.arrays(np.float64, (2, 7), elements=st.floats(-30, 30)))
def test_every_softmax_survives_writing(tmp_path_factory, logits):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
    path = tmp_path_factory.mktemp("p") / "predictions.csv"
    write_predictions(path, rows(p, labels=THESIS))
    assert len(read_predictions(path)) == 2


@pytest.mark.parametrize(
    "cells, said",
    [
        ({"take": " "}, "names no take"),
        ({"true": "joy"}, "true is 'joy'"),
        ({"predicted": "joy"}, "predicted is 'joy'"),
        ({"predicted": "fear"}, "'neutral' is the most probable"),
        ({"p_neutral": 0.9}, "sum to 1.3, not 1"),
        ({"p_neutral": "nan"}, "not finite"),
        ({"p_neutral": "inf"}, "not finite"),
        ({"p_anger": -0.1, "p_fear": 0.5}, "negative"),
        ({"p_neutral": "much"}, "p_neutral is 'much', not a number"),
        ({"seed": "1.5"}, "seed is '1.5', not a whole number"),
        ({"seed": "1e30"}, "seed is '1e30', not a whole number"),
        ({"seed": ""}, "seed is '', not a whole number"),
    ],
)
def test_a_row_that_cannot_be_scored_is_named(path, cells, said):
    with pytest.raises(Problem) as refused:
        read_predictions(spoil(path, **cells))
    assert said in str(refused.value)
    take = cells.get("take", "t-02")
    assert f"{path}, line 3, take {take.strip()!r}" in str(refused.value)


def test_a_row_twice_is_refused(path):
    pd.concat([rows(), rows()]).to_csv(path, index=False)
    with pytest.raises(Problem, match=r"line 4, take 't-01': a second .*line 2"):
        read_predictions(path)


def test_a_take_with_two_emotions_is_refused(path):
    other = rows(system="visual", true=["anger", "neutral"])
    pd.concat([rows(), other]).to_csv(path, index=False)
    with pytest.raises(Problem, match="take 't-02': its true label differs"):
        read_predictions(path)


def test_other_order_and_more_columns_are_welcome(path):
    table = rows()
    table["comment"] = "x"
    table[sorted(table.columns, reverse=True)].to_csv(path, index=False)
    again = read_predictions(path)
    assert labels_of(again) == ("neutral", "fear", "anger")  # the file's own order
    assert again["predicted"].tolist() == ["anger", "neutral"]


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "not a CSV table"),
        ("take,true\nt-01,anger\n", "lacks variant, system"),
        (",".join((*COLUMNS, "p_anger", "p_fear")) + "\n", "holds no predictions"),
        (",".join(COLUMNS) + "\n", "at least two columns p_<label>"),
        ('a,b\n"x\n', "not a CSV table"),
    ],
)
def test_a_file_that_is_no_predictions_table_is_refused(path, text, said):
    path.write_text(text)
    with pytest.raises(Problem, match=said):
        read_predictions(path)


def test_a_missing_file_is_refused(path):
    with pytest.raises(Problem, match="is no file"):
        read_predictions(path)


@pytest.mark.parametrize(
    "probabilities", [np.ones((2, 3)), np.full((2, 3), np.nan), np.ones((2, 2)) / 2]
)
def test_our_own_numbers_are_checked_too(probabilities):
    with pytest.raises(ValueError):
        rows(probabilities)


def test_another_label_order_is_put_right(path):
    write_predictions(path, rows())
    again = read_predictions(path, labels=["neutral", "anger", "fear"])
    assert labels_of(again) == ("neutral", "anger", "fear")
    assert again["p_anger"].tolist() == [0.7, 0.1]


@pytest.mark.parametrize("labels", [THESIS, ("anger", "fear"), ("anger", "fear", "x")])
def test_other_labels_are_a_sentence(path, labels):
    write_predictions(path, rows())
    with pytest.raises(Problem, match="has probabilities of anger, fear, neutral; exp"):
        read_predictions(path, labels=labels)


def test_a_file_that_a_spreadsheet_saved(path):
    write_predictions(path, rows())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())  # a byte order mark
    assert read_predictions(path)["take"].tolist() == ["t-01", "t-02"]


def test_the_index_counts_lines(path):
    write_predictions(path, rows())
    head, first, second = path.read_text().splitlines()
    path.write_text(f"{head}\n\n{first}\n\n{second}\n")
    assert numbered_predictions(path).index.tolist() == [3, 5]
    assert read_predictions(path).index.tolist() == [0, 1]


def test_what_is_lacking_may_be_filled(path):
    rows().drop(columns=["seed"]).to_csv(path, index=False)
    with pytest.raises(Problem, match="lacks seed"):
        read_predictions(path)
    table = numbered_predictions(path, fill=lambda rows: rows.assign(seed="4"))
    assert table["seed"].tolist() == [4, 4]
