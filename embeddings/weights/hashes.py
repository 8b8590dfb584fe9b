"""Hashes of large files, computed once: a file that did not change is not read again.

What is remembered lies in the user's cache (`$XDG_CACHE_HOME/emostack`, removed at no
loss). A file counts as unchanged when its size, inode and both times (of its content
and of its entry, which no program sets) are as they were, and it had rested for two
seconds when it was hashed.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

from corpus import files
from corpus.problem import Problem

__all__ = ["hashes_of"]

LARGE = 8 * 2**20  # below, hashing is faster than remembering
REST_NS = 2 * 10**9  # coarser than any file system's clock
KINDS = ("sha256", "md5")


def hashes_of(path: Path, *, fresh: bool = False, start: int = 0) -> Mapping[str, str]:
    """Return a file's "sha256" and "md5", in hexadecimal.

    Args:
        path: The file.
        fresh: Read it whatever is remembered.
        start: The first byte that counts.
    """
    if start or path.stat().st_size < LARGE:
        return _hash(path, start)
    memory, name, now = _memory(), str(path.resolve()), _stamp(path)
    known = {}
    with contextlib.suppress(Problem):  # there is none yet, or it is damaged
        known = files.read_json(memory)
    before = known.get(name)
    if not fresh and isinstance(before, dict) and before.get("stamp") == now:
        found = {kind: before[kind] for kind in KINDS if kind in before}
        if len(found) == len(KINDS):
            return found
    found = _hash(path)
    rested = time.time_ns() - max(path.stat().st_mtime_ns, path.stat().st_ctime_ns)
    if rested > REST_NS and _stamp(path) == now:
        with contextlib.suppress(OSError):  # a home that cannot be written
            files.write_json(memory, {**known, name: {"stamp": now, **found}})
    return found


def _hash(path: Path, start: int = 0) -> dict[str, str]:
    hashers = {kind: hashlib.new(kind) for kind in KINDS}
    with open(path, "rb") as file:
        file.seek(start)
        while piece := file.read(1 << 20):
            for hasher in hashers.values():
                hasher.update(piece)
    return {kind: hasher.hexdigest() for kind, hasher in hashers.items()}


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]


def _memory() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "emostack" / "hashes.json"
