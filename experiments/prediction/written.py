"""Answers on disk: a table, the same with all that belongs to it, and pictures.

answers.csv             one row a clip
answers.json            the same, with windows, moments, the bundle and its limits
answers-windows.csv     one row a window of the long ones
answers-moments.csv     one row a stretch of a clip: by how much it moved the answer
answers-pictures/*.png  emotion over time, faces beneath, of those that have a course
"""

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.files import file_safe, whole, write_json, write_text
from corpus.problem import Problem
from evaluation.clip_picture import clip_picture
from experiments.bundle.contents import Bundle
from experiments.prediction.answers import Answer

__all__ = ["drawn", "out_file", "write_answers"]

SHORT = (
    "Posed emotions of actors, not felt ones; not for people at work or in education; "
    "no decision about anybody may rest on it."
)


def out_file(path: Path) -> Path:
    """Return the table's path, of that which was named.

    Raises:
        Problem: If it names neither a CSV nor a JSON file.
    """
    if path.suffix.lower() not in (".csv", ".json"):
        raise Problem(
            f"{path} is neither .csv nor .json; name one: both are written, side by "
            f"side."
        )
    return path.with_suffix(".csv")


def write_answers(
    path: Path, answers: Sequence[Answer], bundle: Bundle, *, calibrated: bool = True
) -> list[Path]:
    """Write answers; return the files.

    Args:
        path: Of the table, see `out_file`.
        answers: One a clip.
        bundle: Who gave them.
        calibrated: Whether their probabilities are tempered.
    """
    files = [_table(path, [answer.row() for answer in answers])]
    complete = path.with_suffix(".json")
    write_json(
        complete,
        {
            "emostack": bundle.facts["emostack"],
            "bundle": bundle.facts["name"],
            "bundle_digest": bundle.digest,
            "seed": bundle.facts["seed"],
            "fold": bundle.facts["fold"],
            "limits": bundle.limits,
            "unsure_below": answers[0].unsure_below if answers else None,
            "calibrated": calibrated,
            "answers": [_told(answer) for answer in answers],
        },
    )
    files.append(complete)
    windows = [window.row() for answer in answers for window in answer.windows]
    moments = [
        {"take": answer.clip, **dataclasses.asdict(moment)}
        for answer in answers
        for moment in answer.moments
    ]
    for name, rows in (("windows", windows), ("moments", moments)):
        other = path.with_name(f"{path.stem}-{name}.csv")
        if rows:
            files.append(_table(other, rows))
        else:
            other.unlink(missing_ok=True)  # of other clips
    names: set[str] = set()
    for answer in answers:
        picture = drawn(answer, bundle)
        if picture:
            folder = path.with_name(f"{path.stem}-pictures")
            file = folder / f"{_free(answer.clip, names)}.png"
            with whole(file) as out:
                out.write(picture)
            files.append(file)
    return files


def drawn(answer: Answer, bundle: Bundle) -> bytes:
    """Return an answer's picture, a PNG; empty where there is nothing to be seen.

    Args:
        answer: Of a clip that was explained, or asked about in windows.
        bundle: Who gave it.
    """
    if answer.timeline is None and not answer.moments:
        return b""
    said = "unsure" if not answer.sure else answer.decision
    if not answer.sure:
        said += f", {answer.emotion} at most"
    system = answer.system.replace("_", " ")
    title = (
        f"{Path(answer.clip).name}: {said} ({100 * answer.confidence:.0f} %, {system})"
    )
    cautions = [limit.partition(":")[0] for limit in bundle.limits[:-3]]
    strip = answer.strip
    return clip_picture(
        title,
        timeline=answer.timeline,
        end=answer.end,
        faces=strip.png if strip else b"",
        face_times=strip.time.tolist() if strip else (),
        moments=answer.moments,
        axis="seconds (each window at its middle)"
        if answer.windows
        else "seconds heard and seen so far",
        note=". ".join([*cautions, SHORT]),
    )


def _told(answer: Answer) -> dict[str, Any]:
    told = {
        **answer.row(),
        "missing": dict(answer.missing),
        "warnings": list(answer.warnings),
    }
    if answer.windows:
        told["windows"] = [window.row() for window in answer.windows]
    if answer.moments:
        told["moments"] = [dataclasses.asdict(moment) for moment in answer.moments]
    return told


def _table(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    rows = list(rows)
    columns = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    write_text(path, text.getvalue())
    return path


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value


def _free(clip: str, names: set[str]) -> str:
    """Return a file's name for a clip that no other has."""
    stem = file_safe(Path(clip).stem) or "clip"
    name, number = stem, 1
    while name in names:
        number += 1
        name = f"{stem}-{number}"
    names.add(name)
    return name
