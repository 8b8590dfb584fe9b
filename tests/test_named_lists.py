import dataclasses

import pandas as pd
import pytest
from takes import ravdess_index

from corpus.named_lists import LISTS, NamedList
from corpus.problem import Problem
from corpus.splits import make_split

INDEX = ravdess_index()


@pytest.mark.parametrize("name", LISTS)
def test_lists_name_each_speaker_once_a_fold(name):
    named = NamedList.read(name)
    assert len(set(named.speakers)) == 24
    for fold in named.folds:
        assert set(fold) <= {"test", "validation"}
        speakers = [speaker for part in fold.values() for speaker in part]
        assert len(set(speakers)) == len(speakers)
        assert set(speakers) < set(named.speakers)
    tested = [speaker for fold in named.folds for speaker in fold["test"]]
    assert len(set(tested)) == len(tested)
    if len(named.folds) > 1:
        assert sorted(tested) == sorted(named.speakers)


def test_the_published_speakers_test():
    for name, folds, part, speakers in (
        ("emobox", 6, "test", {"01", "11", "20", "21"}),
        ("luna_jimenez", 5, "test", {"02", "05", "14", "15", "16"}),
        ("katerynach", 1, "validation", {"11", "13", "18", "22"}),
        ("nkululeko", 1, "validation", {"16", "17", "19", "20"}),
        ("gianscuri", 1, "validation", {"19", "20"}),
        ("brambilla", 1, "test", {"23", "24"}),
    ):
        split = make_split(INDEX, protocol=name)
        assert len(split.folds) == folds
        here = INDEX.takes["take"].isin(split.takes(part, fold=0))
        assert set(INDEX.takes["speaker"][here]) == speakers


def test_a_list_is_for_its_own_corpus_and_all_of_it():
    with pytest.raises(
        Problem, match=r"names speakers of whom there is no take \(17, "
    ):
        make_split(ravdess_index(range(1, 17)), protocol="emobox")
    takes = INDEX.takes
    for change, sentence in (
        (
            {"corpus": "savee"},
            "is of the corpus 'ravdess', and there are takes of savee",
        ),
        ({"speaker": takes["speaker"].replace("24", "x")}, "24"),
    ):
        other = dataclasses.replace(INDEX, takes=takes.assign(**change))
        with pytest.raises(Problem, match=sentence):
            make_split(other, protocol="gianscuri")
    guest = takes.tail(50).assign(speaker="25", take=takes["take"].tail(50) + "x")
    guest["sound_sha256"] = guest["take"]
    more = pd.concat([takes, guest], ignore_index=True)
    with pytest.raises(Problem, match=r"does not know speakers that are here \(25\)"):
        make_split(dataclasses.replace(INDEX, takes=more), protocol="gianscuri")
    made_up = dataclasses.replace(INDEX, takes=takes.assign(corpus="made-up-ravdess"))
    assert make_split(made_up, protocol="gianscuri")
