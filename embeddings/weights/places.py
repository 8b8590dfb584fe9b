"""Where pretrained weights may be on this machine, the preferred places first."""

import hashlib
import itertools
import os
import tempfile
from pathlib import Path

from embeddings.weights.entry import Entry

__all__ = [
    "candidates",
    "hub_cache",
    "is_there",
    "is_writable",
    "new_weights",
    "own_folders",
    "parts_of",
]

# What a file may be called that was brought by hand: the entry's key and one of these;
# a SavedModel folder has the key alone.
SUFFIXES = (
    ".npz",
    ".h5",
    ".hdf5",
    ".t7",
    ".pt",
    ".pth",
    ".tflite",
    ".task",
    ".ckpt",
    "",
)


def own_folders() -> list[Path]:
    """Return the folders of weights that are ours."""
    named = os.environ.get("EMOSTACK_WEIGHTS")
    artifacts = Path(os.environ.get("EMOSTACK_ARTIFACTS") or "artifacts")
    return [*([Path(named).expanduser()] if named else []), artifacts / "weights"]


def new_weights() -> Path:
    """Return where new weights go: the first of our folders that can be written."""
    folders = own_folders()
    return next(filter(is_writable, folders), folders[0])


def is_writable(folder: Path) -> bool:
    """Say whether files may be put into a folder, which need not exist yet.

    One that nobody may write is left alone by root, too, whom nothing would stop.
    """
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    allowed = there.stat().st_mode & 0o222 and os.access(there, os.W_OK | os.X_OK)
    return there.is_dir() and bool(allowed)


def candidates(key: str, entry: Entry) -> list[Path]:
    """Return every path that may hold an entry's weights.

    Args:
        key: Its key in the manifest.
        entry: The entry.
    """
    names = (entry.file, *entry.also)
    by_hand = tuple(key + suffix for suffix in SUFFIXES)
    paths = [
        *(folder / name for folder in own_folders() for name in (*names, *by_hand)),
        *(folder / name for folder, name in itertools.product(_keras(), names)),
    ]
    if entry.hub:
        paths.append(hub_cache(entry.hub))
    if entry.kaggle:
        cache = os.environ.get("KAGGLEHUB_CACHE") or "~/.cache/kagglehub"
        paths.append(Path(cache).expanduser() / "models" / entry.kaggle)
    return paths


def _keras() -> list[Path]:
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    return [home / "models"]


def hub_cache(handle: str) -> Path:
    """Return the folder in which TF-Hub's library keeps a handle's SavedModel."""
    cache = os.environ.get("TFHUB_CACHE_DIR")
    cache = Path(cache or Path(tempfile.gettempdir()) / "tfhub_modules")
    return cache / hashlib.sha1(handle.encode()).hexdigest()  # its own rule


def is_there(path: Path) -> bool:
    """Say whether there is a file, a SavedModel folder, or a checkpoint's prefix."""
    if path.is_dir():
        return (path / "saved_model.pb").is_file()
    return path.is_file() or path.with_name(path.name + ".index").is_file()


def parts_of(path: Path) -> list[Path]:
    """Return the files that hold the numbers: the file itself, or all of its kind.

    Args:
        path: A file, a SavedModel folder (its variables are meant), or the prefix of a
            checkpoint in several files.
    """
    if path.is_file():
        return [path]
    prefix = path / "variables" / "variables" if path.is_dir() else path
    return sorted(prefix.parent.glob(prefix.name + ".*"))
