"""Where a training stands, on disk, so that a killed one goes on as if it had not been.

Keras' own `BackupAndRestore` with `ModelCheckpoint(save_best_only=True)` forgets the
best score on resuming (keras issue 17012), and with it the best weights. Here one file
holds all that the rest of a training depends on, and is replaced as a whole.
"""

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.files import whole

if TYPE_CHECKING:
    import keras

__all__ = ["Standing"]


@dataclasses.dataclass
class Standing:
    """How far a training has come.

    Attributes:
        history: One row an epoch: epoch (from 1), loss, accuracy, val_loss,
            val_accuracy.
        best: The weights after the best epoch, empty before there is one.
        best_epoch: Counted from 1; 0 before there is one.
        best_val_loss: The validation loss of the best epoch.
        over: Whether the training has ended.
    """

    history: list[dict[str, float]] = dataclasses.field(default_factory=list)
    best: list[np.ndarray] = dataclasses.field(default_factory=list)
    best_epoch: int = 0
    best_val_loss: float = float("inf")
    over: bool = False

    def record(
        self,
        row: dict[str, float],
        model: "keras.Model",
        *,
        epochs: int,
        patience: int,
        min_delta: float,
    ) -> None:
        """Add an epoch, keep its weights if it is the best, and see if it is the last.

        Args:
            row: Of the history.
            model: As it is after this epoch.
            epochs: At most.
            patience: Epochs without a lower validation loss after which to stop.
            min_delta: By how much it must be lower to count.
        """
        self.history.append(row)
        epoch, loss = int(row["epoch"]), row["val_loss"]
        if loss < self.best_val_loss - min_delta:
            self.best = model.get_weights()
            self.best_epoch, self.best_val_loss = epoch, loss
        waited = epoch - self.best_epoch
        self.over = waited >= patience or epoch >= epochs

    def write(self, path: Path, model: "keras.Model", *, fingerprint: str) -> None:
        """Write all of it with the network's and the optimizer's present state."""
        facts = {
            "fingerprint": fingerprint,
            "history": self.history,
            "best_epoch": self.best_epoch,
            "best_val_loss": self.best_val_loss,
            "over": self.over,
        }
        # Of the model its variables, not its weights: those leave out the counters
        # that dropout draws from.
        state = {"model": _values(model.variables), "best": self.best}
        state["optimizer"] = _values(model.optimizer.variables)
        arrays = {
            f"{name}/{place}": array
            for name, values in state.items()
            for place, array in enumerate(values)
        }
        with whole(path) as file:
            np.savez(file, facts=np.array(json.dumps(facts)), **arrays)

    @classmethod
    def read(
        cls, path: Path, model: "keras.Model", *, fingerprint: str
    ) -> "Standing | None":
        """Read what `write` wrote, and put the model and its built optimizer back.

        Returns:
            None where there is nothing of this fingerprint, or the file is damaged;
            the model is then as it was.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                stored = {name: file[name] for name in file.files}
            facts: dict[str, Any] = json.loads(str(stored.pop("facts")))
            if facts.pop("fingerprint") != fingerprint:
                return None
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
            return None
        state: dict[str, list[np.ndarray]] = {"model": [], "best": [], "optimizer": []}
        for name, array in stored.items():  # in the order they were written
            state[name.split("/")[0]].append(array)
        _assign(model.variables, state["model"])
        _assign(model.optimizer.variables, state["optimizer"])
        return cls(best=state["best"], **facts)


def _values(variables: list[Any]) -> list[np.ndarray]:
    import keras

    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _assign(variables: list[Any], arrays: list[np.ndarray]) -> None:
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
