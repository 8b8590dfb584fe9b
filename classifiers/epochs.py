"""The epochs of a network: early stopping, best weights, resuming after a kill."""

import csv
import io
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.material import Material
from classifiers.optimizers import rate_after
from classifiers.ready import ready
from classifiers.resume import Standing
from corpus.files import write_text

if TYPE_CHECKING:
    import keras

    from classifiers.train import Training

__all__ = ["HISTORY_COLUMNS", "UNFINISHED", "averaged", "fit_network"]

HISTORY_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
VALIDATION_BATCH = 32
UNFINISHED = "unfinished.npz"

log = logging.getLogger(__name__)


def fit_network(
    material: Material,
    training: "Training",
    *,
    seed: int,
    folder: Path,
    fingerprint: str,
    progress: Callable[[dict[str, float]], None] | None,
    note_seconds: float,
) -> tuple["keras.Model", Standing]:
    """Train from the start, or from where `unfinished.npz` stands, to the end.

    Arguments that are not named here are those of `classifiers.train.train_head`.

    Args:
        material: Scaled.
        fingerprint: Of all that decides the numbers.

    Returns:
        The network as it is after the last epoch, and where the training stands.
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = ready(material, training)
    unfinished = folder / UNFINISHED
    standing = Standing.read(unfinished, model, fingerprint=fingerprint) or Standing()
    done = len(standing.history)
    if done:
        log.info("%s: goes on after epoch %d", folder, done)
    if standing.over:
        return model, standing

    noted = time.monotonic()
    watched = list(material.watched(max(training.batch, VALIDATION_BATCH)))
    how = {"seed": seed, "bucketed": training.bucketed}
    for epoch in range(done, training.epochs):
        if training.dropout_in_first_epoch_only and epoch == max(1, done):
            _stop_dropout(model)
        batches = material.batches(training.batch, epoch=epoch, **how)
        told = averaged(model.train_on_batch, batches)
        for name, value in averaged(model.test_on_batch, watched).items():
            told[f"val_{name}"] = value
        row = {"epoch": epoch + 1, **{name: told[name] for name in HISTORY_COLUMNS[1:]}}
        standing.record(
            row,
            model,
            epochs=training.epochs,
            patience=training.patience,
            min_delta=training.min_delta,
        )
        if training.reduce_on_plateau:
            losses = [past["val_loss"] for past in standing.history]
            model.optimizer.learning_rate = rate_after(losses, training)
        if standing.over or time.monotonic() >= noted + note_seconds:
            noted = time.monotonic()
            standing.write(unfinished, model, fingerprint=fingerprint)
            _write_history(folder / "history.csv", standing.history)
        if progress is not None:
            progress(row)
        if standing.over:
            break
    return model, standing


def averaged(
    step: Callable[..., Mapping[str, float]], batches: Iterable[tuple[Any, np.ndarray]]
) -> dict[str, float]:
    """Take a step of a network with each batch; return the means over all rows.

    Keras' `fit` does the same by way of tf.data, whose thread that tunes itself sleeps
    on when the last batch is done, for as long as the training has taken, by chance;
    and each step of a small network takes twice as long.
    """
    sums: dict[str, float] = {}
    rows = 0
    for inputs, targets in batches:
        told = step(inputs, targets, return_dict=True)
        rows += len(targets)
        for name, value in told.items():
            sums[name] = sums.get(name, 0.0) + float(value) * len(targets)
    return {name: total / rows for name, total in sums.items()}


def _stop_dropout(model: "keras.Model") -> None:
    """Set every dropout rate to 0, and have the training step traced anew."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    model.make_train_function(force=True)


def _write_history(path: Path, history: list[dict[str, float]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(history)
    write_text(path, text.getvalue())
