"""Training of a head: early stopping, best weights, and resuming after a kill."""

import csv
import dataclasses
import io
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.dense import DenseHead
from classifiers.lesson import Lesson
from classifiers.lstm import LSTMHead
from classifiers.ready import OPTIMIZERS, ready
from classifiers.resume import Standing
from classifiers.saved import TrainedHead, read_card, versions
from classifiers.scale import Scaler
from corpus.files import digest, write_text
from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = ["HISTORY_COLUMNS", "Training", "train_head"]

HISTORY_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
VALIDATION_BATCH = 32
UNFINISHED = "unfinished.npz"
RECIPE = 1  # raised when this module's own code changes what is learnt

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training:
    """How a head is trained; loss is categorical cross-entropy.

    Attributes:
        optimizer: "adam" or "adamax". The thesis says Adam, its code Adamax.
        learning_rate: Keras' Adam has 0.001; Adamax had 0.002 until 2019, has 0.001
            today.
        batch: Takes in a step; 1 is the thesis' "online learning" of sequences.
        epochs: At most.
        patience: Epochs without a lower validation loss after which to stop.
        min_delta: By how much a validation loss must be lower to count.
        normalise: Whether features become standard scores of the part fitted on.
    """

    optimizer: str = "adam"
    learning_rate: float = 0.001
    batch: int = 32
    epochs: int = 200
    patience: int = 10
    min_delta: float = 0.0
    normalise: bool = True

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise Problem(
                f"training.optimizer {self.optimizer!r} is not known; use one of "
                f"{', '.join(OPTIMIZERS)}."
            )
        for name in ("learning_rate", "batch", "epochs", "patience"):
            if getattr(self, name) <= 0:
                raise Problem(
                    f"training.{name} is {getattr(self, name)!r}; it must be above 0."
                )
        if self.min_delta < 0:
            raise Problem(
                f"training.min_delta is {self.min_delta}; it must be 0 or more."
            )


def train_head(
    head: DenseHead | LSTMHead,
    features: np.ndarray | Sequence[np.ndarray],
    targets: Sequence[str],
    *,
    takes: Sequence[str],
    labels: Sequence[str],
    validation: np.ndarray,
    training: Training,
    seed: int,
    folder: Path,
    identity: Mapping[str, Any],
    progress: Callable[[dict[str, float]], None] | None = None,
    note_seconds: float = 0.0,
) -> TrainedHead:
    """Train a head, write it into a folder, and return it with its best weights.

    A second call with the same arguments goes on where a killed one stood after its
    last finished epoch, and ends with the same numbers; where the head is finished it
    is only loaded. With other arguments a training starts anew in its place.

    Random numbers: Keras' global seeds (and Python's and NumPy's legacy ones) are set
    to `seed` for initialisation and dropout; the order of takes in each epoch is drawn
    from (seed, epoch). On a CPU the same call gives the same bits; on a GPU only under
    TensorFlow's op determinism.

    Args:
        head: What to build.
        features: Shape (n, width) for a dense head; n arrays of shape (steps, width)
            for an LSTM. Unscaled.
        targets: The label of each row.
        takes: The take of each row; copies of one take may repeat it.
        labels: The labels in the order of the outputs.
        validation: Shape (n,), bool: the rows that only early stopping looks at.
        training: How to train.
        seed: Of initialisation, dropout and order.
        folder: Gets `head.keras`, `card.json`, `history.csv`, and until the end
            `unfinished.npz`.
        identity: JSON values for the card, such as `system`, `backbones`,
            `split_digest` and `parts`; another identity is another training.
        progress: Called with each finished epoch's row of the history.
        note_seconds: How far apart notes of where it stands are, at least; by default
            one is written after every epoch.

    Raises:
        Problem: If a label is not known, or has no take to be fitted on, there is no
            row to fit on or to watch, a feature is not finite, or the loss never is.
    """
    lesson = Lesson(
        head=head,
        rows=[np.asarray(row, np.float32) for row in features],
        targets=targets,
        takes=takes,
        labels=labels,
        validation=validation,
    )
    lesson.check()
    facts = {
        "kind": head.kind,
        "labels": list(labels),
        "head": dataclasses.asdict(head),
        "training": dataclasses.asdict(training),
        "seed": seed,
        "width": lesson.width,
        **lesson.seen,
    }
    if taken := facts.keys() & identity.keys():
        raise ValueError(f"identity may not hold {sorted(taken)}")
    facts = json.loads(json.dumps({**facts, **identity}))  # as it is read back
    fingerprint = digest({**facts, "data": lesson.sha256(), "recipe": RECIPE})
    try:
        if read_card(folder).get("fingerprint") == fingerprint:
            return TrainedHead.load(folder)
    except Problem:
        pass  # there is none yet, or a damaged one

    normalise = training.normalise
    scaler = Scaler.fit(lesson.fitted) if normalise else Scaler.none(lesson.width)
    lesson = lesson.scaled(scaler)
    model, standing = _fit(
        lesson, training, seed, folder, fingerprint, progress, note_seconds
    )
    if not standing.best:
        raise Problem(
            f"training {folder.name} failed: its validation loss was not a number "
            f"after any of {len(standing.history)} epochs; lower the learning rate."
        )
    card = {
        **facts,
        "parameters": model.count_params(),
        "epochs": len(standing.history),
        "best_epoch": standing.best_epoch,
        "best_val_loss": standing.best_val_loss,
        "versions": versions(),
        "fingerprint": fingerprint,
    }
    trained = TrainedHead(lesson.build(), scaler, card)
    trained.model.set_weights(standing.best)
    trained.save(folder)
    (folder / UNFINISHED).unlink(missing_ok=True)
    return trained


def _fit(
    lesson: Lesson,
    training: Training,
    seed: int,
    folder: Path,
    fingerprint: str,
    progress: Callable[[dict[str, float]], None] | None,
    note_seconds: float,
) -> tuple["keras.Model", Standing]:
    """Train from the start, or from where `unfinished.npz` stands, to the end."""
    import keras

    keras.utils.set_random_seed(seed)
    model = ready(lesson, training)
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
        if standing.over or time.monotonic() >= noted + note_seconds:
            noted = time.monotonic()
            standing.write(unfinished, model, fingerprint=fingerprint)
            _write_history(folder / "history.csv", standing.history)
        if progress is not None:
            progress(row)
        model.stop_training = standing.over

    steps = -(-len(lesson.fitted) // training.batch)
    epochs = range(done, training.epochs)
    model.fit(
        lesson.batches(training.batch, seed=seed, epochs=epochs),
        steps_per_epoch=steps,
        initial_epoch=done,
        epochs=training.epochs,
        validation_data=lesson.watched(),
        validation_batch_size=max(training.batch, VALIDATION_BATCH),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=finished)],
        shuffle=False,
        verbose=0,
    )
    return model, standing


def _write_history(path: Path, history: list[dict[str, float]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(history)
    write_text(path, text.getvalue())
