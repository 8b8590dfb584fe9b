"""What of RAVDESS' archives is here, and fetching the rest of them.

A folder that was fetched into holds the recordings as the archives hold them
(`Video_Speech_Actor_01/Actor_01/*.mp4`) and `archives.json`: of each archive that was
unpacked its MD5, where that MD5 is from ("published", or "recorded" at the first
download where none is known), and how many files and bytes it held.
"""

import dataclasses
import functools
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from corpus.download import PARTIAL_SUFFIX, download, offline
from corpus.files import write_json
from corpus.problem import Problem
from corpus.readers.ravdess import FILE_NAME
from corpus.unpack import DamagedArchiveError, unpack
from corpus.zenodo import ACTORS, ADDRESS, ARCHIVES, PARTS, Archive

__all__ = ["FetchPlan", "Fetched", "Planned", "fetch", "plan"]

RECORDS = "archives.json"
SUFFIXES = {".wav", ".flac", ".mp4"}
FAILURES_IN_A_ROW = 3  # then it is the network, the server or the disk that fails


@dataclasses.dataclass(frozen=True, kw_only=True)
class Planned:
    """One archive that was asked for, and how much of it is here.

    Attributes:
        archive: Which.
        files: How many of its recordings are here, in whatever layout.
        state: "whole", "partial" (some recordings, or some of the zip) or "missing".
        download_bytes: Still to be downloaded, about.
        unpack_bytes: Still to be unpacked, about.
    """

    archive: Archive
    files: int
    state: str
    download_bytes: int
    unpack_bytes: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class FetchPlan:
    """What is here, what is not, and what it takes.

    Attributes:
        root: The folder of the corpus.
        archives: What was asked for, in the record's order.
        free_bytes: Room on the disk of `root`.
    """

    root: Path
    archives: tuple[Planned, ...]
    free_bytes: int

    @property
    def missing(self) -> tuple[Planned, ...]:
        """The archives that are not here whole."""
        return tuple(one for one in self.archives if one.state != "whole")

    @property
    def summary(self) -> str:
        """A line such as "28 of 49 archives here"."""
        asked = len(self.archives)
        return f"{asked - len(self.missing)} of {asked} archives here"

    @property
    def download_bytes(self) -> int:
        """Still to be downloaded, about."""
        return sum(one.download_bytes for one in self.missing)

    def needed_bytes(self, *, keep_archives: bool = False) -> int:
        """Room that fetching takes at its fullest, about.

        A zip goes when it is unpacked, unless zips are kept: only the largest counts.
        """
        zips = [one.download_bytes for one in self.missing]
        unpacked = sum(one.unpack_bytes for one in self.missing)
        return unpacked + (sum(zips) if keep_archives else max(zips, default=0))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fetched:
    """How a fetch ended.

    Attributes:
        plan: What is here now.
        failed: Name of an archive -> a sentence why it is not here.
    """

    plan: FetchPlan
    failed: Mapping[str, str]


def plan(
    root: Path,
    *,
    parts: Iterable[str] = ("audio-speech", "video-speech"),
    actors: Iterable[str | int] | None = None,
    archives: Sequence[Archive] = ARCHIVES,
) -> FetchPlan:
    """Look what is here of the archives asked for; fetch nothing.

    Recordings count by their names, in any layout, hand-made ones too. What `fetch`
    unpacked must also still have the bytes it had then.

    Args:
        root: The folder of the corpus; need not exist yet.
        parts: Some of `zenodo.PARTS`; by default those that the thesis used.
        actors: Of 1 to 24, all by default; an audio archive holds all in any case.
        archives: The table to choose from.

    Raises:
        Problem: If a part or an actor is unknown, or no archive is left.
    """
    parts, actors = _known_parts(parts), _known_actors(actors)
    wanted = [
        archive
        for archive in archives
        if archive.part in parts and (not archive.actor or archive.actor in actors)
    ]
    if not wanted:
        raise Problem(
            "RAVDESS has no archive of what was asked for (actor 18 has no songs); "
            "ask for other parts or actors."
        )
    return _look(Path(root), wanted)


def fetch(
    wanted: FetchPlan,
    *,
    keep_archives: bool = False,
    progress: Callable[[Archive, str, int, int], None] | None = None,
    address: str = ADDRESS,
) -> Fetched:
    """Download and unpack what a plan found missing.

    It may be killed at any moment and asked again: half a download is gone on with,
    and recordings that are unpacked stay. Zips that lie in the folder are used. What
    fails is listed and the next archive tried, until three fail in a row; a damaged
    zip is set aside as `NAME.zip.damaged`, so that the next call fetches it anew.

    Args:
        wanted: What `plan` returned.
        keep_archives: Whether the zips stay after unpacking.
        progress: Called with the archive, "download" or "unpack", the bytes done and
            the bytes in all.
        address: Where the archives are; `{name}` in it stands for a file's name.

    Raises:
        Problem: If there is too little room on the disk, or the network is needed and
            `EMOSTACK_OFFLINE` forbids it.
    """
    if wanted.download_bytes and offline():
        raise Problem(
            f"{wanted.summary}, and EMOSTACK_OFFLINE forbids fetching the others; "
            f"unset it, or put their zips by hand into {wanted.root}."
        )
    _check_room(wanted, keep_archives=keep_archives)
    failed: dict[str, str] = {}
    in_a_row = 0
    for archive in (one.archive for one in wanted.missing):
        report = functools.partial(progress, archive) if progress else None
        try:
            _fetch_one(archive, wanted.root, address, report, keep=keep_archives)
            in_a_row = 0
        except Problem as problem:
            failed[archive.name] = str(problem)
            in_a_row += 1
        if in_a_row == FAILURES_IN_A_ROW:
            break
    now = _look(wanted.root, [one.archive for one in wanted.archives])
    return Fetched(plan=now, failed=failed)


def _known_parts(parts: Iterable[str]) -> set[str]:
    parts = set(parts)
    if unknown := sorted(parts - set(PARTS)):
        raise Problem(
            f"RAVDESS has no part {', '.join(unknown)}; choose among "
            f"{', '.join(PARTS)}."
        )
    return parts


def _known_actors(actors: Iterable[str | int] | None) -> set[str]:
    if actors is None:
        return set(ACTORS)
    actors = {str(actor).zfill(2) for actor in actors}
    if unknown := sorted(actors - set(ACTORS)):
        raise Problem(f"RAVDESS has no actor {', '.join(unknown)}, but 1 to 24.")
    return actors


def _look(root: Path, archives: Sequence[Archive]) -> FetchPlan:
    sizes = {
        path: size
        for path in root.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and FILE_NAME.fullmatch(path.stem)
        and (size := path.stat().st_size)
    }
    records = _records(root)
    return FetchPlan(
        root=root,
        archives=tuple(
            _planned(archive, root, sizes, records.get(archive.name))
            for archive in archives
        ),
        free_bytes=_free_bytes(root),
    )


def _planned(
    archive: Archive, root: Path, sizes: Mapping[Path, int], record: dict | None
) -> Planned:
    here = [path for path in sizes if archive.holds(path.stem)]
    files = len({path.stem for path in here})
    folder, zipped = root / archive.folder, root / archive.name
    ours = [sizes[path] for path in here if path.is_relative_to(folder)]
    if record and ours:
        is_whole = (len(ours), sum(ours)) == (record["files"], record["bytes"])
    else:
        is_whole = files >= archive.files
    partial = root / (archive.name + PARTIAL_SUFFIX)
    fetched = partial.stat().st_size if partial.is_file() else 0
    started = bool(files or fetched or zipped.is_file())
    to_download = 0 if zipped.is_file() else max(archive.zip_bytes - fetched, 0)
    return Planned(
        archive=archive,
        files=files,
        state="whole" if is_whole else "partial" if started else "missing",
        download_bytes=0 if is_whole else to_download,
        unpack_bytes=0 if is_whole else max(archive.unpacked_bytes - sum(ours), 0),
    )


def _free_bytes(folder: Path) -> int:
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _check_room(wanted: FetchPlan, *, keep_archives: bool) -> None:
    needed = wanted.needed_bytes(keep_archives=keep_archives)
    if needed > (free := _free_bytes(wanted.root)):
        raise Problem(
            f"{wanted.root} needs about {needed / 1e9:.1f} GB and its disk has "
            f"{free / 1e9:.1f} GB free: make room for {(needed - free) / 1e9:.1f} GB, "
            f"name another folder, or ask for fewer parts or actors."
        )


def _fetch_one(
    archive: Archive,
    root: Path,
    address: str,
    report: Callable[[str, int, int], None] | None,
    *,
    keep: bool,
) -> None:
    zipped = root / archive.name
    known = archive.md5 or _records(root).get(archive.name, {}).get("md5")
    try:
        if not zipped.is_file():
            download(
                address.format(name=archive.name),
                zipped,
                md5=known,
                size=archive.zip_bytes if archive.md5 else None,
                progress=report and functools.partial(_downloaded, report, archive),
            )
        md5 = _md5(zipped)
        if known and md5 != known:
            raise DamagedArchiveError(
                f"{zipped} is not the archive it should be (MD5 {md5} instead of "
                f"{known}); fetch it again."
            )
        held = unpack(
            zipped,
            root / archive.folder,
            progress=report and functools.partial(report, "unpack"),
        )
        _record(root, archive, md5=md5, files=held.files, bytes=held.bytes)
        if not keep:
            zipped.unlink()
    except DamagedArchiveError as problem:
        aside = zipped.replace(zipped.with_name(zipped.name + ".damaged"))
        raise Problem(f"{problem} It was set aside as {aside.name}.") from problem
    except OSError as error:
        raise Problem(
            f"{root / archive.folder} cannot be written ({error.strerror or error}); "
            f"make room or name another folder, and run the command again to go on."
        ) from error


def _downloaded(
    report: Callable[[str, int, int], None], archive: Archive, done: int, of: int | None
) -> None:
    report("download", done, of or archive.zip_bytes)


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _records(root: Path) -> dict[str, dict]:
    try:
        return json.loads((root / RECORDS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Problem(f"{root / RECORDS} is no JSON ({error}); delete it.") from error


def _record(root: Path, archive: Archive, *, md5: str, files: int, bytes: int) -> None:
    records = _records(root)
    records[archive.name] = {
        "md5": md5,
        "md5_is": "published" if archive.md5 else "recorded",
        "files": files,
        "bytes": bytes,
    }
    write_json(root / RECORDS, dict(sorted(records.items())))
