import dataclasses
import itertools
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from takes import ravdess_index

from corpus.index import TAKE_COLUMNS, Index, typed
from corpus.kinship import kin
from corpus.leaks import broken, count_leaks
from corpus.named_lists import LISTS
from corpus.problem import Problem
from corpus.protocols import PROTOCOLS, read_protocol
from corpus.splits import ALL_PARTS, check_classes, inner_validation, make_split

INDEX = ravdess_index()
# One spelling at least of every protocol, and whether each take is tested once.
SPELLED = {
    "stratified": False,
    "stratified:40-20-20-20": False,
    "speakers": False,
    "speakers:60-40": False,
    "repetitions": False,
    "repetitions:80-20": False,
    "group:language:75-25": False,
    "group:statement:50-50": False,
    "group:sex:1-1": False,
    "speaker_folds:2": True,
    "speaker_folds": True,
    "leave_one_speaker_out": True,
    "statements": True,
    **{name: name in ("emobox", "luna_jimenez") for name in LISTS},
}


def test_every_protocol_is_tried_here():
    assert {text.partition(":")[0] for text in SPELLED} == set(PROTOCOLS)


def check(index, split, *, tested_once):
    """See that a split is one: whole, with every class, and as it promises."""
    every = sorted(index.takes["take"])
    for fold in split.folds:
        table = split.of_fold(fold)
        assert sorted(table["take"]) == every
        assert set(table["part"]) <= set(ALL_PARTS)
    check_classes(split, index.takes, index.takes["emotion"].unique())
    leaks = count_leaks(index.takes, split)
    assert not [row for row in leaks if row["promised_apart"] and row["count"]]
    if tested_once:
        assert sorted(split.table.query("part == 'test'")["take"]) == every


@pytest.mark.parametrize(("protocol", "tested_once"), SPELLED.items())
def test_ravdess_is_served_by_every_protocol(protocol, tested_once):
    index = INDEX
    if "language" in protocol:
        takes = INDEX.takes.assign(
            language=INDEX.takes["speaker"]
            .isin(["03", "04"])
            .map({True: "fr", False: "en"})
        )
        index = dataclasses.replace(INDEX, takes=takes)
    split = make_split(index, protocol=protocol, seed=1)
    check(index, split, tested_once=tested_once)
    assert not broken(count_leaks(index.takes, split))


@st.composite
def corpora(draw):
    """Draw small corpora: uneven, of one speaker or many, some sounds identical."""
    speakers = draw(st.integers(1, 7))
    statements = draw(st.integers(1, 3))
    repetitions = draw(st.integers(1, 3))
    emotions = ["anger", "fear", "sadness"][: draw(st.integers(2, 3))]
    keys = itertools.product(
        range(speakers), emotions, range(statements), range(repetitions)
    )
    gone = draw(st.integers(0, 5))
    rows = []
    for number, (speaker, emotion, statement, repetition) in enumerate(keys):
        if gone and (number * 7919) % 23 < gone:
            continue
        rows.append(
            {
                "take": f"x-{speaker}-{emotion}-{statement}-{repetition}",
                "corpus": "x",
                "speaker": str(speaker),
                "sex": ("female", "male", "")[speaker % 3],
                "emotion": emotion,
                "statement": str(statement),
                "repetition": str(repetition),
                "language": ("en", "it")[speaker % 2],
                "sound_sha256": str(number),
            }
        )
    takes = pd.DataFrame(rows)
    for first, second in draw(
        st.lists(st.tuples(*[st.integers(0, len(takes) - 1)] * 2), max_size=2)
    ):
        takes.loc[second, "sound_sha256"] = takes.loc[first, "sound_sha256"]
    return Index(typed(takes, TAKE_COLUMNS), Path("/nowhere"))


@settings(max_examples=120, deadline=None)
@given(
    index=corpora(),
    protocol=st.sampled_from(sorted(set(SPELLED) - set(LISTS))),
    seed=st.integers(0, 10**6),
    apart=st.booleans(),
)
def test_any_corpus_is_served_as_promised_or_told_why_not(index, protocol, seed, apart):
    made = {"protocol": protocol, "seed": seed, "separate_identical_sound": apart}
    try:
        split = make_split(index, **made)
    except Problem as problem:
        assert str(problem).count("\n") == 0
        return
    check(index, split, tested_once=SPELLED[protocol])
    assert ("identical sound" in split.promises) is apart
    shuffled = index.takes.sample(frac=1, random_state=seed)
    other = make_split(dataclasses.replace(index, takes=shuffled), **made)
    pd.testing.assert_frame_equal(other.table, split.table)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("protocol", ["speakers", "speaker_folds:4"])
def test_parts_of_speakers_have_as_many_women_as_men(protocol, seed):
    split = make_split(INDEX, protocol=protocol, seed=seed)
    table = INDEX.takes.merge(split.table, on="take")
    of_sex = table.groupby(["fold", "part", "sex"])["speaker"].nunique().unstack()
    for fold in split.folds:
        assert of_sex.loc[fold].loc["base"].tolist() == [6, 6]
        assert of_sex.loc[fold].loc["stack"].tolist() == [3, 3]
        assert of_sex.loc[fold].loc["test"].tolist() == [3, 3]


def test_speakers_are_counted_as_asked():
    for asked in ({"protocol": "speakers:8-12-4"}, {"ratios": (8, 12, 4)}):
        split = make_split(INDEX, **{"protocol": "speakers", **asked})
        table = INDEX.takes.merge(split.table, on="take")
        counts = table.groupby("part")["speaker"].nunique()
        assert counts.to_dict() == {"base": 8, "stack": 12, "test": 4}


def test_nested_ratios_are_those_of_the_training_part():
    split = make_split(INDEX, protocol="stratified:90-10+70-30")
    shares = split.table["part"].value_counts(normalize=True)
    for part, share in (("base", 0.63), ("stack", 0.27), ("test", 0.1)):
        assert shares[part] == pytest.approx(share, abs=7 / len(INDEX))


def test_a_third_of_every_training_part_is_for_stacking():
    for protocol in ("stratified:75-25", "speakers:75-25", "speaker_folds:4"):
        split = make_split(INDEX, protocol=protocol)
        for fold in split.folds:
            sizes = split.of_fold(fold)["part"].value_counts()
            # Class by class, 48 and 96 of 144 are exact; so are 6 of 18 speakers.
            assert sizes.to_dict() == {"base": 624, "stack": 312, "test": 312}


def test_within_a_single_statement_the_stack_part_is_drawn_by_twins():
    split = make_split(INDEX, protocol="statements")
    assert split.promises == ("repetition twins", "identical sound")
    assert split.test_promises == ("statements",)
    assert split.settings["stack_by"] == ["repetition twins"]
    table = INDEX.takes.merge(split.table, on="take")
    for _, fold in table.groupby("fold"):
        assert fold.groupby("statement")["part"].apply(set).tolist() in (
            [{"base", "stack"}, {"test"}],
            [{"test"}, {"base", "stack"}],
        )
    # Where there are statements enough, they are kept apart everywhere.
    takes = INDEX.takes.assign(
        statement=INDEX.takes["statement"] + INDEX.takes["intensity"]
    )
    takes = takes[takes["emotion"] != "neutral"]
    more = make_split(dataclasses.replace(INDEX, takes=takes), protocol="statements")
    assert more.promises == ("statements", "identical sound")
    assert len(more.folds) == 4


def test_twins_are_the_same_words_said_again():
    split = make_split(INDEX, protocol="repetitions")
    parts = INDEX.takes["take"].map(split.table.set_index("take")["part"])
    assert (parts.groupby(kin(INDEX.takes, "repetition twins")).nunique() == 1).all()


@pytest.mark.parametrize(
    ("protocol", "sentence"),
    [
        ("random", "no protocol is called 'random'; known: stratified, speakers"),
        ("speakers:", "ends in a colon"),
        ("stratified:50-50-50", "the ratios must sum to 1 or to 100"),
        ("stratified:50-", "are not three positive shares"),
        ("stratified:90-10+70", "are not three positive shares"),
        ("stratified:12-6-6", "parts by shares, not by whole numbers"),
        ("speakers:8-12", "parts 20 speakers; this corpus has 24"),
        ("speaker_folds:1", "a whole number of folds from 2 on"),
        ("speaker_folds:x", "a whole number of folds from 2 on"),
        ("speaker_folds:25", "at least 25 speakers; this corpus has 24"),
        ("leave_one_speaker_out:2", "has no parameter"),
        ("emobox:2", "has no parameter"),
        ("group", "needs a column of the index"),
        ("group:colour", "needs the column 'colour'"),
        ("group:fps", "does not tell it of 1248 of 1248"),
        (
            "group:language:50-50",
            "at least 2 values of 'language'; this corpus has 1",
        ),
        ("group:emotion", "has no take of"),
        ("group:intensity:50-50", "has no take of 'neutral'"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(protocol, sentence):
    with pytest.raises(Problem, match=sentence):
        make_split(INDEX, protocol=protocol)


def test_a_corpus_that_cannot_serve_the_protocol_is_refused():
    two = ravdess_index([1, 2])
    for protocol, least in (
        ("speakers", 3),
        ("leave_one_speaker_out", 3),
        ("speaker_folds:2", 4),
        ("speaker_folds", 5),
    ):
        with pytest.raises(Problem, match=f"at least {least} speakers"):
            make_split(two, protocol=protocol)
    with pytest.raises(Problem, match="a training part has a single speaker"):
        make_split(two, protocol="speakers:50-50")
    said_once = dataclasses.replace(
        INDEX, takes=INDEX.takes[INDEX.takes["statement"] == "01"]
    )
    with pytest.raises(Problem, match="at least 2 statements; this corpus has 1"):
        make_split(said_once, protocol="statements")
    unsaid = dataclasses.replace(INDEX, takes=INDEX.takes.assign(statement=""))
    for protocol in ("statements", "repetitions"):
        with pytest.raises(Problem, match=r"needs .*statement of every take"):
            make_split(unsaid, protocol=protocol)
    with pytest.raises(Problem, match="no number of folds"):
        make_split(INDEX, protocol="emobox", folds=3)
    few = dataclasses.replace(two, takes=two.takes.groupby("emotion").head(2))
    with pytest.raises(Problem, match="has no take of 'anger'"):
        make_split(few)


def test_two_speakers_with_one_recording_cannot_be_kept_apart():
    takes = INDEX.takes.copy()
    takes.loc[[0, 700], "sound_sha256"] = "same"
    index = dataclasses.replace(INDEX, takes=takes)
    for protocol in ("speakers", "emobox"):
        for seed in range(3):
            with pytest.raises(Problem, match="two speakers share a recording"):
                make_split(index, protocol=protocol, seed=seed)
        assert make_split(index, protocol=protocol, separate_identical_sound=False)
    # By class they go together, whatever their classes are.
    split = make_split(index)
    parts = split.table.set_index("take")["part"]
    assert parts[takes["take"][0]] == parts[takes["take"][700]]


@pytest.mark.parametrize("protocol", SPELLED)
def test_inner_validation_is_drawn_by_the_protocols_own_group(protocol):
    if "language" in protocol:
        pytest.skip("RAVDESS has one language")
    split = make_split(INDEX, protocol=protocol)
    fold = split.folds[-1]
    base = INDEX.takes[INDEX.takes["take"].isin(split.takes("base", fold=fold))]
    base = base.reset_index(drop=True)
    chosen = inner_validation(base, protocol=split.protocol, fraction=0.1, seed=0)
    assert 0.05 < chosen.mean() < 0.2
    group, by = read_protocol(protocol).inner_groups(base)
    assert not set(group[chosen]) & set(group[~chosen])
    assert by == (split.settings.get("stack_by") or [read_protocol(protocol).group])[0]
    assert not set(base["sound_sha256"][chosen]) & set(base["sound_sha256"][~chosen])
    if by in ("takes", "repetition twins"):
        assert set(base["emotion"][chosen]) == set(base["emotion"])
