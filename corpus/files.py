"""Files that are whole or not there, and their hashes."""

import contextlib
import hashlib
import json
import os
import re
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from corpus.problem import Problem

__all__ = [
    "digest",
    "file_safe",
    "read_json",
    "sha256",
    "sweep",
    "whole",
    "write_json",
    "write_text",
]

PART_SUFFIX = ".part"
PART_NAME = re.compile(r"(?P<head>\..+)\.(?P<pid>\d+)\.[0-9a-f]{8}\.part")
STALE_SECONDS = 24 * 3600


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a hidden sibling of `path` for writing; rename it into place on success.

    A reader sees the old file, or the new one, never a half. The sibling's name
    carries host, process and a random token, so that many processes on many hosts
    may write into one folder; `sweep` removes what killed ones left.

    Raises:
        OSError: If the folder cannot be written or the disk is full; it names `path`
            (a full disk names nothing by itself), and nothing is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    owner = f"{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(4)}"
    part = path.with_name(f".{path.name}.{owner}{PART_SUFFIX}")
    try:
        with open(part, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        if error.filename in (None, str(part)):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8), whole or not at all."""
    with whole(path) as file:
        file.write(text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, whole or not at all, readable by people."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object that `write_json` wrote.

    Raises:
        Problem: If the file is missing or damaged.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(f"{path} cannot be read ({error}); make it again.") from error
    if not isinstance(value, dict):
        raise Problem(f"{path} holds no JSON object; make it again.")
    return value


def sweep(folder: Path, *, now: float) -> int:
    """Remove partial files whose writer is gone; return how many.

    On this host a writer is gone when its process is; of other hosts' files only
    those are removed that nobody touched for a day.

    Args:
        folder: Searched with everything below it.
        now: Seconds since the epoch.
    """
    here, removed = socket.gethostname(), 0
    for part in folder.rglob(f".*{PART_SUFFIX}"):
        name = PART_NAME.fullmatch(part.name)
        if not name:
            continue  # somebody else's
        with contextlib.suppress(FileNotFoundError):  # finished meanwhile
            if name["head"].endswith(f".{here}"):
                stale = not _alive(int(name["pid"]))
            else:
                stale = now - part.stat().st_mtime > STALE_SECONDS
            if stale:
                part.unlink()
                removed += 1
    return removed


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    """Return the SHA-256 of a JSON value's canonical text, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def file_safe(name: str) -> str:
    """Return a name of letters, digits, ".", "_", "+" and "-"."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip("-.")
