"""Pretrained weights: where they are, whether they can be trusted, what is in them.

Weights are never silently random: they come from a path, a cache or their official
address, or a `corpus.problem.Problem` says what to do.
"""

import dataclasses
import hashlib
import itertools
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from corpus import files
from corpus.download import download
from corpus.problem import Problem
from embeddings.backbone import WeightsRecord
from embeddings.manifest import MANIFEST, Entry
from embeddings.tensors import (
    check_tensors,
    checkpoint_prefix,
    random_tensors,
    read_tensors,
    refuse_what_is_no_weights,
)

__all__ = [
    "Located",
    "check_tensors",
    "find",
    "locate",
    "random_tensors",
    "read_tensors",
]

RANDOM = "random:"

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Located:
    """Weights that were found, or asked to be random.

    Attributes:
        path: The file, SavedModel folder or checkpoint prefix; None if random.
        seed: Of the random weights; None if there is a path.
        record: What spec and manifest say about them.
    """

    path: Path | None
    seed: int | None
    record: WeightsRecord


def locate(
    entry: str,
    given: str | Path | None = None,
    *,
    progress: Callable[[int, int | None], None] | None = None,
) -> Located:
    """Find the weights of a manifest entry, fetching them if need be.

    The places, in order: `given`; the folder `$EMOSTACK_WEIGHTS`; the folder
    `weights` of the artifacts; Keras' cache; the caches of TF-Hub and kagglehub; the
    official address (unless `EMOSTACK_OFFLINE` forbids it).

    Args:
        entry: A key of `embeddings.manifest.MANIFEST`.
        given: A file or folder, or "random:SEED"; None to look around.
        progress: Told about a download, as by `corpus.download.download`.

    Raises:
        Problem: If there are none, or what is there is a web page, or not the file
            whose hash was published.
    """
    known = MANIFEST[entry]
    text = "" if given is None else str(given)
    if text.startswith(RANDOM):
        return _random(text)
    if text:
        path = Path(text).expanduser()
        if not _exists(path):
            raise Problem(
                f"no weights are at {path}: it is no file, no SavedModel folder and no "
                f"checkpoint; give one that is there, or `--weights random:0`."
            )
    else:
        path = find(entry) or _fetch(known, progress)
    return Located(path, None, _record(known, path))


def find(entry: str) -> Path | None:
    """Return where the weights of an entry are on this machine, or None."""
    return next(filter(_exists, _candidates(MANIFEST[entry])), None)


def _candidates(entry: Entry) -> list[Path]:
    """Every path that may hold an entry's weights, the preferred ones first."""
    folders = [*_own_folders(), _keras_home() / "models"]
    names = (entry.file, *entry.also)
    paths = [folder / name for folder, name in itertools.product(folders, names)]
    if entry.hub:
        cache = os.environ.get("TFHUB_CACHE_DIR")
        cache = Path(cache or Path(tempfile.gettempdir()) / "tfhub_modules")
        # TF-Hub's own rule for the name of a folder.
        paths.append(cache / hashlib.sha1(entry.hub.encode()).hexdigest())
    if entry.kaggle:
        cache = os.environ.get("KAGGLEHUB_CACHE") or "~/.cache/kagglehub"
        paths.append(Path(cache).expanduser() / "models" / entry.kaggle)
    return paths


def _own_folders() -> list[Path]:
    """Folders of weights that are ours; what is fetched goes into the first."""
    named = os.environ.get("EMOSTACK_WEIGHTS")
    artifacts = Path(os.environ.get("EMOSTACK_ARTIFACTS") or "artifacts")
    return [*([Path(named).expanduser()] if named else []), artifacts / "weights"]


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def _exists(path: Path) -> bool:
    """Whether there is a file, a SavedModel folder, or a checkpoint of that prefix."""
    if path.is_dir():
        return (path / "saved_model.pb").is_file()
    return path.is_file() or _index_file(path).is_file()


def _index_file(prefix: Path) -> Path:
    return prefix.with_name(prefix.name + ".index")


def _fetch(entry: Entry, progress: Callable | None) -> Path:
    target = _own_folders()[0] / entry.file
    logger.info("fetching %s from %s (%s)", entry.title, entry.url, entry.licence)
    try:
        return download(entry.url, target, md5=entry.md5, progress=progress)
    except Problem as problem:
        places = dict.fromkeys(str(path.parent) for path in _candidates(entry))
        raise Problem(
            f"no weights of {entry.title}: {entry.file} is in none of "
            f"{', '.join(places)}; {str(problem).rstrip('.')}, or give it by "
            f"`--weights PATH`, or run on random numbers, which show only that "
            f"everything works, by `--weights random:0`."
        ) from problem


def _random(text: str) -> Located:
    number = text.removeprefix(RANDOM)
    if not (number.isascii() and number.isdigit()):
        raise Problem(
            f"the weights {text!r} name no seed; write a whole number after the "
            f"colon, such as `--weights random:0`."
        )
    identity = hashlib.sha256(text.encode()).hexdigest()
    record = WeightsRecord(source=text, sha256=identity, verified="random")
    return Located(None, int(number), record)


def _record(entry: Entry, path: Path) -> WeightsRecord:
    """Describe a file; check it by hash if its layout is the published one."""
    verified = "unverified"
    if path.is_file():
        refuse_what_is_no_weights(path)
        if entry.md5 and path.suffix == Path(entry.file).suffix:
            with open(path, "rb") as file:
                found = hashlib.file_digest(file, "md5").hexdigest()
            if found != entry.md5:
                raise Problem(
                    f"{path} is not the published {entry.file} (md5 {found} instead of "
                    f"{entry.md5}; truncated or changed): remove it and fetch "
                    f"{entry.url}, or give weights of your own as .npz."
                )
            verified = "hash"
        identity = files.sha256(path)
    else:
        identity = files.digest([files.sha256(part) for part in _parts(path)])
    return WeightsRecord(source=str(path), sha256=identity, verified=verified)


def _parts(path: Path) -> list[Path]:
    """The files of a SavedModel's variables, or of a checkpoint prefix."""
    prefix = checkpoint_prefix(path)
    return sorted(prefix.parent.glob(prefix.name + ".*"))
