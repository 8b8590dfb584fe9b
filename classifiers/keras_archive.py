"""Networks on disk: a Keras archive that holds plain layers and nothing else."""

import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.files import whole
from corpus.problem import Problem

if TYPE_CHECKING:
    import keras

__all__ = ["read_network", "write_network"]

# All that our networks are made of. A Keras archive may name any class or function
# that Keras itself has, and some of those run code or fetch files even in safe mode
# (CVE-2025-1550, CVE-2025-8747, CVE-2025-9906).
LAYERS = ("InputLayer", "Dense", "Dropout", "LSTM")
LAYERS += ("Conv2D", "MaxPooling2D", "Flatten", "BatchNormalization", "Concatenate")
KNOWN = {
    "keras.src.models.functional.Functional",
    "keras.DTypePolicy",
    *(f"keras.layers.{name}" for name in LAYERS),
    *(f"keras.initializers.{name}" for name in ("GlorotUniform", "Orthogonal")),
    *(f"keras.initializers.{name}" for name in ("Zeros", "Ones")),
    "__keras_tensor__",
}


def write_network(path: Path, model: "keras.Model") -> None:
    """Write a network, whole or not at all."""
    # Keras insists on the ending, and writes in several goes.
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch, "head.keras")
        model.save(archive)
        with whole(path) as file:
            file.write(archive.read_bytes())


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
