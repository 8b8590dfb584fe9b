"""How much goes into which part, as people write it."""

import math
from collections.abc import Mapping, Sequence

from corpus.problem import Problem

__all__ = ["PARTS", "RATIOS", "check_ratios", "read_ratios"]

PARTS = ("base", "stack", "test")
RATIOS = (0.5, 0.25, 0.25)  # Beyene 2019, 003:878

PARTS_OF: Mapping[int, tuple[str, ...]] = {
    2: ("training", "test"),
    3: ("base", "stack", "test"),
    4: ("base", "stack", "validation", "test"),
}


def check_ratios(ratios: Sequence[float]) -> None:
    """See that ratios are shares of base, stack and test, as a recipe gives them.

    Raises:
        Problem: If they are not three, not positive, or do not sum to 1.
    """
    fit = len(ratios) == len(PARTS) and min(ratios) > 0 and abs(sum(ratios) - 1) < 1e-6
    if not fit:  # as one that is no number is not
        raise Problem(
            f"the ratios {tuple(ratios)} are not three positive shares of base, stack "
            f"and test that sum to 1, such as 0.5,0.25,0.25; other ways to part stand "
            f"in the protocol's name, such as 'speakers:12-6-6'."
        )


def read_ratios(ratios: str | Sequence[float]) -> dict[str, float]:
    """Read how much goes into which part.

    Args:
        ratios: Two numbers are training (cut into base and stack by the common rule)
            and test; three are base, stack and test; four have validation before
            test. They sum to 1 or to 100, or they are whole numbers of groups, such as
            12, 6 and 6 speakers. As text, "12-6-6"; and "90-10+70-30" for 90 to 10
            for training and test, then 70 to 30 of the training for base and stack.

    Returns:
        By part its share of 1, or its number of groups (int).

    Raises:
        Problem: If they are not that.
    """
    try:
        if isinstance(ratios, str):
            outer, plus, nested = ratios.partition("+")
            if plus:
                return _nested(_numbers(outer), _numbers(nested))
            numbers = _numbers(ratios)
        else:
            numbers = [float(number) for number in ratios]
        return dict(zip(PARTS_OF[len(numbers)], _scaled(numbers), strict=True))
    except (ValueError, TypeError, KeyError) as error:
        said = repr(ratios) if isinstance(ratios, str) else str(tuple(ratios))
        raise Problem(
            f"the ratios {said} are not three positive shares of base, stack and test "
            f"that sum to 1, such as 50-25-25; nor two (training and test), four "
            f"(validation before test), nested ones (90-10+70-30), or whole numbers "
            f"of speakers (12-6-6)."
        ) from error


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split("-")]


def _scaled(numbers: Sequence[float]) -> list[float]:
    """Return shares of 1, or whole numbers."""
    total = sum(numbers)
    if not all(0 < number < math.inf for number in numbers):
        raise ValueError("not positive")
    for whole in (1, 100):
        if abs(total - whole) < 1e-6 * whole:
            return [number / whole for number in numbers]
    if all(number == int(number) for number in numbers):
        return [int(number) for number in numbers]
    raise ValueError("neither shares nor whole numbers")


def _nested(outer: Sequence[float], inner: Sequence[float]) -> dict[str, float]:
    (training, test), (base, stack) = _scaled(outer), _scaled(inner)
    if not all(isinstance(share, float) for share in (training, base)):
        raise ValueError("nested ratios are shares")
    return {"base": training * base, "stack": training * stack, "test": test}
