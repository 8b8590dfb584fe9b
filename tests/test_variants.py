import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.variants import copy_name, copy_number


@given(st.integers(1, 10**6))
def test_a_copy_is_found_by_its_name(number):
    assert copy_number(copy_name(number)) == number


@pytest.mark.parametrize("variant", ["", "copy", "copy0", "copy01", "copy1 ", "loud"])
def test_other_names_are_no_copies(variant):
    with pytest.raises(ValueError, match="no augmented copy"):
        copy_number(variant)


def test_the_first_copy_is_one():
    with pytest.raises(ValueError, match="from 1, not from 0"):
        copy_name(0)
