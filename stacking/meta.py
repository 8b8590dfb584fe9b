"""The meta-classifier: one hidden layer on the base nets' penultimate activations."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.dense import DenseHead, build_dense
from classifiers.saved import TrainedHead
from classifiers.train import Training, train_head
from stacking.holdout import check_unseen

if TYPE_CHECKING:
    import keras

__all__ = ["META", "build_meta", "train_meta"]

# Beyene 2019, section 4.2: "single DNN with 256 neurons annexed with a softmax layer".
META = DenseHead(units=(256,), dropout=(0.5,), kind="meta")


def build_meta(
    width: int = 356,
    classes: int = 7,
    *,
    units: Sequence[int] = META.units,
    dropout: Sequence[float] = META.dropout,
) -> "keras.Model":
    """Return the untrained meta-classifier: 93,191 parameters by default.

    Arguments are those of `classifiers.dense.build_dense`.
    """
    return build_dense(width, classes, units=units, dropout=dropout)


def train_meta(
    heads: Sequence[TrainedHead],
    activations: np.ndarray,
    targets: Sequence[str],
    *,
    takes: Sequence[str],
    validation: np.ndarray,
    training: Training,
    seed: int,
    folder: Path,
    identity: Mapping[str, Any],
    meta: DenseHead = META,
    validated: bool = False,
    groups: Mapping[str, str] | None = None,
    **reporting: Any,
) -> TrainedHead:
    """Train a meta-classifier on what base nets make of takes they never saw.

    Args:
        heads: The base nets, of which only the cards are read; they must agree on the
            labels.
        activations: What `stacking.holdout.stack_features` gives of them and the n
            takes to stack on.
        targets: See `classifiers.train.train_head`, as all that is not named here.
        takes: The n takes.
        validation: The rows that only early stopping looks at.
        training: How to train.
        seed: Of initialisation, dropout and order.
        folder: Where the head goes.
        identity: JSON values for the card.
        meta: What to build.
        validated: See `stacking.holdout.check_unseen`.
        groups: See there.
        reporting: `progress` and `note_seconds`, as for `train_head`.

    Returns:
        A head of such activations.

    Raises:
        Problem: If a base net saw one of the takes, and as `train_head`.
        ValueError: If the base nets' labels differ.
    """
    if len({head.labels for head in heads}) != 1:
        raise ValueError(f"base nets differ in labels: {[h.labels for h in heads]}")
    check_unseen(
        heads,
        list(itertools.compress(takes, ~validation)),
        watched=list(itertools.compress(takes, validation)),
        validated=validated,
        groups=groups,
    )
    return train_head(
        meta,
        activations,
        targets,
        takes=takes,
        labels=heads[0].labels,
        validation=validation,
        training=training,
        seed=seed,
        folder=folder,
        identity=identity,
        **reporting,
    )
