import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from takes import ravdess_index

from corpus.drawing import by_class, cut, spread, whole_groups

TAKES = ravdess_index([1, 2, 3, 4]).takes
SHARES = {"base": 0.5, "stack": 0.25, "test": 0.25}


@given(
    total=st.integers(0, 2000),
    weights=st.lists(st.integers(1, 9), min_size=1, max_size=6),
)
def test_a_number_is_cut_exactly_and_fairly(total, weights):
    ratios = [weight / sum(weights) for weight in weights]
    shares = cut(total, ratios)
    assert sum(shares) == total
    for share, ratio in zip(shares, ratios, strict=True):
        assert abs(share - total * ratio) < 1


def test_classes_are_cut_exactly():
    parts = by_class(TAKES, TAKES["take"], SHARES, 0)
    for _, of_class in parts.groupby(TAKES["emotion"]):
        counts = of_class.value_counts()
        assert counts["base"] == 2 * counts["stack"] == 2 * counts["test"]


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=30),
    classes=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
def test_no_group_is_parted_even_across_classes(sizes, classes, seed):
    groups = pd.Series([str(i) for i, size in enumerate(sizes) for _ in range(size)])
    takes = pd.DataFrame({"emotion": [str(i % classes) for i in range(len(groups))]})
    parts = by_class(takes, groups, SHARES, seed)
    assert set(parts) <= set(SHARES)
    assert (parts.groupby(groups).nunique() == 1).all()


def test_whole_groups_are_given_in_number_or_by_share():
    parts = whole_groups(TAKES, TAKES["speaker"], {"a": 1, "b": 3}, 0)
    assert TAKES["speaker"].groupby(parts).nunique().to_dict() == {"a": 1, "b": 3}
    parts = whole_groups(TAKES, TAKES["speaker"], {"a": 0.9, "b": 0.09, "c": 0.01}, 0)
    assert TAKES["speaker"].groupby(parts).nunique().to_dict() == {
        **{"a": 2, "b": 1, "c": 1}
    }


def test_any_stretch_of_speakers_is_balanced():
    takes = ravdess_index().takes
    sexes = [int(name) % 2 for name in spread(takes, takes["speaker"], 5)]
    assert all(sum(sexes[i : i + 2]) == 1 for i in range(0, 24, 2))
    assert spread(takes, takes["speaker"], 5) != spread(takes, takes["speaker"], 6)
