"""A trained head: its network, its scaler and its card, on disk and back."""

import dataclasses
import functools
import importlib.metadata
import json
import platform
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corpus
from classifiers.dense import DenseHead
from classifiers.lstm import LSTMHead
from classifiers.scale import Scaler
from corpus.files import sha256, whole, write_json
from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = ["CARD", "NETWORK", "TrainedHead", "versions"]

NETWORK, CARD = "head.keras", "card.json"
SCHEMA = 1

KINDS = {"dense": DenseHead, "meta": DenseHead, "lstm": LSTMHead}

# All that our networks are made of. A Keras archive may name any class or function
# that Keras itself has, and some of those run code or fetch files even in safe mode
# (CVE-2025-1550, CVE-2025-8747, CVE-2025-9906).
KNOWN = {
    "keras.src.models.functional.Functional",
    "keras.DTypePolicy",
    *(f"keras.layers.{name}" for name in ("InputLayer", "Dense", "Dropout", "LSTM")),
    *(f"keras.initializers.{name}" for name in ("GlorotUniform", "Orthogonal")),
    *(f"keras.initializers.{name}" for name in ("Zeros", "Ones")),
    "__keras_tensor__",
}


@dataclasses.dataclass(frozen=True)
class TrainedHead:
    """A network, the scaler before it, and what there is to know about both.

    Attributes:
        model: Takes what `settings.inputs` returns; gives probabilities (n, classes).
        scaler: Applied to features before `settings.inputs`.
        card: JSON values: `kind`, `labels` (the order of the outputs), `head` and
            `training` (settings), `width`, `parameters`, `seed`, `takes` and
            `validation_takes` (fitted on; watched for early stopping), `best_epoch`,
            `epochs`, `best_val_loss`, `versions`, `fingerprint`, and all that the
            trainer was told besides, such as `system`, `backbones`, `split_digest`
            and `parts`.
    """

    model: "keras.Model"
    scaler: Scaler
    card: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the network's outputs."""
        return tuple(self.card["labels"])

    @property
    def settings(self) -> DenseHead | LSTMHead:
        """The settings that the network was built with."""
        fields = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.card["head"].items()
        }
        return KINDS[self.card["kind"]](**fields)

    @functools.cached_property
    def tapped(self) -> "keras.Model":
        """The network with two outputs: of the penultimate layer, and of the last."""
        import keras

        penultimate = self.model.get_layer("penultimate").output
        return keras.Model(self.model.input, [penultimate, self.model.output])

    def save(self, folder: Path) -> None:
        """Write the network, then the card that vouches for it; each whole or not."""
        # Keras insists on the ending, and writes in several goes.
        with tempfile.TemporaryDirectory() as scratch:
            archive = Path(scratch, NETWORK)
            self.model.save(archive)
            with whole(folder / NETWORK) as file:
                file.write(archive.read_bytes())
        card = {
            "schema": SCHEMA,
            **self.card,
            "network_sha256": sha256(folder / NETWORK),
            "scaler": self.scaler.as_json(),
        }
        write_json(folder / CARD, card)

    @classmethod
    def load(
        cls, folder: Path, *, expect: Mapping[str, Any] | None = None
    ) -> "TrainedHead":
        """Read a head that `save` wrote.

        Args:
            folder: Holds `head.keras` and `card.json`.
            expect: Values that the card must hold, such as `labels`, `backbones` or
                `split_digest`.

        Raises:
            Problem: If files are missing or damaged, the card says other than
                expected, or the archive holds more than plain layers.
        """
        card = read_card(folder)
        for field, wanted in (expect or {}).items():
            found, wanted = card.get(field), json.loads(json.dumps(wanted))
            if found != wanted:
                raise Problem(
                    f"{folder / CARD} was trained with {field} {found!r}, but "
                    f"{wanted!r} is asked for; train this head again."
                )
        archive = folder / NETWORK
        if not archive.is_file() or sha256(archive) != card.pop("network_sha256"):
            raise Problem(
                f"{archive} is missing, or not the file its card was written for; "
                f"train this head again."
            )
        scaler = Scaler.from_json(card.pop("scaler"))
        return cls(read_network(archive), scaler, card)


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


def read_network(archive: Path) -> "keras.Model":
    """Read a Keras archive that holds plain layers and nothing else.

    Raises:
        Problem: If it is damaged, or names a class or function not in our networks.
    """
    import keras

    try:
        with zipfile.ZipFile(archive) as contents:
            config = json.loads(contents.read("config.json"))
    except (zipfile.BadZipFile, KeyError, ValueError):
        raise Problem(
            f"{archive} is not a whole Keras archive; train this head again."
        ) from None
    strange = sorted(_named(config) - KNOWN)
    if strange:
        raise Problem(
            f"{archive} contains {', '.join(strange)}, which no head of ours has and "
            f"which could run code; it is not loaded: train this head again."
        )
    try:
        return keras.saving.load_model(archive, compile=False, safe_mode=True)
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise Problem(
            f"{archive} cannot be read as a network of ours ({type(error).__name__}); "
            f"train this head again."
        ) from error


def _named(config: Any) -> set[str]:
    """Return the full names of all classes and functions in a serialised model."""
    found: set[str] = set()
    if isinstance(config, dict):
        if "class_name" in config:
            module = config.get("module")
            name = str(config["class_name"])
            found.add(f"{module}.{name}" if module else name)
        config = list(config.values())
    if isinstance(config, list):
        found.update(*map(_named, config))
    return found


def versions() -> dict[str, str]:
    """Return the versions of what computes: Python, Keras and its backend, NumPy."""
    import keras

    backend = keras.config.backend()
    libraries = ("keras", backend, "numpy")
    return {
        "emostack": corpus.__version__,
        "python": platform.python_version(),
        "backend": backend,
        **{name: importlib.metadata.version(name) for name in libraries},
    }
