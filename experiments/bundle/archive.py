"""A bundle in one file: a zip archive, the same bytes each time, read with care.

An archive may come from anybody. It is unpacked into an empty folder of our own: a
name that leads out of it, a link, a name that stands twice, a file that is larger than
it said or than all of a bundle can be, is refused. What is in it is then held to the
hashes of its own `bundle.json`, as any bundle is.
"""

import functools
import re
import tempfile
import zipfile
from pathlib import Path

from corpus.files import whole
from corpus.problem import Problem
from experiments.bundle.contents import Bundle

__all__ = ["opened", "pack", "unpack"]

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can tell
LARGEST = 2 << 30  # bytes of all files; a head of the widest sort has 0.2 GB
MOST = 2_000  # files
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*")


def pack(bundle: Bundle, path: Path) -> Path:
    """Write a bundle as one file, whole or not at all; return where.

    Names stand in order and carry no times, so that the same bundle is the same file.
    """
    with (
        whole(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name in sorted(["bundle.json", *bundle.facts["files"]]):
            entry = zipfile.ZipInfo(f"bundle/{name}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # on every machine
            archive.writestr(entry, (bundle.folder / name).read_bytes())
    return path


def unpack(path: Path, folder: Path) -> Path:
    """Unpack an archive of a bundle into an empty folder; return the bundle's.

    Raises:
        Problem: If it is no such archive, or holds what no bundle has.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check(path, entries)
            for entry in entries:
                target = folder / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, open(target, "xb") as file:
                    left = entry.file_size
                    while block := source.read(1 << 20):
                        left -= len(block)
                        if left < 0:
                            raise Problem(_refusal(path, entry.filename))
                        file.write(block)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise Problem(
            f"{path} is no whole archive of a bundle ({error}); copy it again."
        ) from error
    except RuntimeError as error:  # it asks for a password
        raise Problem(f"{path} cannot be opened ({error}); pack it again.") from error
    return folder / "bundle"


def opened(path: Path) -> Bundle:
    """Read a bundle: a folder, a run folder that has one, or an archive of one.

    An archive is unpacked into a folder that goes when this process ends.

    Raises:
        Problem: If there is none, or it is not whole.
    """
    if path.is_file():
        return Bundle.read(unpack(path, _scratch()))
    return Bundle.read(path)


@functools.cache
def _folders() -> list[tempfile.TemporaryDirectory]:
    """Return the folders of this process, which go when it ends."""
    return []


def _scratch() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="emostack-bundle-")
    _folders().append(folder)
    return Path(folder.name)


def _check(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(entries) > MOST or sum(entry.file_size for entry in entries) > LARGEST:
        raise Problem(
            f"{path} holds more than any bundle does (over {MOST:,} files, or "
            f"{LARGEST >> 30} GB); it is not unpacked."
        )
    for entry in entries:
        plain = PLAIN.fullmatch(entry.filename) and ".." not in entry.filename
        kind = entry.external_attr >> 28
        link = entry.create_system == 3 and kind not in (0, 8)  # no plain file
        if not plain or not entry.filename.startswith("bundle/") or link:
            raise Problem(_refusal(path, entry.filename))
        if names.count(entry.filename) > 1:
            raise Problem(_refusal(path, entry.filename))


def _refusal(path: Path, name: str) -> str:
    return (
        f"{path} holds {name!r}, which no archive of a bundle does; it is not "
        f"unpacked: ask whoever made it."
    )
