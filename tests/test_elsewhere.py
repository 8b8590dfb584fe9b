"""What a table leaves out is filled in, and makes no difference."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from takes import ravdess_index
from test_evaluate_command import P, table_of

from corpus.problem import Problem
from corpus.splits import make_split
from evaluation.elsewhere import read_elsewhere
from evaluation.predictions import COLUMNS, read_predictions, write_predictions

INDEX = ravdess_index(range(1, 5))
SPLIT = make_split(INDEX, protocol="speaker_folds:2")
LEFT_OUT = [column for column in COLUMNS if column != "take"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("elsewhere")
    SPLIT.write(root / "split.csv")
    table_of(INDEX, INDEX.takes["take"]).to_csv(root / "theirs.csv", index=False)
    return root


@pytest.fixture(scope="module")
def whole(folder):
    return read_elsewhere(
        folder / "theirs.csv", splits=[folder / "split.csv"], index=INDEX
    )


def test_the_whole_table_is_one_of_ours(whole, tmp_path):
    assert tuple(whole.columns) == (*COLUMNS, *P)
    assert set(whole["fold"]) == {0, 1}
    assert set(whole["protocol"]) == {"speaker_folds:2"}
    assert set(whole["split_digest"]) == {SPLIT.digest}
    write_predictions(tmp_path / "again.csv", whole)
    pd.testing.assert_frame_equal(read_predictions(tmp_path / "again.csv"), whole)


@settings(deadline=None, max_examples=25)
@given(st.sets(st.sampled_from(LEFT_OUT)))
def test_whatever_is_left_out_comes_back(folder, whole, columns):
    path = folder / "less" / "theirs.csv"
    path.parent.mkdir(exist_ok=True)
    whole.drop(columns=list(columns)).to_csv(path, index=False)
    found = read_elsewhere(path, splits=[folder / "split.csv"], index=INDEX)
    pd.testing.assert_frame_equal(found, whole, check_dtype=False)


def test_a_fold_must_be_named_where_several_test_a_take(folder, tmp_path):
    table = SPLIT.table.assign(part="test")
    path = tmp_path / "split.csv"
    type(SPLIT)(table, SPLIT.protocol, {}, ()).write(path)
    with pytest.raises(Problem, match="tests a take in several folds; add one that"):
        read_elsewhere(folder / "theirs.csv", splits=[path], index=INDEX)
