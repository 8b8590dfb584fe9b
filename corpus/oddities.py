"""What is odd about the files and takes of an index, and what of a corpus is there."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

import pandas as pd

from corpus.corpora import Corpora
from corpus.made_up import PAGE, TABLE

__all__ = ["count_official", "in_order", "oddities_of"]


def in_order(file: str) -> tuple[bool, str]:
    """Return what orders the copies of a file: a wav before a flac, then by name."""
    return PurePosixPath(file).suffix.lower() != ".wav", file


def oddities_of(
    corpora: Corpora, files: pd.DataFrame, takes: pd.DataFrame
) -> dict[str, list[str]]:
    """Return what a person should know of what was indexed, by kind.

    Args:
        corpora: What the readers found.
        files: Rows of the index, one a file.
        takes: Rows of the index, one a take.

    Returns:
        Kinds that there are, each with its cases.
    """
    used = pd.concat([takes["sound_file"], takes["picture_file"]])
    sounds = files[files["sample_rate"].notna() & files["file"].isin(used)]
    odd: dict[str, list[str]] = {"unparsable names": corpora.unclaimed}
    odd["files that are no media (left alone)"] = list(_by_suffix(corpora.others))
    odd["unreadable"] = [problem for problem in files["problem"] if problem]
    for medium in ("sound", "picture"):
        has = takes[f"{medium}_file"] != ""
        if has.any():
            odd[f"takes without {medium}"] = list(takes["take"][~has])
    odd["stereo sound"] = list(sounds["file"][sounds["audio_channels"] > 1])
    for module, reading in corpora.readings:
        theirs = sounds[sounds["file"].isin({r.file for r in reading.recordings})]
        odd.setdefault(f"over {module.LONGEST_SECONDS:g} s", []).extend(
            f"{row.file} ({row.duration_seconds:.3f} s)"
            for row in theirs.itertuples()
            if row.duration_seconds > module.LONGEST_SECONDS
        )
    heard = takes[takes["sound_sha256"] != ""]
    odd["identical sound"] = [
        " = ".join(group)
        for group in heard.groupby("sound_sha256")["take"].agg(list)
        if len(group) > 1
    ]
    by_name: dict[str, list[str]] = {}
    for _, reading in corpora.readings:
        for recording in reading.recordings:
            by_name.setdefault(recording.name, []).append(recording.file)
            for kind in recording.odd:
                odd.setdefault(kind, []).append(recording.file)
    odd["more than one file of a name (the first is used)"] = [
        " and ".join(sorted(group, key=in_order))
        for group in by_name.values()
        if len(group) > 1
    ]
    odd["emotions that not every corpus has"] = list(_unshared(takes))
    return {kind: rows for kind, rows in odd.items() if rows}


def _by_suffix(others: Iterable[str]) -> Iterator[str]:
    """Tell files by their suffix: how many, and the first; ours are not told."""
    paths = [PurePosixPath(file) for file in others]
    paths = [path for path in paths if path.name not in (PAGE, TABLE)]
    for suffix, count in sorted(Counter(path.suffix for path in paths).items()):
        first = next(path for path in paths if path.suffix == suffix)
        more = f" and {count - 1} more {suffix or 'without a suffix'}"
        yield f"{first}{more if count > 1 else ''}"


def _unshared(takes: pd.DataFrame) -> Iterator[str]:
    """Tell what gives a corpus away: an emotion that only some of them have."""
    corpora = set(takes["corpus"])
    for emotion, having in takes.groupby("emotion")["corpus"].agg(set).items():
        if having != corpora:
            yield f"{emotion} (only {', '.join(sorted(having))})"


def count_official(corpora: Corpora) -> dict[str, dict[str, int]]:
    """Return how many files of each official kind are here, where there are any.

    Returns:
        By kind, numbers "here" and "official".
    """
    counts = {}
    for module, reading in corpora.readings:
        names = {recording.name for recording in reading.recordings}
        # What one corpus calls "clips" or "sound" is told from what others do.
        of = f"{module.NAME} " if len(corpora.readings) > 1 else ""
        for kind, (rule, official) in reading.official.items():
            here = sum(bool(re.match(rule, name)) for name in names)
            counts[of + kind] = {"here": here, "official": official}
    return {kind: count for kind, count in counts.items() if count["here"]}
