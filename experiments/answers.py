"""What a trained head says of takes, kept so that nobody has to ask it again."""

import dataclasses
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.penultimate import outputs, spoken
from classifiers.saved import TrainedHead
from classifiers.scale import Scaler
from corpus.files import whole
from corpus.problem import Problem

__all__ = ["Answers"]


@dataclasses.dataclass(frozen=True)
class Answers:
    """A head's outputs for some takes.

    Attributes:
        card: The head's card.
        takes: Their ids, n of them.
        penultimate: Shape (n, units), float32.
        probabilities: Shape (n, classes), float32, in the order of the card's labels.
    """

    card: Mapping[str, Any]
    takes: tuple[str, ...]
    penultimate: np.ndarray
    probabilities: np.ndarray

    @classmethod
    def of(
        cls, head: TrainedHead, takes: Sequence[str], rows: Sequence[np.ndarray]
    ) -> "Answers":
        """Ask a head about some takes.

        Args:
            head: The head.
            takes: Their ids.
            rows: Their features, in the same order.
        """
        return cls(head.card, tuple(takes), *outputs(head, rows))

    @property
    def witness(self) -> TrainedHead:
        """The head as far as its card goes, without its network."""
        return TrainedHead(None, Scaler.none(self.card["width"]), self.card)

    def said(self, takes: Sequence[str], *, says: str) -> np.ndarray:
        """Return what the head says of some takes, see `stacking.holdout.said_by`.

        Raises:
            Problem: If it has no penultimate layer, and is to say that.
        """
        both = self.penultimate, self.probabilities
        return spoken(self.witness, *both, says=says)[self._places(takes)]

    def chances(self, takes: Sequence[str]) -> np.ndarray:
        """Return the probabilities of some takes, in their order."""
        return self.probabilities[self._places(takes)]

    def _places(self, takes: Sequence[str]) -> list[int]:
        place = {take: number for number, take in enumerate(self.takes)}
        return [place[take] for take in takes]

    def write(self, path: Path) -> None:
        """Write an npz, whole or not at all."""
        with whole(path) as file:
            np.savez(
                file,
                card=np.array(json.dumps(dict(self.card))),
                takes=np.array(self.takes),
                penultimate=self.penultimate,
                probabilities=self.probabilities,
            )

    @classmethod
    def read(cls, path: Path) -> "Answers":
        """Read what `write` wrote.

        Raises:
            Problem: If it is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(
                    json.loads(str(file["card"])),
                    tuple(file["takes"].tolist()),
                    file["penultimate"],
                    file["probabilities"],
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise Problem(
                f"{path} is missing or damaged ({error}); remove its folder and run "
                f"the same command again."
            ) from error
