"""Face coverage by take: what is read, what is refused, and what it is good for."""

import pytest
from run_folders import faces_of, predictions_of, takes_of

from corpus.problem import Problem
from evaluation.coverage import by_coverage, read_coverage


@pytest.fixture
def path(tmp_path):
    return tmp_path / "faces.csv"


def test_shares_are_of_the_frames_looked_at(path):
    path.write_text("take,frames,found\na,100,100\nb,8,6\nc,0,0\n")
    table = read_coverage(path).set_index("take")
    assert table["share"].loc[["a", "b"]].tolist() == [1.0, 0.75]
    assert table["share"].isna()["c"] and table["frames"].dtype == int


@pytest.mark.parametrize(
    "text, said",
    [
        ("take,frames\na,1\n", "lacks the columns found"),
        ("take,frames,found\na,1,x\n", "line 2, take 'a': found is 'x', not a count"),
        ("take,frames,found\na,9,-1\n", "found is '-1', not a count"),
        ("take,frames,found\na,1,2\n", "more faces than frames"),
        ("take,frames,found\na,1,1\na,1,1\n", "line 3, take 'a': it stands there twi"),
        ("", "not a CSV table"),
    ],
)
def test_what_is_no_coverage_is_a_sentence(path, text, said):
    path.write_text(text)
    with pytest.raises(Problem) as refused:
        read_coverage(path)
    assert said in str(refused.value) and str(path) in str(refused.value)


def test_takes_with_like_coverage_are_scored_together(path):
    takes = takes_of()
    path.write_text(faces_of(takes).to_csv(index=False))
    groups = by_coverage(predictions_of(seeds=(0,)), read_coverage(path))
    audio = groups[groups["system"] == "audio"]
    assert audio["value"].tolist()[0] == "every frame"
    assert audio["takes"].sum() == 312
    assert audio["takes"].iloc[0] > 250


def test_nothing_to_tell_where_all_have_a_face(path):
    path.write_text(takes_of()[["take"]].assign(frames=9, found=9).to_csv(index=False))
    assert by_coverage(predictions_of(seeds=(0,)), read_coverage(path)).empty
