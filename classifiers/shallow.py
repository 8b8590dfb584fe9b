"""Classifiers of one embedding a take that are no networks, as scikit-learn has them.

They have no epochs, and so nothing to stop early. The takes that watch a network are
kept from them too; what they are for is the temperature that makes the probabilities
honest (`classifiers.temperature`). So a head has seen the same takes in the same way,
whatever its kind, and what is stacked on it may be checked alike.

Not `CalibratedClassifierCV`: it wants each class among the watching takes, or folds of
the training takes, whose speakers it would not keep apart.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from classifiers.temperature import chances, loss, temperature_of
from corpus.problem import Problem

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin
    from sklearn.pipeline import Pipeline

    from classifiers.material import Material

__all__ = ["ShallowHead", "fit_shallow"]

# A class that got no vote is taken for this likely: a logarithm needs more than 0.
NO_VOTE = 0.01


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShallowHead:
    """What all of them share.

    Attributes:
        kind: What the head is called in its card.
    """

    kind: str = ""

    feeds: ClassVar[str] = "vector"
    has_penultimate: ClassVar[bool] = False
    scored_by: ClassVar[str] = "decision_function"

    def __post_init__(self) -> None:
        self._check()

    def _check(self) -> None:
        """See that settings are in range; a Problem if one is not."""

    def _classifier(self, seed: int) -> "ClassifierMixin":
        """Return the untrained classifier."""
        raise NotImplementedError

    def fit(
        self,
        rows: np.ndarray,
        truth: np.ndarray,
        *,
        seed: int,
        normalise: bool,
        labels: Sequence[str] = (),
    ) -> "Pipeline":
        """Return a trained pipeline: standard scores, if wished, and the classifier.

        Args:
            rows: Shape (n, width).
            truth: Shape (n,): the label of each row, as a position.
            seed: Of what is drawn.
            normalise: Whether features become standard scores of these rows.
            labels: What the positions mean; of no concern to most.

        Raises:
            Problem: If the classifier cannot be fitted on such rows.
        """
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import StandardScaler

        scaling = StandardScaler() if normalise else "passthrough"
        steps = [("scaling", scaling), ("classifier", self._classifier(seed))]
        try:
            return Pipeline(steps).fit(np.asarray(rows, np.float64), truth)
        except (ValueError, np.linalg.LinAlgError) as error:
            raise Problem(
                f"the {self.kind} head cannot be fitted on {len(rows)} takes of "
                f"{rows.shape[1]} numbers each: {error}"
            ) from error

    def scores(self, pipeline: "Pipeline", rows: np.ndarray) -> np.ndarray:
        """Return how much speaks for each label, shape (n, classes), float64.

        Args:
            pipeline: What `fit` returned.
            rows: Shape (n, width).
        """
        rows = np.asarray(rows, np.float64)
        if self.scored_by == "votes":
            return np.log(np.maximum(pipeline.predict_proba(rows), NO_VOTE))
        scores = getattr(pipeline, self.scored_by)(rows)
        if scores.ndim == 1:  # of two classes scikit-learn tells what speaks for one
            scores = np.stack([-scores, scores], axis=1)
        return np.asarray(scores, np.float64)


def fit_shallow(
    material: "Material",
    *,
    seed: int,
    normalise: bool,
    progress: Callable[[dict[str, float]], None] | None = None,
) -> tuple["Pipeline", Mapping[str, Any]]:
    """Fit a head that is no network, and see how sure it may be.

    Args:
        material: Unscaled.
        seed: Of what is drawn.
        normalise: Whether features become standard scores of the part fitted on.
        progress: Called once, as with the row of a first and last epoch.

    Returns:
        The trained pipeline, and for the card its `temperature` and the
        `best_val_loss` of its probabilities on the watching takes.

    Raises:
        Problem: If the head cannot be fitted on such rows.
    """
    head, watching = material.head, material.validation
    rows = np.stack(material.rows)
    truth = np.array([material.labels.index(target) for target in material.targets])
    pipeline = head.fit(
        rows[~watching],
        truth[~watching],
        seed=seed,
        normalise=normalise,
        labels=material.labels,
    )
    scores = head.scores(pipeline, rows)
    temperature = temperature_of(scores[watching], truth[watching])
    parts = {"": ~watching, "val_": watching}
    row: dict[str, float] = {"epoch": 1}
    for name, part in parts.items():
        said = chances(scores[part], temperature).argmax(axis=1)
        row[f"{name}loss"] = loss(scores[part], truth[part], temperature)
        row[f"{name}accuracy"] = float(np.mean(said == truth[part]))
    if progress is not None:
        progress(row)
    return pipeline, {"temperature": temperature, "best_val_loss": row["val_loss"]}
