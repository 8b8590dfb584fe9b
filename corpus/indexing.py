"""Make the index: open every recording once, join them to takes, say what is odd."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd

from corpus import sight, sound
from corpus.corpora import read_corpora
from corpus.files import sha256
from corpus.index import FILE_COLUMNS, TAKE_COLUMNS, Index, read_table, typed
from corpus.made_up import MARKER
from corpus.oddities import count_official, in_order, oddities_of
from corpus.problem import Problem
from corpus.readers import Recording, is_picture
from corpus.workers import cores, in_workers

__all__ = ["MADE_UP", "index_corpus"]

# What a made-up take's corpus and id begin with, so that no store, split or report can
# mix it with real ones. It is known by the comment that is in each of its files.
MADE_UP = "made-up"


def index_corpus(
    root: Path | Sequence[Path],
    *,
    name: str = "ravdess",
    previous: Path | None = None,
    verify: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Index, pd.DataFrame]:
    """Index a corpus, or several into one index.

    Several may lie below one folder, or in folders of their own: each reader takes the
    files that are its own, and what none of them takes is among the oddities. Ids begin
    with the corpus, so that they are unique.

    Files whose size and modification time are as in a previous index are not
    opened again.

    Args:
        root: Folder of the corpus (for the reader "csv": the table), or several.
        name: A name of `corpus.readers`, or several: "ravdess+rml".
        previous: Folder of an earlier index of the same root.
        verify: Open and hash every file again all the same.
        workers: Processes that open files; all cores by default.
        progress: Called with (files done, files).

    Returns:
        The index, and the table of its files (`FILE_COLUMNS`).

    Raises:
        Problem: If a corpus has no recording that can be read, or see
            `corpus.corpora.read_corpora`.
    """
    corpora = read_corpora([root] if isinstance(root, Path) else root, name)
    recordings = [r for _, reading in corpora.readings for r in reading.recordings]
    known = {} if verify or previous is None else _known(previous)
    files = _probe_all(corpora.base, recordings, known, workers, progress)
    takes = _takes(recordings, files)
    of_takes = {*takes["sound_file"], *takes["picture_file"]}
    for module, reading in corpora.readings:
        theirs = {recording.file for recording in reading.recordings}
        if not theirs & of_takes:
            worst = files["problem"][files["file"].isin(theirs)].iloc[0]
            raise Problem(
                f"not one of the {len(theirs)} files of {module.NAME} can be read; "
                f"{worst}"
            )
    facts = {
        "reader": name,
        "oddities": oddities_of(corpora, files, takes),
        "counts": count_official(corpora),
    }
    return Index(takes, corpora.base, facts), files


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
        if is_picture(stat.file):
            facts |= dataclasses.asdict(sight.probe_picture(file))
        if not is_picture(stat.file) or sound.has_sound(file):
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
    fit.sort(key=lambda recording: (getattr(recording, rank), in_order(recording.file)))
    return fit[0].file if fit else ""
