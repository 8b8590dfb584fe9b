"""Results by speaker, sex, intensity and statement."""

import numpy as np
import pandas as pd
import pytest
from takes import ravdess_index

from corpus.problem import Problem
from evaluation.groups import by_group, speaker_spread
from evaluation.predictions import make_rows

LABELS = ("anger", "fear")


@pytest.fixture
def takes():
    return ravdess_index([1, 2, 3], emotions=LABELS).takes


def predictions(takes, right, seeds=(0,)):
    """Predict every take, right where the function says so."""
    good = np.array([right(row) for row in takes.itertuples()])
    truth = pd.Index(LABELS).get_indexer(takes["emotion"])
    probabilities = np.eye(2)[np.where(good, truth, 1 - truth)]
    return pd.concat(
        make_rows(
            list(takes["take"]),
            system="audio",
            part="test",
            seed=seed,
            true=list(takes["emotion"]),
            probabilities=probabilities,
            labels=LABELS,
            protocol="stratified",
            split_digest="d",
        )
        for seed in seeds
    )


def test_each_speaker_has_its_own_score(takes):
    groups = by_group(predictions(takes, lambda row: row.speaker != "02"), takes)
    speakers = groups[groups["column"] == "speaker"].set_index("value")
    assert speakers["accuracy"].to_dict() == {"01": 1.0, "02": 0.0, "03": 1.0}
    assert speakers["takes"].tolist() == [16, 16, 16]
    sexes = groups[groups["column"] == "sex"].set_index("value")
    assert sexes["accuracy"].to_dict() == {"female": 0.0, "male": 1.0}
    assert speaker_spread(groups, "audio")["lowest"] == 0


def test_a_column_with_one_value_is_left_out(takes):
    groups = by_group(predictions(takes, lambda row: True), takes)
    assert set(groups["column"]) == {"speaker", "sex", "intensity", "statement"}


def test_seeds_on_the_same_takes_do_not_narrow_the_interval(takes):
    def half(row):
        return row.repetition == "01"

    one = by_group(predictions(takes, half), takes)
    five = by_group(predictions(takes, half, seeds=range(5)), takes)
    np.testing.assert_allclose(five["low"], one["low"])
    assert (five["tested"] == 5 * one["tested"]).all()


def test_a_take_of_another_corpus_is_a_sentence(takes):
    with pytest.raises(Problem, match="16 predicted takes are not in the index"):
        by_group(predictions(takes, lambda row: True), takes[takes["speaker"] != "02"])


def test_speakers_of_two_corpora_are_two(takes):
    both = pd.concat([takes, takes.assign(take="x" + takes["take"], corpus="savee")])
    groups = by_group(predictions(both, lambda row: True), both)
    speakers = groups[groups["column"] == "speaker"]
    assert speakers["value"].tolist()[:2] == ["ravdess 01", "ravdess 02"]
    assert len(speakers) == 6


def test_each_corpus_has_its_own_score(takes):
    other = takes[takes["speaker"] == "01"]
    both = pd.concat([takes, other.assign(take="x" + other["take"], corpus="rml")])
    groups = by_group(predictions(both, lambda row: row.corpus == "rml"), both)
    corpora = groups[groups["column"] == "corpus"].set_index("value")
    assert corpora["accuracy"].to_dict() == {"ravdess": 0.0, "rml": 1.0}
    assert corpora["takes"].to_dict() == {"ravdess": 48, "rml": 16}


def test_takes_of_whom_a_thing_is_not_known_are_no_group(takes):
    takes.loc[takes["speaker"] == "03", "sex"] = ""
    groups = by_group(predictions(takes, lambda row: True), takes)
    sexes = groups[groups["column"] == "sex"]
    assert sexes["value"].tolist() == ["female", "male"]
    assert sexes["takes"].tolist() == [16, 16]


def test_the_commonest_class_is_told(takes):
    some = takes[(takes["emotion"] == "fear") | (takes["repetition"] == "01")]
    groups = by_group(predictions(some, lambda row: True), some)
    assert groups["majority"].round(3).unique().tolist() == [0.667]


def test_the_spread_has_an_interval_over_speakers(takes):
    def often(row):
        return int(row.speaker) + int(row.repetition) < 4

    groups = by_group(predictions(takes, often), takes)
    spread = speaker_spread(groups, "audio")
    low, high = spread["interval"]
    assert spread["speakers"] == 3 and low < 5 / 6 <= high
    assert speaker_spread(groups, "visual") is None
    assert speaker_spread(None, "audio") is None
