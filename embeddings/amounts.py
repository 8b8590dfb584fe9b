"""By how much a copy is changed: one number or a range, read once, drawn evenly."""

import dataclasses
import math
from typing import Any

__all__ = ["Amount", "Given", "Range"]

Given = float | tuple[float, ...]
"""What a user writes: one number, 0 for off, or [low, high]; [] is off as well."""

Range = tuple[float, float]
"""Between what is drawn."""


@dataclasses.dataclass(frozen=True)
class Amount:
    """What one effect of an augmentation may be given, and what is drawn from it.

    Attributes:
        kind: What one number x stands for. "step": from -x to x. "share": from 0 to x.
            "factor": from 1/x to x, its logarithm drawn evenly. "level": x, always.
            "chance": 1 with probability x, else 0; it has no range.
        lowest: Of a range.
        highest: Of a range, and of one number.
        unit: For sentences, such as " semitones".
    """

    kind: str
    lowest: float
    highest: float
    unit: str = ""

    def read(self, given: Any) -> Range | None:
        """Return the range that is drawn from; None for off.

        Raises:
            ValueError: If it is neither, or out of bounds; it says what would do.
        """
        if isinstance(given, (list, tuple)):
            if not given:
                return None
            drawn = self._pair(given)
        else:
            drawn = self._one(given)
        # What can only change nothing is off, and so has no key of its own.
        neutral = 1.0 if self.kind == "factor" else 0.0
        if self.kind != "level" and drawn == (neutral, neutral):
            return None
        return drawn

    def draw(self, drawn: Range, share: float) -> float:
        """Return how much.

        Args:
            drawn: What `read` returned.
            share: Random, evenly from 0 to below 1.
        """
        low, high = drawn
        if self.kind == "chance":
            return float(share < high)
        if self.kind == "factor":
            return low * (high / low) ** share
        return low + (high - low) * share

    @property
    def words(self) -> str:
        """What may be given."""
        one = f"from {self._least:g} to {self.highest:g}{self.unit} (0 is off)"
        if self.kind == "chance":
            return one
        return f"{one}, or [low, high] within {self.lowest:g} and {self.highest:g}"

    @property
    def _least(self) -> float:
        """Lowest that one number may be."""
        return {"factor": 1.0, "level": self.lowest}.get(self.kind, 0.0)

    def _pair(self, given: list | tuple) -> Range:
        if self.kind == "chance" and len(set(given)) > 1:
            raise ValueError(self.words)
        if len(given) != 2 or not all(map(_is_number, given)):
            raise ValueError(self.words)
        low, high = map(float, given)
        if not self.lowest <= low <= high <= self.highest:
            raise ValueError(self.words)
        return low, high

    def _one(self, given: Any) -> Range | None:
        if not _is_number(given):
            raise ValueError(self.words)
        if given == 0:
            return None
        if not self._least <= given <= self.highest:
            raise ValueError(self.words)
        value = float(given)
        lows = {"step": -value, "share": 0.0, "factor": 1 / value}
        return lows.get(self.kind, value), value


def _is_number(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value)
