import math

import pytest

from corpus.problem import Problem
from corpus.ratios import check_ratios, read_ratios


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("50-25-25", {"base": 0.5, "stack": 0.25, "test": 0.25}),
        ((0.5, 0.25, 0.25), {"base": 0.5, "stack": 0.25, "test": 0.25}),
        ("80-20", {"training": 0.8, "test": 0.2}),
        ("0.8-0.2", {"training": 0.8, "test": 0.2}),
        ("12-6-6", {"base": 12, "stack": 6, "test": 6}),
        ("40-20-20-20", {"base": 0.4, "stack": 0.2, "validation": 0.2, "test": 0.2}),
        ("90-10+70-30", {"base": 0.63, "stack": 0.27, "test": 0.1}),
    ],
)
def test_ratios_are_read_as_people_write_them(said, read):
    found = read_ratios(said)
    assert found == pytest.approx(read)
    assert [type(n) for n in found.values()] == [type(n) for n in read.values()]


@pytest.mark.parametrize(
    "said",
    [
        *(
            "",
            "100",
            "50-25",
            "50--25-75",
            "a-b-c",
            "90-10+70",
            "12-6+3-3",
            "1-1-1-1-1",
        ),
        *((0.5, 0.5, 0.5), (1.0, 0.0, 0.0), (math.nan, 0.5, 0.5), (math.inf, 1), ()),
    ],
)
def test_what_are_no_ratios_is_one_sentence(said):
    if said == "50-25":  # whole numbers, of speakers
        assert read_ratios(said) == {"training": 50, "test": 25}
        return
    with pytest.raises(Problem, match="are not three positive shares"):
        read_ratios(said)


@pytest.mark.parametrize("ratios", [(0.5, 0.5), (1, 1), (0.5, 0.5, 0.5), (1, 0, 0)])
def test_a_recipe_gives_three_shares(ratios):
    check_ratios((0.6, 0.2, 0.2))
    with pytest.raises(Problem, match="three positive shares"):
        check_ratios(ratios)
