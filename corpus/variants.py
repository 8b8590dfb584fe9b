"""Names of augmented copies: "copy1" is a take's first; "" is the recording itself."""

import re

__all__ = ["copy_name", "copy_number"]

NAME = re.compile(r"copy([1-9][0-9]*)")


def copy_name(number: int) -> str:
    """Return the variant's name of a take's copy.

    Args:
        number: From 1.

    Raises:
        ValueError: If it is below 1.
    """
    if number < 1:
        raise ValueError(f"copies are counted from 1, not from {number}")
    return f"copy{number}"


def copy_number(variant: str) -> int:
    """Return which copy of a take a variant names, from 1.

    Raises:
        ValueError: If it names none.
    """
    found = NAME.fullmatch(variant)
    if not found:
        raise ValueError(f"{variant!r} names no augmented copy")
    return int(found[1])
