import pandas as pd
import pytest
from takes import ravdess_index

from corpus.kinship import join_groups, kin, kind_of, need_known
from corpus.problem import Problem

TAKES = ravdess_index([1, 2]).takes


def test_twins_are_two_and_say_the_same():
    twins = kin(TAKES, "repetition twins")
    assert (TAKES.groupby(twins)["repetition"].apply(set) == {"01", "02"}).all()
    assert (TAKES.groupby(twins)["statement"].nunique() == 1).all()


def test_without_a_statement_nothing_is_known_of_twins():
    assert (kin(TAKES.assign(statement=""), "repetition twins") == "").all()
    # A corpus without intensities and channels has one of each.
    plain = TAKES.assign(intensity="", vocal_channel="")
    assert (kin(plain, "repetition twins") != "").all()


def test_names_mean_something_in_one_corpus_only():
    other = pd.concat([TAKES, TAKES.assign(corpus="savee")], ignore_index=True)
    assert kin(other, "speakers").nunique() == 4
    assert kin(other, "sex").nunique() == 2


def test_a_column_may_stand_for_a_kind():
    assert kind_of("speaker") == "speakers"
    assert kind_of("statement") == "statements"
    assert kind_of("language") == "language"


def test_numbers_and_gaps_are_groups_too():
    takes = TAKES.assign(fps=[30.0, None] * (len(TAKES) // 2))
    assert kin(takes, "fps").tolist()[:2] == ["30.0", ""]
    with pytest.raises(Problem, match=f"of {len(TAKES) // 2} of {len(TAKES)}, such as"):
        need_known(takes, "fps", why="the protocol 'group:fps'")
    with pytest.raises(Problem, match="needs the column 'colour'"):
        need_known(takes, "colour", why="the protocol 'group:colour'")


def test_groupings_are_joined_through_common_members():
    takes = pd.DataFrame({"take": list("dcbaef")})
    one = pd.Series(["x", "x", "", "", "", ""])
    two = pd.Series(["", "y", "y", "", "", ""])
    three = pd.Series(["", "", "z", "z", "", "w"])
    # d-c, c-b and b-a: one group, named by its first take.
    assert join_groups(takes, one, two, three).tolist() == ["a"] * 4 + ["e", "f"]


def test_a_takes_sound_may_be_anothers_picture():
    takes = TAKES.head(3).assign(
        sound_file=["03-01-05-01-01-01-01.wav", "", "03-01-05-01-01-02-01.wav"],
        picture_file=["", "x/02-01-05-01-01-01-01.mp4", ""],
        sound_file_sha256=["1", "", "2"],
        picture_file_sha256=["", "3", ""],
    )
    first, second, third = kin(takes, "copies of one take")
    assert first == second != third
