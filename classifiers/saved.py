"""A trained head: what it computes with, its scaler and its card, on disk and back."""

import dataclasses
import functools
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corpus
from classifiers.heads import Head, restored
from classifiers.keras_archive import read_network, write_network
from classifiers.scale import Scaler, Scalers, restored_scaler
from classifiers.shallow import ShallowHead
from classifiers.skops_archive import read_pipeline, write_pipeline
from corpus.files import sha256, write_json
from corpus.problem import Problem

if TYPE_CHECKING:
    import keras
    from sklearn.pipeline import Pipeline

__all__ = ["CARD", "NETWORK", "PIPELINE", "TrainedHead", "read_card", "versions"]

NETWORK, PIPELINE, CARD = "head.keras", "head.skops", "card.json"
HASHES = {NETWORK: "network_sha256", PIPELINE: "pipeline_sha256"}
SCHEMA = 1


@dataclasses.dataclass(frozen=True)
class TrainedHead:
    """What a head computes with, and what there is to know about it.

    Attributes:
        model: A network, which takes what `settings.inputs` returns and gives
            probabilities (n, classes); or, of a head that is none, a scikit-learn
            pipeline, which scales by itself.
        scaler: Applied to features before `settings.inputs`.
        card: JSON values: `kind`, `labels` (the order of the outputs), `head`
            (settings), `width`, `parameters` (weights of the network; 0 if it is
            none), `seed`, `takes` and `validation_takes` (fitted on; only looked at),
            `best_val_loss`, `versions`, `fingerprint`, and all that the trainer was
            told besides, such as `system`, `backbones`, `split_digest` and `parts`.
            Of a network also `training` (settings), `best_epoch`, `epochs`, and, if
            it is fed pictures, their `shape`; of another head `normalise` and
            `temperature`. Of a joint head `width` and `shape` are lists, by trunk.
    """

    model: "keras.Model | Pipeline"
    scaler: Scaler | Scalers
    card: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the outputs."""
        return tuple(self.card["labels"])

    @functools.cached_property
    def settings(self) -> Head:
        """The settings that the head was made with."""
        return restored(self.card["kind"], self.card["head"])

    @functools.cached_property
    def tapped(self) -> "keras.Model":
        """The network with two outputs: of the penultimate layer, and of the last."""
        import keras

        penultimate = self.model.get_layer("penultimate").output
        return keras.Model(self.model.input, [penultimate, self.model.output])

    @property
    def _file(self) -> str:
        return PIPELINE if isinstance(self.settings, ShallowHead) else NETWORK

    def save(self, folder: Path) -> None:
        """Write the model, then the card that vouches for it; each whole or not."""
        name = self._file
        write = write_pipeline if name == PIPELINE else write_network
        write(folder / name, self.model)
        card = {
            "schema": SCHEMA,
            **self.card,
            HASHES[name]: sha256(folder / name),
            "scaler": self.scaler.as_json(),
        }
        write_json(folder / CARD, card)

    @classmethod
    def load(
        cls, folder: Path, *, expect: Mapping[str, Any] | None = None
    ) -> "TrainedHead":
        """Read a head that `save` wrote.

        Args:
            folder: Holds `card.json`, and `head.keras` or `head.skops`.
            expect: Values that the card must hold, such as `labels`, `backbones` or
                `split_digest`.

        Raises:
            Problem: If files are missing or damaged, the card says other than
                expected, or the archive holds more than our heads are made of.
        """
        card = read_card(folder)
        for field, wanted in (expect or {}).items():
            found, wanted = card.get(field), json.loads(json.dumps(wanted))
            if found != wanted:
                raise Problem(
                    f"{folder / CARD} was trained with {field} {found!r}, but "
                    f"{wanted!r} is asked for; train this head again."
                )
        scaler = restored_scaler(card.pop("scaler"))
        head = cls(None, scaler, card)
        archive, vouched = folder / head._file, card.pop(HASHES[head._file], None)
        if not archive.is_file() or sha256(archive) != vouched:
            raise Problem(
                f"{archive} is missing, or not the file its card was written for; "
                f"train this head again."
            )
        read = read_pipeline if head._file == PIPELINE else read_network
        return dataclasses.replace(head, model=read(archive))


def read_card(folder: Path) -> dict[str, Any]:
    """Read a head's card.

    Raises:
        Problem: If there is none, or it is not one of ours.
    """
    try:
        card = json.loads((folder / CARD).read_text())
    except FileNotFoundError:
        raise Problem(
            f"{folder} holds no trained head ({CARD}); train it first."
        ) from None
    except ValueError as error:
        raise Problem(
            f"{folder / CARD} is not JSON ({error}); train this head again."
        ) from None
    if not isinstance(card, dict) or card.pop("schema", None) != SCHEMA:
        raise Problem(
            f"{folder / CARD} was not written by this version; train this head again."
        )
    return card


def versions(head: Head) -> dict[str, str]:
    """Return the versions of what computes: Python, NumPy, Keras or scikit-learn."""
    own = {
        "emostack": corpus.__version__,
        "python": platform.python_version(),
    }
    libraries = ["numpy"]
    if isinstance(head, ShallowHead):
        libraries = ["scikit-learn", "scipy", *libraries]
    else:
        import keras

        own["backend"] = keras.config.backend()
        libraries = ["keras", own["backend"], *libraries]
    return {**own, **{name: importlib.metadata.version(name) for name in libraries}}
