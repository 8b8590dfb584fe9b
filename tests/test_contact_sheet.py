"""Chosen takes and their faces: what is read, and what is refused."""

import base64

import pytest
from run_folders import write_exhibits

from corpus.problem import Problem
from evaluation.contact_sheet import contact_sheet


@pytest.fixture
def run(tmp_path):
    write_exhibits(tmp_path)
    return tmp_path


def test_takes_keep_their_order_and_their_faces(run):
    first, second = contact_sheet(run)
    assert (first.take, first.true, first.predicted) == ("take-1", "fear", "fear")
    assert first.right and not second.right
    assert first.time == (0.25, 0.75, 1.25) and first.found == (True, False, True)
    kept = (run / "exhibits" / "faces-take-1.png").read_bytes()
    head, _, content = first.strip.partition(",")
    assert head == "data:image/png;base64" and base64.b64decode(content) == kept


def test_a_take_without_faces_is_shown_without(run):
    second = contact_sheet(run)[1]
    assert second.strip == "" and second.time == () and second.found == ()


def test_without_takes_there_is_no_sheet(tmp_path):
    assert contact_sheet(tmp_path) == []


@pytest.mark.parametrize(
    "name, text, said",
    [
        ("takes.csv", "take,part\na,test\n", "lacks the columns system, true"),
        ("takes.csv", "", "not a CSV table"),
        (
            "takes.csv",
            "take,seed,part,system,true,predicted,confidence\na,0,test,x,y,y,sure\n",
            "line 2: confidence is 'sure', which is no number",
        ),
        ("faces.csv", "take,time,found\ntake-1,soon,True\n", "time is 'soon'"),
        ("faces-take-1.png", "<svg/>", "missing or no PNG"),
    ],
)
def test_what_is_damaged_is_a_sentence(run, name, text, said):
    (run / "exhibits" / name).write_text(text)
    with pytest.raises(Problem) as refused:
        contact_sheet(run)
    assert said in str(refused.value)
    assert str(run / "exhibits" / name) in str(refused.value)
    assert "run again" in str(refused.value)
