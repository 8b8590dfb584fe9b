"""Pretrained weights: where they are, and how far they can be trusted.

Weights are never silently random: they come from a path, a cache or their official
address, or a `corpus.problem.Problem` says what to do.
"""

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from corpus import files
from corpus.download import download, looks_like_a_page, offline
from corpus.problem import Problem
from embeddings.backbone import WeightsRecord
from embeddings.weights.entry import Entry
from embeddings.weights.hashes import hashes_of
from embeddings.weights.manifest import MANIFEST
from embeddings.weights.places import candidates, is_there, new_weights, parts_of
from embeddings.weights.provenance import (
    Provenance,
    now,
    provenance_file,
    read_provenance,
    write_provenance,
)
from embeddings.weights.tensors import (
    check_tensors,
    random_tensors,
    read_tensors,
    reads_from_its_end,
    refuse_what_is_no_weights,
)

__all__ = [
    "Located",
    "check_tensors",
    "fetch",
    "find",
    "locate",
    "page_before",
    "random_tensors",
    "read_tensors",
    "record_of",
    "size_of",
]

RANDOM = "random:"

Progress = Callable[[int, int | None], None]

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
    progress: Progress | None = None,
) -> Located:
    """Find the weights of a manifest entry, fetching them if need be.

    The places, in order: `given`; the folder `$EMOSTACK_WEIGHTS`; the folder
    `weights` of the artifacts; Keras' cache; the caches of TF-Hub and kagglehub; the
    official address and its mirrors (unless `EMOSTACK_OFFLINE` forbids it).

    Args:
        entry: A key of `embeddings.weights.manifest.MANIFEST`.
        given: A file or folder, or "random:SEED"; None to look around.
        progress: Told about a download, as by `corpus.download.download`.

    Raises:
        Problem: If there are none, or what is there is a web page, not the file whose
            hash was published, or not the one that was fetched.
    """
    text = "" if given is None else str(given)
    if text.startswith(RANDOM):
        return _random(text)
    if text:
        path = Path(text).expanduser()
        if not is_there(path):
            raise Problem(
                f"no weights are at {path}: it is no file, no SavedModel folder and no "
                f"checkpoint; give one that is there, or `--weights random:0`."
            )
    else:
        path = find(entry) or fetch(entry, progress=progress)
    return Located(path, None, record_of(entry, path))


def find(entry: str) -> Path | None:
    """Return where the weights of an entry are on this machine, or None."""
    return next(filter(is_there, candidates(entry, MANIFEST[entry])), None)


def fetch(entry: str, *, progress: Progress | None = None) -> Path:
    """Download the official file of an entry into our folder of weights.

    Mirrors are asked in turn, and believed only if a hash tells it is the same file.

    Args:
        entry: A key of the manifest.
        progress: As for `corpus.download.download`.

    Returns:
        The file, its provenance beside it.

    Raises:
        Problem: If no address gives it, with the reason of each.
    """
    known = MANIFEST[entry]
    target = new_weights() / known.file
    reasons: list[str] = []
    for url in known.urls[:1] if offline() else known.urls:
        logger.info("fetching %s from %s (%s)", known.title, url, known.licence)
        official = known.sha256 or (None if url == known.url else known.noted)
        try:
            download(url, target, md5=known.md5, sha256=official, progress=progress)
            _keep_only_weights(target)
        except Problem as problem:
            reasons.append(str(problem).rstrip("."))
            continue
        provenance_file(target).unlink(missing_ok=True)  # of what was there before
        record = record_of(entry, target)
        write_provenance(
            target,
            Provenance(
                entry=entry,
                source=url,
                sha256=record.sha256,
                size=size_of(target),
                when=now(),
                verified=record.verified,
                how=record.how,
            ),
        )
        return target
    places = dict.fromkeys(str(path.parent) for path in candidates(entry, known))
    raise Problem(
        f"no weights of {known.title}: {known.file} is in none of {', '.join(places)}; "
        f"{'; '.join(reasons)}, or give it by `--weights PATH`, or run on random "
        f"numbers, which show only that everything works, by `--weights random:0`."
    )


def _keep_only_weights(target: Path) -> None:
    try:
        refuse_what_is_no_weights(target)
    except Problem:
        target.unlink()
        raise


def record_of(entry: str, path: Path, *, fresh: bool = False) -> WeightsRecord:
    """Describe what is at a path: by its hash, and by what its provenance says.

    Args:
        entry: A key of the manifest.
        path: A file, SavedModel folder or checkpoint prefix.
        fresh: Hash it whatever is remembered, see `embeddings.weights.hashes`.

    Raises:
        Problem: If it is no file of weights, has the official name and not its hash,
            or changed since it was fetched.
    """
    known, page = MANIFEST[entry], 0
    if path.is_file():
        page = page_before(entry, path) if reads_from_its_end(path) else 0
        if not page:
            refuse_what_is_no_weights(path)
        hashes = hashes_of(path, fresh=fresh, start=page)
    else:
        parts = parts_of(path)
        each = [hashes_of(part, fresh=fresh)["sha256"] for part in parts]
        hashes = {"sha256": files.digest(each)}
    provenance = read_provenance(path, hashes["sha256"])
    verified, how = _verified(known, path, hashes)
    if page:
        how += f", after a web page of {page:,} bytes that stands before it"
    if provenance and verified == "unverified":
        verified, how = provenance.verified, provenance.how
    return WeightsRecord(
        source=str(path),
        sha256=hashes["sha256"],
        verified=verified,
        how=how,
        origin=provenance.source if provenance else "",
    )


def page_before(entry: str, path: Path) -> int:
    """Return how long the web page is that stands before an official file, or 0.

    A download that was tried again by appending leaves such files; what follows the
    page is believed only if its hash is the official file's.

    Args:
        entry: A key of the manifest.
        path: A file.
    """
    known = MANIFEST[entry]
    official = {known.md5, known.sha256, known.noted} - {None}
    start = path.stat().st_size - (known.size or 0)
    with open(path, "rb") as file:
        head = file.read(512)
    if not (known.size and official and start > 0 and looks_like_a_page(head)):
        return 0
    return start if official & set(hashes_of(path, start=start).values()) else 0


def _verified(entry: Entry, path: Path, hashes: Mapping[str, str]) -> tuple[str, str]:
    """Compare hashes with all that are published or noted."""
    for kind, expected in (("md5", entry.md5), ("sha256", entry.sha256)):
        if expected and hashes.get(kind) == expected:
            return "hash", f"{kind} {expected}, as published"
    sha256 = hashes["sha256"]
    if sha256 == entry.noted:
        return "hash", f"sha256 {sha256}, as others noted it of the official file"
    if sha256 in entry.known:
        return "hash", f"sha256 {sha256}: {entry.known[sha256]}"
    published = entry.md5 or entry.sha256
    if published and path.name == entry.file:
        raise Problem(_not_the_published(entry, path, hashes))
    return "unverified", ""


def _not_the_published(entry: Entry, path: Path, hashes: Mapping[str, str]) -> str:
    kind, expected = ("md5", entry.md5) if entry.md5 else ("sha256", entry.sha256)
    size = size_of(path)
    if entry.size and size < entry.size:
        why = f"is truncated, {size:,} of {entry.size:,} bytes"
    else:
        why = f"is another file than the published {entry.file}"
    return (
        f"{path} {why} ({kind} {hashes[kind]} instead of {expected}): remove it and "
        f"fetch {entry.url}; if it holds weights of your own, give it another name."
    )


def size_of(path: Path) -> int:
    """Return the bytes of a file, a SavedModel's variables, or a checkpoint."""
    return sum(part.stat().st_size for part in parts_of(path))


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
