"""Answers over time: who is ahead when, from when on for good, and the picture."""

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_folders import write_exhibits

from corpus.labels import THESIS
from corpus.problem import Problem
from evaluation.timeline import Timeline, read_timelines

LABELS = ("anger", "fear", "joy")


def timeline(*ahead, system="visual", step=0.5):
    """Answers of which the named emotion is each time the most probable."""
    answers = np.full((len(ahead), 3), 0.2)
    answers[range(len(ahead)), [LABELS.index(name) for name in ahead]] = 0.6
    time = step * np.arange(1, len(ahead) + 1)
    return Timeline("t", LABELS, {system: time}, {system: answers})


def test_who_is_ahead_changes_half_way_between_two_beginnings():
    line = timeline("joy", "joy", "fear", "fear")
    assert line.ahead("visual") == [(0.5, 1.25, "joy"), (1.25, 2.0, "fear")]
    assert line.end == 2.0


def test_right_for_good_is_counted_from_the_last_change():
    line = timeline("fear", "joy", "fear", "fear")
    assert line.settled("visual", "fear") == 1.25
    assert line.settled("visual", "joy") is None
    assert timeline("fear", "fear").settled("visual", "fear") == 0.5


@given(st.lists(st.sampled_from(LABELS), min_size=1, max_size=30))
def test_stretches_cover_the_take_and_neighbours_differ(ahead):
    stretches = timeline(*ahead).ahead("visual")
    starts, stops, names = zip(*stretches, strict=True)
    assert starts[1:] == stops[:-1]
    assert (starts[0], stops[-1]) == (0.5, 0.5 * len(ahead))
    assert all(a != b for a, b in itertools.pairwise(names))
    assert names[-1] == ahead[-1]


def test_the_picture_is_named_in_words_and_takes_the_pages_colours():
    svg = timeline("joy", "joy", "fear", "fear").draw("fear")
    root = ET.fromstring(svg.replace("xlink:href", "href"))
    said = root.attrib["aria-label"]
    assert "take t, which is fear. Visual: joy until 1.2 s, fear until 2.0 s." in said
    assert "var(--visual)" in svg and ">fear</text>" in svg
    assert not set(re.findall(r"#[0-9a-f]{6}\b", svg)) - {"#000000", "#ffffff"}
    assert "http" not in svg and "<image" not in svg


def test_a_wrong_final_answer_has_a_line_of_its_own():
    wrong, right = timeline("fear", "joy").draw("fear"), timeline("joy").draw("joy")
    dashes = [svg.count("stroke-dasharray") for svg in (wrong, right)]
    assert dashes[0] > dashes[1]


def test_a_single_answer_and_many_flips_can_be_drawn():
    assert timeline("joy").draw("fear")
    assert len(timeline(*LABELS * 14).draw("fear")) < 100_000


def test_timelines_are_read_by_take_and_shown_in_the_order_of_systems(tmp_path):
    write_exhibits(tmp_path)
    lines = read_timelines(tmp_path, THESIS)
    assert list(lines) == ["take-1"]
    line = lines["take-1"]
    assert line.systems == ["visual", "stacked"] and line.labels == tuple(THESIS)
    assert line.answers["stacked"].shape == (4, 7)
    assert read_timelines(tmp_path / "none", THESIS) == {}


@pytest.mark.parametrize(
    "text, said",
    [
        ("take,system,time\na,visual,1\n", "lacks the columns p_anger"),
        ("", "not a CSV table"),
    ],
)
def test_what_is_damaged_is_a_sentence(tmp_path, text, said):
    write_exhibits(tmp_path)
    (tmp_path / "exhibits" / "timeline.csv").write_text(text)
    with pytest.raises(Problem, match=said):
        read_timelines(tmp_path, THESIS)
