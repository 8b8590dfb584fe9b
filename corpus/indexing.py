"""Make the index: open every recording once, join them to takes, say what is odd."""

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import pandas as pd

from corpus import sight, sound
from corpus.files import sha256
from corpus.index import FILE_COLUMNS, TAKE_COLUMNS, Index, read_table, typed
from corpus.made_up.clip import MARKER
from corpus.problem import Problem
from corpus.readers import Reading, Recording, reader
from corpus.workers import cores, in_workers

__all__ = ["MADE_UP", "index_corpus"]

# What a made-up take's corpus and id begin with, so that no store, split or report can
# mix it with real ones. It is known by the comment that is in each of its files.
MADE_UP = "made-up"

PICTURE_SUFFIXES = {".mp4", ".avi", ".mov", ".mkv", ".webm"}


def index_corpus(
    root: Path,
    *,
    name: str = "ravdess",
    previous: Path | None = None,
    verify: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Index, pd.DataFrame]:
    """Index a corpus.

    Files whose size and modification time are as in a previous index are not
    opened again.

    Args:
        root: Folder of the corpus (for the reader "csv": the table).
        name: The reader, "ravdess" or "csv".
        previous: Folder of an earlier index of the same root.
        verify: Open and hash every file again all the same.
        workers: Processes that open files; all cores by default.
        progress: Called with (files done, files).

    Returns:
        The index, and the table of its files (`FILE_COLUMNS`).

    Raises:
        Problem: If the root holds no recording that can be read.
    """
    root = root.resolve()
    reading = reader(name).read(root)
    base = root.parent if root.is_file() else root
    known = {} if verify or previous is None else _known(previous)
    files = _probe_all(base, reading.recordings, known, workers, progress)
    takes = _takes(reading.recordings, files)
    if takes.empty:
        worst = files["problem"].iloc[0]
        raise Problem(f"not one of the {len(files)} files can be read; {worst}")
    facts = {
        "reader": name,
        "oddities": _oddities(reading, files, takes, reader(name).LONGEST_SECONDS),
        "counts": _counts(reading),
    }
    return Index(takes, base, facts), files


@dataclasses.dataclass(frozen=True)
class _Stat:
    file: str
    size: int
    mtime_ns: int


def _known(previous: Path) -> dict[_Stat, dict]:
    """Return what an earlier index knows of files, by their size and time."""
    try:
        rows = read_table(previous / "files.csv", FILE_COLUMNS).to_dict("records")
    except Problem:
        return {}  # there is none, or a damaged one: every file is opened
    return {
        _Stat(row["file"], int(row["size"]), int(row["mtime_ns"])): row
        for row in rows
        if not row["problem"] and not pd.isna(row["mtime_ns"])
    }


def _probe_all(
    base: Path,
    recordings: Iterable[Recording],
    known: dict[_Stat, dict],
    workers: int | None,
    progress: Callable[[int, int], None] | None,
) -> pd.DataFrame:
    names = list(dict.fromkeys(recording.file for recording in recordings))
    stats = {name: _stat(base, name) for name in names}
    rows = {name: known[stats[name]] for name in names if stats[name] in known}
    todo = [stats[name] for name in names if name not in rows]
    # Spawning costs more than opening a handful of files.
    count = cores() if workers is None else workers
    pool = count if len(todo) > 16 else 0
    probing = in_workers(functools.partial(_probe, base), todo, workers=pool, ahead=8)
    for stat, row in probing:
        if isinstance(row, Exception):
            row = {"problem": f"{type(row).__name__}: {row}"}
        rows[stat.file] = {**dataclasses.asdict(stat), **row}
        if progress:
            progress(len(rows), len(names))
    return typed(pd.DataFrame([rows[name] for name in names]), FILE_COLUMNS)


def _stat(base: Path, name: str) -> _Stat:
    file = base / name
    if not file.is_file():
        return _Stat(name, -1, -1)
    stat = file.stat()
    return _Stat(name, stat.st_size, stat.st_mtime_ns)


def _probe(base: Path, stat: _Stat) -> dict:
    """Open one file and tell what it holds; runs in a worker."""
    file = base / stat.file
    try:
        if stat.size < 0:
            raise Problem(f"{file} is no file; restore it, or leave the take out.")
        if stat.size == 0:
            raise Problem(f"{file} is empty; restore or remove it.")
        facts: dict = {"synthetic": sight.read_comment(file) == MARKER}
        if file.suffix.lower() in PICTURE_SUFFIXES:
            facts |= dataclasses.asdict(sight.probe_picture(file))
        if file.suffix.lower() not in PICTURE_SUFFIXES or sound.has_sound(file):
            waveform = sound.read_waveform(file)
            facts |= {
                "sample_rate": waveform.rate,
                "audio_channels": waveform.channels,
                "sound_sha256": waveform.sha256,
            }
            facts.setdefault("duration_seconds", round(waveform.seconds, 6))
        facts["file_sha256"] = sha256(file)
    except Problem as problem:
        return {"problem": str(problem)}
    return facts


def _takes(recordings: list[Recording], files: pd.DataFrame) -> pd.DataFrame:
    """Join recordings to takes, each with its best readable sound and picture."""
    facts_of = {row["file"]: row for row in files.to_dict("records")}
    by_take: dict[str, list[Recording]] = {}
    for recording in recordings:
        facts = facts_of[recording.file]
        if facts["problem"]:
            continue
        take = recording.take
        if facts["synthetic"]:
            take = f"{MADE_UP}-{take}"
        by_take.setdefault(take, []).append(recording)
    rows = []
    for take, group in by_take.items():
        sound_file = _best(group, "sound_rank", "sample_rate", facts_of)
        picture_file = _best(group, "picture_rank", "frames", facts_of)
        if not sound_file and not picture_file:
            continue
        heard, seen = facts_of.get(sound_file, {}), facts_of.get(picture_file, {})
        row = {**group[0].facts, "take": take}
        if take.startswith(f"{MADE_UP}-"):
            row["corpus"] = f"{MADE_UP}-{row['corpus']}"
        row |= {"sound_file": sound_file, "picture_file": picture_file}
        row["sound_file_sha256"] = heard.get("file_sha256", "")
        row["picture_file_sha256"] = seen.get("file_sha256", "")
        for column in ("sample_rate", "audio_channels", "sound_sha256"):
            row[column] = heard.get(column)
        for column in ("fps", "frames", "width", "height"):
            row[column] = seen.get(column)
        row["duration_seconds"] = (seen or heard)["duration_seconds"]
        rows.append(row)
    table = typed(pd.DataFrame(rows, columns=list(TAKE_COLUMNS)), TAKE_COLUMNS)
    return table.sort_values("take").reset_index(drop=True)


def _best(
    group: list[Recording], rank: str, needed: str, facts_of: dict[str, dict]
) -> str:
    """Return the preferred file that really has what is `needed`, or ""."""
    fit = [
        recording
        for recording in group
        if getattr(recording, rank) is not None
        and not pd.isna(facts_of[recording.file].get(needed))
    ]
    # A wav before a flac of the same name, then the first folder by name.
    fit.sort(
        key=lambda r: (getattr(r, rank), PurePosixPath(r.file).suffix != ".wav", r.file)
    )
    return fit[0].file if fit else ""


def _oddities(
    reading: Reading, files: pd.DataFrame, takes: pd.DataFrame, longest: float
) -> dict[str, list[str]]:
    """Return what a person should know of the corpus, by kind; empty kinds left out."""
    used = pd.concat([takes["sound_file"], takes["picture_file"]])
    sounds = files[files["sample_rate"].notna() & files["file"].isin(used)]
    odd: dict[str, list[str]] = {"unparsable names": list(reading.unknown)}
    odd["unreadable"] = [problem for problem in files["problem"] if problem]
    for medium in ("sound", "picture"):
        has = takes[f"{medium}_file"] != ""
        if has.any():
            odd[f"takes without {medium}"] = list(takes["take"][~has])
    odd["stereo sound"] = list(sounds["file"][sounds["audio_channels"] > 1])
    odd[f"over {longest:g} s"] = [
        f"{row.file} ({row.duration_seconds:.3f} s)"
        for row in sounds[sounds["duration_seconds"] > longest].itertuples()
    ]
    heard = takes[takes["sound_sha256"] != ""]
    odd["identical sound"] = [
        " = ".join(group)
        for group in heard.groupby("sound_sha256")["take"].agg(list)
        if len(group) > 1
    ]
    by_name: dict[str, list[str]] = {}
    for file in files["file"]:
        by_name.setdefault(PurePosixPath(file).stem, []).append(file)
    odd["more than one file of a name (the first is used)"] = [
        " and ".join(group) for group in by_name.values() if len(group) > 1
    ]
    return {kind: rows for kind, rows in odd.items() if rows}


def _counts(reading: Reading) -> dict[str, dict[str, int]]:
    """Return how many files of each official kind are here, where there are any."""
    stems = {PurePosixPath(recording.file).stem for recording in reading.recordings}
    counts = {
        kind: {"here": sum(bool(re.match(rule, stem)) for stem in stems), "official": n}
        for kind, (rule, n) in reading.official.items()
    }
    return {kind: count for kind, count in counts.items() if count["here"]}
