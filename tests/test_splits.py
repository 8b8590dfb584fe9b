import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from takes import ravdess_index

from corpus import labels, splits
from corpus.problem import Problem
from corpus.splits import PARTS, Split, check_classes, inner_validation, make_split

INDEX = ravdess_index()


def parted(index, split):
    return index.takes.merge(split.table, on="take")


@pytest.mark.parametrize("protocol", splits.PROTOCOLS)
@pytest.mark.parametrize("seed", range(5))
def test_ravdess_is_parted_as_in_the_thesis(protocol, seed):
    table = parted(INDEX, make_split(INDEX, protocol=protocol, seed=seed))
    counts = pd.crosstab(table["emotion"], table["part"])[list(PARTS)]
    assert counts.sum().tolist() == [624, 312, 312]
    for emotion, row in counts.iterrows():
        expected = [48, 24, 24] if emotion == "neutral" else [96, 48, 48]
        assert row.tolist() == expected
    # The pair with identical sound is on one side.
    assert table[table["sound_sha256"] == "twin"]["part"].nunique() == 1


@pytest.mark.parametrize("seed", range(5))
def test_speakers_are_in_one_part_each_as_many_women_as_men(seed):
    split = make_split(INDEX, protocol="speakers", seed=seed)
    table = parted(INDEX, split)
    assert (table.groupby("speaker")["part"].nunique() == 1).all()
    of_sex = table.groupby(["part", "sex"])["speaker"].nunique().unstack()
    assert of_sex.loc["base"].tolist() == [6, 6]
    assert of_sex.loc["test"].tolist() == of_sex.loc["stack"].tolist() == [3, 3]
    assert "speakers" in split.promises


def test_the_papers_way_may_part_identical_sound():
    apart = set()
    for seed in range(20):
        split = make_split(INDEX, seed=seed, separate_identical_sound=False)
        twins = parted(INDEX, split).query("sound_sha256 == 'twin'")
        apart.add(twins["part"].nunique())
        assert "identical sound" not in split.promises
    assert apart == {1, 2}


def test_a_split_does_not_depend_on_the_order_of_the_index():
    shuffled = INDEX.takes.sample(frac=1, random_state=3).reset_index(drop=True)
    other = type(INDEX)(shuffled, INDEX.root)
    for protocol in splits.PROTOCOLS:
        one, two = (make_split(i, protocol=protocol, seed=4) for i in (INDEX, other))
        by_take = [s.table.sort_values("take").to_numpy().tolist() for s in (one, two)]
        assert by_take[0] == by_take[1]


def test_splits_are_the_same_everywhere():
    # Made again on any machine and Python these digests must not move.
    digests = [make_split(INDEX, protocol=p, seed=0).digest for p in splits.PROTOCOLS]
    assert digests == ["edb9cc2bae7c", "8480dd7118b1"]


@settings(max_examples=40, deadline=None)
@given(
    actors=st.integers(3, 24),
    base=st.integers(2, 6),
    stack=st.integers(1, 3),
    test=st.integers(1, 3),
    seed=st.integers(0, 10**6),
    protocol=st.sampled_from(sorted(splits.PROTOCOLS)),
)
def test_every_take_is_in_one_part(actors, base, stack, test, seed, protocol):
    index, whole = ravdess_index(range(1, actors + 1)), base + stack + test
    ratios = (base / whole, stack / whole, test / whole)
    split = make_split(index, protocol=protocol, ratios=ratios, seed=seed)
    assert sorted(split.table["take"]) == sorted(index.takes["take"])
    assert set(split.table["part"]) == set(PARTS)
    if protocol == "stratified":
        shares = split.table["part"].value_counts(normalize=True)
        for part, ratio in zip(PARTS, ratios, strict=True):
            assert abs(shares[part] - ratio) < 7 / len(index)


def test_written_and_read_a_split_is_the_same(tmp_path):
    split = make_split(INDEX, protocol="speakers", seed=2)
    split.write(tmp_path / "split.csv")
    read = Split.read(tmp_path / "split.csv")
    assert read.digest == split.digest
    assert read.promises == split.promises
    assert read.settings == split.settings


def test_an_edited_split_is_refused(tmp_path):
    path = tmp_path / "split.csv"
    make_split(INDEX).write(path)
    path.write_text(path.read_text().replace(",test", ",base", 1))
    with pytest.raises(Problem, match="was changed since it was made"):
        Split.read(path)


@pytest.mark.parametrize("text", ["", "take,fold,part\n", "# {}\ntake,fold,part\n"])
def test_what_is_no_split_is_refused(tmp_path, text):
    (tmp_path / "split.csv").write_text(text)
    with pytest.raises(Problem, match="is not a split"):
        Split.read(tmp_path / "split.csv")


def test_a_take_that_stands_twice_is_refused(tmp_path):
    split = make_split(ravdess_index(range(1, 5)))
    twice = pd.concat([split.table, split.table.head(1)], ignore_index=True)
    path = tmp_path / "twice.csv"
    dataclasses.replace(split, table=twice).write(path)
    with pytest.raises(Problem, match=r"twice.csv is not a split \(it names .* twice"):
        Split.read(path)


def test_a_part_without_a_class_is_refused():
    index = ravdess_index(range(1, 5))
    split = make_split(index)
    check_classes(split, index.takes, labels.THESIS)
    with pytest.raises(Problem, match=r"'base' has no take of 'calm' .0 in all"):
        check_classes(split, index.takes, (*labels.THESIS, "calm"))
    table = split.table[split.table["part"] != "stack"]
    with pytest.raises(Problem, match="the part 'stack' has no take of 'anger'"):
        check_classes(
            dataclasses.replace(split, table=table), index.takes, labels.THESIS
        )


def test_a_corpus_that_cannot_serve_the_protocol_is_refused():
    with pytest.raises(Problem, match="at least 3 speakers"):
        make_split(ravdess_index([1, 2]), protocol="speakers")
    few = ravdess_index([1])
    few = type(few)(few.takes.groupby("emotion").head(2), few.root)
    with pytest.raises(Problem, match="has no take of 'anger'"):
        make_split(few)
    with pytest.raises(Problem, match="no protocol is called 'random'"):
        make_split(INDEX, protocol="random")
    for ratios in [(0.5, 0.5), (0.5, 0.5, 0.5), (1.0, 0.0, 0.0)]:
        with pytest.raises(Problem, match="three positive shares"):
            make_split(INDEX, ratios=ratios)


@pytest.mark.parametrize("protocol", splits.PROTOCOLS)
def test_inner_validation_follows_the_protocol(protocol):
    split = make_split(INDEX, protocol=protocol)
    base = parted(INDEX, split).query("part == 'base'").reset_index(drop=True)
    chosen = inner_validation(base, protocol=protocol, fraction=0.1, seed=0)
    watching, training = base[chosen], base[~chosen]
    if protocol == "speakers":
        assert not set(watching["speaker"]) & set(training["speaker"])
    else:
        assert watching["emotion"].value_counts().to_dict() == {
            **dict.fromkeys(base["emotion"].unique(), 10),
            "neutral": 5,
        }
    assert not set(watching["sound_sha256"]) & set(training["sound_sha256"])


def test_a_part_too_small_to_spare_validation_is_refused():
    one = ravdess_index([1]).takes
    with pytest.raises(Problem, match="single speaker"):
        inner_validation(one, protocol="speakers", fraction=0.1, seed=0)
    single = one.groupby("emotion").head(1).reset_index(drop=True)
    with pytest.raises(Problem, match="single take of each emotion"):
        inner_validation(single, protocol="stratified", fraction=0.1, seed=0)
