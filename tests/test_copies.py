"""Which augmented copies there are: of training parts only, unless told otherwise."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from takes import ravdess_index

from corpus import labels
from corpus.copies import draw_copies
from corpus.leaks import broken, count_leaks
from corpus.problem import Problem
from corpus.splits import ALL_PARTS, make_split

INDEX = ravdess_index(range(1, 9))
SPLIT = make_split(INDEX, protocol="stratified", seed=0)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 3), st.booleans())
def test_no_test_take_has_a_copy_and_no_copy_is_in_two_parts(per_take, balance):
    copies = draw_copies(INDEX.takes, SPLIT, per_take=per_take, balance=balance)
    part_of = SPLIT.table.set_index("take")["part"]
    assert set(copies["part"]) <= {"base", "stack"}
    assert (copies["part"] == copies["take"].map(part_of)).all()
    assert not copies.duplicated(["take", "fold", "variant"]).any()
    leaks = count_leaks(INDEX.takes, SPLIT, copies=copies)
    assert not broken(leaks)
    assert any(leak["kind"] == "augmented copies" for leak in leaks)


def test_each_take_has_as_many_as_asked_for():
    copies = draw_copies(INDEX.takes, SPLIT, per_take=3)
    counts = copies.groupby("take").size()
    assert set(counts.index) == set(SPLIT.takes("base", "stack"))
    assert (counts == 3).all()
    assert set(copies["variant"]) == {"copy1", "copy2", "copy3"}


def test_balanced_classes_are_equally_large():
    copies = draw_copies(INDEX.takes, SPLIT, per_take=1, balance=True)
    emotion_of = INDEX.takes.set_index("take")["emotion"]
    for part in ("base", "stack"):
        takes = list(SPLIT.takes(part))
        takes += list(copies["take"][copies["part"] == part])
        counts = emotion_of[takes].value_counts()
        assert counts.nunique() == 1, counts
        assert counts.max() == 2 * emotion_of[SPLIT.takes(part)].value_counts().max()


def test_on_all_of_ravdess_each_class_has_brambillas_1504():
    emotions = tuple(labels.RAVDESS_CODES.values())
    speech = ravdess_index(emotions=emotions)
    song = ravdess_index([n for n in range(1, 25) if n != 18], emotions=emotions).takes
    song = song[~song["emotion"].isin(["disgust", "surprise"])]
    song = song.assign(take=song["take"] + "-song", vocal_channel="song")
    song = song.assign(sound_sha256=song["sound_sha256"] + "-song")
    takes = pd.concat([speech.takes, song], ignore_index=True)
    index = dataclasses.replace(speech, takes=takes)
    split = make_split(index, protocol="stratified", seed=0)
    copies = draw_copies(takes, split, per_take=3, balance=True, parts=ALL_PARTS)
    everyone = [*takes["take"], *copies["take"]]
    counts = takes.set_index("take")["emotion"][everyone].value_counts()
    assert len(counts) == 8 and set(counts) == {1504}


def test_copies_of_test_takes_are_asked_for_and_then_told():
    parts = ("base", "stack", "test")
    copies = draw_copies(INDEX.takes, SPLIT, per_take=1, parts=parts)
    assert set(copies["part"]) == set(parts)
    told = [
        leak
        for leak in count_leaks(INDEX.takes, SPLIT, copies=copies)
        if leak["kind"] == "augmented copies" and leak["parts"] == ["test", "test"]
    ]
    assert told[0]["count"] == len(SPLIT.takes("test"))


def test_the_order_of_takes_does_not_matter():
    shuffled = INDEX.takes.sample(frac=1, random_state=1)
    one = draw_copies(INDEX.takes, SPLIT, balance=True)
    assert one.equals(draw_copies(shuffled, SPLIT, balance=True))


@pytest.mark.parametrize(
    ("more", "said"),
    [({"per_take": -1}, "0 copies or more"), ({"parts": ["tset"]}, "no 'tset'")],
)
def test_what_is_wrong_is_one_sentence(more, said):
    with pytest.raises(Problem, match=said):
        draw_copies(INDEX.takes, SPLIT, **more)
