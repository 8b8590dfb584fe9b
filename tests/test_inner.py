import pandas as pd
import pytest
from takes import ravdess_index

from corpus.inner import inner_groups, inner_validation
from corpus.problem import Problem
from corpus.splits import make_split

INDEX = ravdess_index()


def base_of(protocol):
    split = make_split(INDEX, protocol=protocol)
    takes = INDEX.takes
    return takes[takes["take"].isin(split.takes("base"))].reset_index(drop=True)


def test_a_tenth_of_each_class_watches():
    base = base_of("stratified")
    chosen = inner_validation(base, protocol="stratified", fraction=0.1, seed=0)
    assert base[chosen]["emotion"].value_counts().to_dict() == {
        **dict.fromkeys(base["emotion"].unique(), 10),
        "neutral": 5,
    }


def test_whole_speakers_watch():
    base = base_of("speakers")
    chosen = inner_validation(base, protocol="speakers", fraction=0.1, seed=0)
    assert base[chosen]["speaker"].nunique() == 1
    assert not set(base[chosen]["speaker"]) & set(base[~chosen]["speaker"])


def test_a_part_too_small_to_spare_validation_is_refused():
    one = ravdess_index([1]).takes
    for protocol in ("speakers", "speaker_folds:4", "emobox"):
        with pytest.raises(Problem, match="single speaker"):
            inner_validation(one, protocol=protocol, fraction=0.1, seed=0)
    single = one.groupby("emotion").head(1).reset_index(drop=True)
    with pytest.raises(Problem, match="single take of each emotion"):
        inner_validation(single, protocol="stratified", fraction=0.1, seed=0)


def test_a_lone_group_of_a_class_trains():
    one = ravdess_index([7]).takes
    pair = one[one["sound_sha256"] == "twin"]
    others = one[one["emotion"] == "anger"]
    takes = pd.concat([others, pair], ignore_index=True)
    chosen = inner_validation(takes, protocol="stratified", fraction=0.4, seed=0)
    assert set(takes[chosen]["emotion"]) == {"anger"}


def test_groups_for_folds_are_as_fine_as_they_must_be():
    takes = INDEX.takes
    assert inner_groups(takes, protocol="speakers").nunique() == 24
    # A class of 192 has 96 pairs; the identical pair is one of them.
    assert inner_groups(takes, protocol="repetitions").nunique() == 624
    assert inner_groups(takes, protocol="stratified").nunique() == 1247
    assert inner_groups(takes, protocol="stratified", apart=False).nunique() == 1248
    assert inner_groups(takes, protocol="statements").nunique() == 2
    assert inner_groups(takes, protocol="statements", at_least=5).nunique() == 624
    with pytest.raises(Problem, match="has 3 speakers, so none can be spared"):
        inner_groups(ravdess_index([1, 2, 3]).takes, protocol="speakers", at_least=5)
