"""A head that learns nothing: probabilities of other emotions, brought to ours."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from classifiers.shallow import ShallowHead
from corpus.label_maps import map_probabilities
from corpus.labels import FER2013, canonical
from corpus.problem import Problem

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

__all__ = ["MappedHead"]

# An emotion that got nothing is taken for this likely: a logarithm needs more than 0.
NOTHING = 1e-6


@dataclasses.dataclass(frozen=True, kw_only=True)
class MappedHead(ShallowHead):
    """What a network that was trained elsewhere says of a take, in our emotions.

    It is fed that network's probabilities, averaged over the take (Mitseas 2022,
    004:75). Emotions that are not asked for are dropped and the others renormalised;
    where the seven are to be weighed instead, a "logistic" head learns how. Only the
    temperature is fitted, on the takes that watch.

    What enters Mitseas' forest, the seven or the five, is not said (004:79).

    Attributes:
        given: The emotions of the probabilities, in their order.
        wanted: The run's labels, in their order.
        kept: Whether a meta-classifier is told the probabilities of all that are
            `given`, as they came, instead of those of the labels.
    """

    kind: str = "mapped"
    given: tuple[str, ...] = FER2013
    wanted: tuple[str, ...] = ()
    kept: bool = False

    scored_by: ClassVar[str] = ""

    def fit(
        self,
        rows: np.ndarray,
        truth: np.ndarray,
        *,
        seed: int,
        normalise: bool,
        labels: Sequence[str] = (),
    ) -> "Pipeline":
        """Return a pipeline that knows how often each label is, and is never asked.

        Raises:
            Problem: If the rows are not probabilities of `given`, or the labels not
                those that are `wanted`.
        """
        from sklearn.dummy import DummyClassifier
        from sklearn.pipeline import Pipeline

        wanted = [canonical(name) for name in self.wanted]
        if list(labels) != wanted:
            raise Problem(
                f"the mapped head's setting wanted is {wanted}, but the labels are "
                f"{', '.join(labels)}; name those, in that order."
            )
        self.scores(None, rows)
        return Pipeline([("classifier", DummyClassifier().fit(rows, truth))])

    def scores(self, pipeline: "Pipeline | None", rows: np.ndarray) -> np.ndarray:
        """Return how much speaks for each label, see `ShallowHead.scores`.

        Raises:
            Problem: If the rows are not probabilities of `given`.
        """
        rows = np.asarray(rows, np.float64)
        sums = rows.sum(axis=1)
        alike = rows.shape[1] == len(self.given) and (rows >= 0).all()
        if not (alike and np.allclose(sums, 1, atol=1e-2)):
            raise Problem(
                f"the mapped head is fed probabilities of {len(self.given)} emotions, "
                f"and these {rows.shape[1]} numbers a take are none; use a backbone's "
                f'layer of probabilities and pooling = ["mean"].'
            )
        given, wanted = (
            [canonical(name) for name in names] for names in (self.given, self.wanted)
        )
        mapped = map_probabilities(rows, given=given, wanted=wanted)
        return np.log(np.maximum(mapped, NOTHING))
