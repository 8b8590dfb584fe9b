"""Unpack a zip of recordings without trusting it; each file whole or absent."""

import dataclasses
import errno
import shutil
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import NoReturn

from corpus.download import looks_like_a_page
from corpus.files import sweep, whole
from corpus.problem import Problem

__all__ = ["DamagedArchiveError", "Unpacked", "unpack"]

SUFFIXES = {".wav", ".mp4"}

# A RAVDESS recording has about 5 MB, the fullest archive 600 MB: what is far beyond
# was made to fill disks.
LARGEST_MEMBER = 100 * 10**6
LARGEST_ARCHIVE = 4 * 10**9

# What zipfile raises over bytes that are not as they should be.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error)

CHUNK = 1 << 20


class DamagedArchiveError(Problem):
    """An archive is broken, or holds what an honest one does not: fetch it anew."""


@dataclasses.dataclass(frozen=True)
class Unpacked:
    """What an archive held.

    Attributes:
        files: Number of recordings.
        bytes: Their bytes in all.
    """

    files: int
    bytes: int


def unpack(
    archive: Path,
    folder: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Unpacked:
    """Unpack the recordings (.wav, .mp4) of a zip, under the paths they have in it.

    All members are looked at before the first is written. A recording that is there
    already with the right checksum is kept, so an interrupted call can be repeated.
    Other files and those of macOS (`__MACOSX`, `._*`) are left out.

    Args:
        archive: The zip.
        folder: Made if need be; nothing is written outside of it.
        progress: Called with the bytes done and the bytes in all, after every file.

    Raises:
        DamagedArchiveError: If the file is no zip, is cut short, fails a checksum, is
            encrypted, or holds absolute paths, "..", links, or sizes beyond reason.
        OSError: If the folder cannot be written or the disk is full.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _recordings(opened, archive)
            sweep(folder, now=time.time())
            return _write(opened, members, folder, progress)
    except (*BROKEN, OSError) as error:
        # A header that points before the file's start shows as an invalid seek.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        with open(archive, "rb") as file:
            page = looks_like_a_page(file.read(512))
        why = "a web page saved as a zip" if page else f"no whole zip ({error})"
        raise DamagedArchiveError(f"{archive} is {why}; fetch it again.") from error


def _recordings(opened: zipfile.ZipFile, archive: Path) -> list[zipfile.ZipInfo]:
    """Return the members to unpack, when no member at all is suspicious."""
    members, names = [], set()
    for member in opened.infolist():
        _check(member, archive)
        if member.is_dir() or not _wanted(member):
            continue
        if member.filename in names:
            _refuse(archive, member, "is there twice")
        names.add(member.filename)
        members.append(member)
    if not members:
        raise DamagedArchiveError(
            f"{archive} holds no recordings (.wav, .mp4); fetch the archive again."
        )
    if sum(member.file_size for member in members) > LARGEST_ARCHIVE:
        raise DamagedArchiveError(
            f"{archive} would unpack to over {LARGEST_ARCHIVE / 1e9:.0f} GB, which no "
            f"archive of recordings does; fetch it again from its official address."
        )
    return members


def _check(member: zipfile.ZipInfo, archive: Path) -> None:
    name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        _refuse(archive, member, "leads out of the folder")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        _refuse(archive, member, "is a link or a device")
    if member.flag_bits & 0x1:
        _refuse(archive, member, "is encrypted")
    # zipfile reads no more than the size declared here, so this bounds what is written.
    if member.file_size > LARGEST_MEMBER:
        _refuse(archive, member, f"declares {member.file_size:,} bytes")


def _refuse(archive: Path, member: zipfile.ZipInfo, why: str) -> NoReturn:
    raise DamagedArchiveError(
        f"{archive}: the member {member.filename!r} {why}, so nothing was unpacked; "
        f"fetch the archive again from its official address."
    )


def _wanted(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden


def _write(
    opened: zipfile.ZipFile,
    members: list[zipfile.ZipInfo],
    folder: Path,
    progress: Callable[[int, int], None] | None,
) -> Unpacked:
    total, done = sum(member.file_size for member in members), 0
    for member in members:
        target = folder / member.filename
        if not _holds(target, member):
            # The checksum is compared at the last read: a bad member gets no name.
            with opened.open(member) as source, whole(target) as file:
                shutil.copyfileobj(source, file, CHUNK)
        done += member.file_size
        if progress:
            progress(done, total)
    return Unpacked(len(members), total)


def _holds(target: Path, member: zipfile.ZipInfo) -> bool:
    """Whether the recording is unpacked already, by size and checksum."""
    if not target.is_file() or target.stat().st_size != member.file_size:
        return False
    checksum = 0
    with open(target, "rb") as file:
        while piece := file.read(CHUNK):
            checksum = zlib.crc32(piece, checksum)
    return checksum == member.CRC
