"""The epochs of a network: early stopping, best weights, resuming after a kill."""

import csv
import io
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.material import Material
from classifiers.optimizers import rate_after
from classifiers.ready import ready
from classifiers.resume import Standing
from corpus.files import write_text

if TYPE_CHECKING:
    import keras

    from classifiers.train import Training

__all__ = ["HISTORY_COLUMNS", "UNFINISHED", "fit_network"]

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

    def finished(epoch: int, logs: Mapping[str, float]) -> None:
        nonlocal noted
        row = {name: float(logs[name]) for name in HISTORY_COLUMNS[1:]}
        row = {"epoch": epoch + 1, **row}
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
        model.stop_training = standing.over

    steps = -(-len(material.fitted) // training.batch)

    def fit(first: int, last: int) -> None:
        model.fit(
            material.batches(
                training.batch,
                seed=seed,
                epochs=range(first, last),
                bucketed=training.bucketed,
            ),
            steps_per_epoch=steps,
            initial_epoch=first,
            epochs=last,
            validation_data=material.watched(),
            validation_batch_size=max(training.batch, VALIDATION_BATCH),
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=finished)],
            shuffle=False,
            verbose=0,
        )

    if training.dropout_in_first_epoch_only:
        if not done:
            fit(0, 1)
            done = 1
        _stop_dropout(model)
    if not standing.over:
        fit(done, training.epochs)
    return model, standing


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
