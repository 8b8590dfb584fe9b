"""Fetch a file over HTTP: resumable, checked, and under its name only when whole."""

import contextlib
import errno
import hashlib
import http.client
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from corpus.problem import Problem

try:
    import fcntl
except ImportError:  # no such locks on Windows: one download of a file at a time there
    fcntl = None

__all__ = ["download", "looks_like_a_page", "offline"]

PARTIAL_SUFFIX = ".download"
CHUNK = 1 << 18
TIMEOUT_SECONDS = 60
ATTEMPTS = 3

Progress = Callable[[int, int | None], None]


class _CutError(Exception):
    """The connection ended before the file did."""


def offline() -> bool:
    """Whether `EMOSTACK_OFFLINE` forbids the network (any value but "" and "0")."""
    return os.environ.get("EMOSTACK_OFFLINE", "") not in ("", "0")


def looks_like_a_page(head: bytes) -> bool:
    """Whether a file's first bytes are those of an HTML page, as proxies send them."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return text.startswith((b"<!doctype html", b"<html"))


def download(
    url: str,
    path: Path,
    *,
    md5: str | None = None,
    sha256: str | None = None,
    size: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch `url` into the file `path`.

    The bytes gather in `path` + ".download", which an interruption leaves behind and
    the next call goes on from (HTTP Range; a server that cannot do that starts the
    file again). Only a complete file that passes the checks gets its name; an older
    file of that name is replaced. Two processes that want one file take turns, and
    the second finds it there. Proxies are taken from the environment.

    Args:
        url: An http or https address.
        path: The file to make; its folder is made as well.
        md5: Expected MD5 in hexadecimal, where its owner publishes one.
        sha256: Expected SHA-256 in hexadecimal.
        size: Expected size in bytes.
        progress: Called with the bytes that are here and the bytes in all (None if
            the server does not say), after every piece.

    Returns:
        `path`.

    Raises:
        Problem: If the network is forbidden (`EMOSTACK_OFFLINE`) or fails, the server
            refuses, a web page comes instead of the file, the size or a hash differs,
            or the disk is full.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"url must begin with http:// or https://, received {url!r}")
    if offline():
        raise Problem(
            f"EMOSTACK_OFFLINE forbids fetching {url}; unset it, or put the file "
            f"there by hand as {path}."
        )
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = _state(path)
        with _alone(partial) as file:
            if _state(path) != before:
                return path  # another process fetched it while this one waited
            resumed = _fetch(url, file, path, size, progress)
            wrong = _mismatch(file, md5=md5, sha256=sha256, size=size)
            if wrong and resumed:  # perhaps two versions in one file: once from scratch
                _start_again(file)
                _fetch(url, file, path, size, progress)
                wrong = _mismatch(file, md5=md5, sha256=sha256, size=size)
            if wrong:
                _forget(partial)
                raise Problem(
                    f"{url} gave {wrong}, so {path} was not written; try again, or "
                    f"fetch it elsewhere and put it there."
                )
            file.flush()
            os.fsync(file.fileno())
            partial.replace(path)
            _validator_file(partial).unlink(missing_ok=True)
    except OSError as error:
        raise _disk_problem(error, path) from error
    return path


def _fetch(
    url: str, file: BinaryIO, path: Path, size: int | None, progress: Progress | None
) -> bool:
    """Fill `file` to the end; return whether it held bytes of an earlier call."""
    resumed = _length(file) > 0
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _receive(url, file, path, size, progress)
            return resumed
        except urllib.error.HTTPError as error:
            raise Problem(
                f"{url} cannot be fetched (HTTP {error.code} {error.reason}); get the "
                f"file elsewhere and put it there as {path}."
            ) from error
        except (
            _CutError,
            http.client.HTTPException,
            urllib.error.URLError,
            ConnectionError,
            TimeoutError,
            ssl.SSLError,
        ) as error:
            unreachable = isinstance(error, urllib.error.URLError)
            if unreachable or attempt == ATTEMPTS:
                reason = getattr(error, "reason", None) or error
                kept = _length(file)
                going_on = f" (it goes on after {kept:,} bytes)" if kept else ""
                raise Problem(
                    f"{url} cannot be fetched ({reason}); run the command again"
                    f"{going_on}, or put the file there by hand as {path}."
                ) from error
    raise AssertionError("unreachable")


def _receive(
    url: str, file: BinaryIO, path: Path, size: int | None, progress: Progress | None
) -> None:
    """Ask once for what is missing, and append it."""
    have = _length(file)
    if size is not None and have == size:
        return
    if size is not None and have > size:
        have = _start_again(file)
    validator_file = _validator_file(Path(file.name))
    request = urllib.request.Request(url, headers={"User-Agent": "emostack"})
    if have:
        request.add_header("Range", f"bytes={have}-")
        with contextlib.suppress(FileNotFoundError):
            # A file that changed meanwhile then comes whole instead of its end.
            request.add_header("If-Range", validator_file.read_text())
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:
            raise
        # Nothing comes after our last byte: complete, or not the same file any more.
        if error.headers.get("Content-Range") != f"bytes */{have}":
            _start_again(file)
            raise _CutError("the file changed on its server") from error
        return
    with response:
        if have and not _continues(response, have):
            have = _start_again(file)
        _remember_validator(response, validator_file)
        left = response.headers.get("Content-Length")
        total = have + int(left) if left else size
        while piece := response.read(CHUNK):
            if not have and looks_like_a_page(piece):
                raise Problem(
                    f"{url} answered with a web page instead of the file (a proxy or "
                    f"a login page may stand between); fetch it with a browser and put "
                    f"it there as {path}."
                )
            file.write(piece)
            have += len(piece)
            if progress:
                progress(have, total)
    file.flush()
    if total is not None and have < total:
        raise _CutError(f"the connection was cut after {have:,} of {total:,} bytes")


def _continues(response: http.client.HTTPResponse, have: int) -> bool:
    span = response.headers.get("Content-Range", "")
    return response.status == 206 and span.startswith(f"bytes {have}-")


def _remember_validator(response: http.client.HTTPResponse, file: Path) -> None:
    tag = response.headers.get("ETag", "")
    strong = tag if tag and not tag.startswith("W/") else None
    if validator := strong or response.headers.get("Last-Modified"):
        file.write_text(validator)
    else:
        file.unlink(missing_ok=True)


def _mismatch(
    file: BinaryIO, *, md5: str | None, sha256: str | None, size: int | None
) -> str | None:
    """Say how the file differs from what was published, or None."""
    have = _length(file)
    if size is not None and have != size:
        return f"{have:,} bytes instead of {size:,}"
    for name, expected in (("md5", md5), ("sha256", sha256)):
        if expected is None:
            continue
        file.seek(0)
        found = hashlib.file_digest(file, name).hexdigest()
        if found != expected.lower():
            return f"a file with {name} {found} instead of {expected}"
    return None


@contextlib.contextmanager
def _alone(partial: Path) -> Iterator[BinaryIO]:
    """Open the partial file for appending, when no other process is filling it."""
    while True:
        with open(partial, "a+b") as file:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX)
            if not _is(file, partial):
                continue  # whoever had it before gave it its name: begin anew
            try:
                yield file
            finally:
                if not _length(file):
                    _forget(partial)
            return


def _is(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _length(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def _start_again(file: BinaryIO) -> int:
    file.truncate(0)
    return 0


def _validator_file(partial: Path) -> Path:
    return partial.with_name(partial.name + ".etag")


def _forget(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _validator_file(partial).unlink(missing_ok=True)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def _disk_problem(error: OSError, path: Path) -> Problem:
    if error.errno == errno.ENOSPC:
        why = "the disk is full; make room and run the command again to go on"
    else:
        why = f"{error.strerror or error}; name a folder that can be written"
    return Problem(f"{path} cannot be written: {why}.")
