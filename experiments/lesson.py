"""One seed's data: takes, split and features, and who learns from which."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from corpus.index import Index
from corpus.problem import Problem
from corpus.splits import Split, inner_validation
from experiments.recipe import Training

__all__ = ["Features", "Lesson", "takes_of"]

Features = Mapping[str, np.ndarray]
"""What a head is fed, by take."""


@dataclasses.dataclass(frozen=True)
class Lesson:
    """One seed's data.

    Attributes:
        seed: Draws initialisation, dropout and order (and drew the split).
        takes: Rows of the index that have all embeddings, by take.
        split: Which take is in which part; one fold of it.
        features: By modality, then by take; those of an augmented copy by take and
            variant, "take.copy1".
        copies: Columns take, part, variant: the augmented copies of this fold.
    """

    seed: int
    takes: pd.DataFrame
    split: Split
    features: Mapping[str, Features]
    copies: pd.DataFrame | None = None

    @property
    def fold(self) -> int:
        """Which fold of its split."""
        return self.split.folds[0]

    @classmethod
    def of(
        cls,
        seed: int,
        index: Index,
        split: Split,
        features: Mapping[str, Features],
        copies: pd.DataFrame | None = None,
    ) -> "Lesson":
        """Keep the takes that every modality has embeddings of."""
        usable = set.intersection(*(set(part) for part in features.values()))
        takes = index.takes.set_index("take", drop=False)
        return cls(seed, takes[takes["take"].isin(usable)], split, features, copies)

    def part(self, *parts: str) -> list[str]:
        """Return the takes of some parts, in the split's order.

        Raises:
            Problem: If there are none.
        """
        found = [take for take in self.split.takes(*parts) if take in self.takes.index]
        if not found:
            raise Problem(
                f"the part {' and '.join(parts)} of the split has no take with "
                f"embeddings; see which takes failed, or make another split."
            )
        return found

    def emotions(self, samples: Sequence[str]) -> list[str]:
        """Return the emotion of each sample: a take, or a copy of one."""
        return list(self.takes.loc[takes_of(samples), "emotion"])

    def rows(self, modality: str, samples: Sequence[str]) -> list[np.ndarray]:
        """Return the features of each sample: a take, or a copy of one.

        A copy of which this modality has none of its own is as the recording is.
        """
        known = self.features[modality]
        return [
            known[sample if sample in known else take]
            for sample, take in zip(samples, takes_of(samples), strict=True)
        ]

    def with_copies(
        self, takes: Sequence[str], watching: np.ndarray
    ) -> tuple[list[str], np.ndarray]:
        """Return takes and the copies of those that do not only watch.

        Args:
            takes: As of `watched`.
            watching: Shape (takes,), bool: which only watch.

        Returns:
            Samples, and which of them only watch.
        """
        fitted = [take for take, only in zip(takes, watching, strict=True) if not only]
        copies = self.copies_of(fitted)
        return [*takes, *copies], np.append(watching, np.zeros(len(copies), bool))

    def copies_of(self, takes: Sequence[str]) -> list[str]:
        """Return the copies that there are of some takes, as samples."""
        if self.copies is None:
            return []
        some = self.copies[self.copies["take"].isin(set(takes))]
        return list(some["take"] + "." + some["variant"])

    def watched(
        self, parts: Sequence[str], training: Training
    ) -> tuple[list[str], np.ndarray]:
        """Return the takes to train on, and which of them only watch.

        With an inner validation the watching takes come from the parts themselves;
        else those of the named part are added to them. Where that is among the parts
        (the stack part, for nets that learn from base and stack) there is none but an
        inner one.
        """
        takes = self.part(*parts)
        if training.validation in ("inner", *parts):
            chosen = inner_validation(
                self.takes.loc[takes].reset_index(drop=True),
                protocol=self.split.protocol,
                fraction=training.validation_fraction,
                seed=self.seed,
            )
            return takes, chosen
        watching = self.part(training.validation)
        flags = np.repeat([False, True], [len(takes), len(watching)])
        return takes + watching, flags


def takes_of(samples: Sequence[str]) -> list[str]:
    """Return the take of each sample."""
    return [sample.partition(".")[0] for sample in samples]
