"""Answers over time: what systems are told of a take's beginning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.store import Embedding
from experiments.prefixes import POINTS, Sequences, answers_over_time

LABELS = ("anger", "fear")


def branch(*counts, step, feed=lambda embedding: embedding.array):
    """One embedding, its own number, each `step` seconds; takes are a, b, ..."""
    embeddings = {
        take: Embedding(
            np.arange(count, dtype=np.float32)[:, None], step * np.arange(count)
        )
        for take, count in zip("abc", counts, strict=False)
    }
    return Sequences(embeddings=embeddings, feed=feed)


def said(rows):
    """Say how many embeddings there were of each branch, instead of probabilities."""
    takes = zip(*rows.values(), strict=True)
    return np.array([[len(row) for row in take] for take in takes])


def ask(branches, systems=None, takes="a"):
    names = tuple(branches)
    systems = systems or {"stacked": (names, said)}
    return answers_over_time(branches, systems, takes=list(takes), labels=LABELS)


def test_an_embedding_is_known_when_the_next_one_begins():
    table = ask({"audio": branch(2, step=1.0), "visual": branch(4, step=0.5)})
    assert table["time"].tolist() == [1.0, 1.5, 2.0]  # no sound is known before 1 s
    assert table["p_anger"].tolist() == [1, 1, 2]
    assert table["p_fear"].tolist() == [2, 3, 4]


def test_a_branch_with_one_embedding_is_told_from_the_start_and_has_no_answers():
    branches = {"audio": branch(1, step=1.0), "visual": branch(3, step=0.5)}
    table = ask(
        branches,
        {
            "audio": (("audio",), None),  # never asked
            "stacked": (("audio", "visual"), said),
        },
    )
    assert set(table["system"]) == {"stacked"}
    assert table["time"].tolist() == [0.5, 1.0, 1.5]
    assert table["p_anger"].tolist() == [1, 1, 1]


def test_takes_without_any_sequence_are_left_out():
    table = ask({"audio": branch(1, 3, step=1.0)}, {"audio": (("audio",), both)}, "ab")
    assert set(table["take"]) == {"b"}
    assert ask({"audio": branch(1, step=1.0)}, {"audio": (("audio",), None)}).empty


def both(rows):
    (some,) = rows.values()
    return np.array([[len(row), 0] for row in some])


@given(st.integers(2, 200), st.integers(1, 30), st.floats(0.01, 2.0))
def test_no_more_points_than_asked_for_and_the_last_is_the_whole_take(many, few, step):
    branches = {"audio": branch(few, step=0.31), "visual": branch(many, step=step)}
    table = ask(branches)
    assert 1 <= len(table) <= POINTS and table["time"].is_monotonic_increasing
    assert table[["p_anger", "p_fear"]].iloc[-1].tolist() == [few, many]


def test_heads_are_fed_as_in_training():
    mean = branch(4, step=0.5, feed=lambda e: e.array.mean(axis=0))
    table = ask(
        {"visual": mean},
        {
            "visual": (
                ("visual",),
                lambda rows: np.array([[*r, 0] for r in rows["visual"]]),
            )
        },
    )
    assert table["p_anger"].tolist() == pytest.approx([0.0, 0.5, 1.0, 1.5])
