"""How copies are changed: by which effects, how strongly, and which copy by which."""

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from corpus.problem import Problem
from embeddings.amounts import Amount, Range

__all__ = ["Change"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change(abc.ABC):
    """Changes media at random; a subclass has one field an effect.

    An effect that is off is not in the spec, and does not change what is drawn for the
    others.

    Attributes:
        ways: What each copy gets, in turn: effects joined by "+", such as "noise" for
            the first and "shift+noise" for the second, and again from the beginning.
            Without any, every copy gets all effects that are on.

    Raises:
        Problem: If an effect is out of range, all are off, or the ways and the effects
            that are on are not the same.
    """

    amounts: ClassVar[Mapping[str, Amount]]
    """What each effect may be given; in the order of their drawing."""

    medium: ClassVar[str]
    """What is changed, as `embeddings.backbone.BackboneSpec.modality` has it."""

    recipe: ClassVar[int] = 1
    """Raised when our own code changes the numbers."""

    ways: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, amount in self.amounts.items():
            given = getattr(self, name)
            try:
                drawn = amount.read(given)
            except ValueError as error:
                raise Problem(
                    f"the augmentation of {self.medium} has {name} {error}, not "
                    f"{given!r}."
                ) from error
            object.__setattr__(self, name, drawn or ())
        if not self._on:
            raise Problem(
                f"the augmentation of {self.medium} changes nothing; set one of "
                f"{', '.join(self.amounts)}."
            )
        object.__setattr__(self, "ways", self._read_ways())

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes a copy's numbers, but for the seed; JSON values."""
        found: dict[str, Any] = {name: list(pair) for name, pair in self._on.items()}
        if self.ways:
            found["ways"] = list(self.ways)
        return {**found, "recipe": self.recipe}

    def draw(self, rng: np.random.Generator, *, number: int) -> dict[str, float]:
        """Return how strong each effect of a copy is.

        Args:
            rng: Draws it.
            number: Which copy of its take, from 1.
        """
        # Drawn whether used or not: one effect more leaves the others as they were.
        shares = dict(zip(self.amounts, rng.random(len(self.amounts)), strict=True))
        chosen = set(self._on)
        if self.ways:
            chosen = set(self.ways[(number - 1) % len(self.ways)].split("+"))
        return {
            name: self.amounts[name].draw(pair, float(shares[name]))
            for name, pair in self._on.items()
            if name in chosen
        }

    @abc.abstractmethod
    def apply(
        self, media: Any, strengths: Mapping[str, float], rng: np.random.Generator
    ) -> Any:
        """Return changed media of the same kind; those given stay as they are.

        Args:
            media: As recorded.
            strengths: Of each effect, as `draw` returns them.
            rng: Draws noise.
        """

    @property
    def _on(self) -> dict[str, Range]:
        """The effects that are on, and between what they are drawn."""
        return {
            name: getattr(self, name) for name in self.amounts if getattr(self, name)
        }

    def _read_ways(self) -> tuple[str, ...]:
        """Check the ways, and write them all alike."""
        if not isinstance(self.ways, (list, tuple)):
            raise Problem(self._of_ways("they are a list of text"))
        ways, named = [], set()
        for way in self.ways:
            if not isinstance(way, str):
                raise Problem(self._of_ways(f"{way!r} is no text"))
            effects = {effect.strip() for effect in way.split("+")}
            if wrong := effects - set(self._on):
                raise Problem(
                    self._of_ways(
                        f"{way!r} names {min(wrong)!r}, which is off or unknown"
                    )
                )
            ways.append("+".join(name for name in self.amounts if name in effects))
            named |= effects
        if ways and (idle := set(self._on) - named):
            raise Problem(self._of_ways(f"{min(idle)!r} is on, and none names it"))
        return tuple(ways)

    def _of_ways(self, what: str) -> str:
        return (
            f"the ways of the augmentation of {self.medium}: {what}; name effects that "
            f"are on ({', '.join(self._on)}), such as ['{'+'.join(self._on)}']."
        )
