"""The store's holdings as people read them: a table, sizes, ages, who uses what."""

import time
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from corpus.problem import Problem
from embeddings.backbone import BackboneSpec
from embeddings.survey import Holding, random_seed
from embeddings.uses import RunUse
from embeddings.weights.manifest import MANIFEST

__all__ = ["age_of", "faces_of", "size_of", "table_of", "users_of"]

USERS_SHOWN = 3


def table_of(
    embeddings: Sequence[Holding], faces: Sequence[Holding], runs: Sequence[RunUse]
) -> Table:
    """Return what `emostack store list` prints.

    Args:
        embeddings: From `embeddings.survey.survey`.
        faces: From `embeddings.survey.survey_faces`.
        runs: That may use them.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("folder, what is in it, corpora", overflow="fold", ratio=1)
    table.add_column("takes", justify="right", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("written", no_wrap=True)
    table.add_column("used by", overflow="fold", max_width=24)
    for title, members in (("embeddings", embeddings), ("faces", faces)):
        if not members:
            continue
        table.add_row(Text(title, style="bold"))
        for one in members:
            users = users_of(one, runs, embeddings)
            more = f" +{len(users) - USERS_SHOWN}" if users[USERS_SHOWN:] else ""
            used = Text(", ".join(users[:USERS_SHOWN]) + more)
            written = age_of(one.written)
            takes = sum(count.takes for count in one.corpora.values())
            counts = f"{takes:,}", size_of(one.bytes)
            table.add_row(
                f"  {one.label}", *counts, written, used or Text("no run", "yellow")
            )
            table.add_row(_below(_made_of(one, runs)))
            for corpus, count in one.corpora.items():
                more = f" ({count.files:,} files)" * (count.files != count.takes)
                cells = [_below(Text(corpus + more, "dim"))]
                if len(one.corpora) > 1:
                    cells += [f"{count.takes:,}", size_of(count.bytes)]
                table.add_row(*cells)
        table.add_section()
    return table


def _below(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 4))


def users_of(
    holding: Holding, runs: Sequence[RunUse], embeddings: Sequence[Holding]
) -> list[str]:
    """Return the names of the runs that use a holding; of faces, through a backbone.

    Args:
        holding: Of embeddings or of faces.
        runs: All runs.
        embeddings: All holdings of embeddings.
    """
    if holding.kind == "embeddings":
        name, key = holding.label[:-9], holding.label[-8:]
        return [run.folder.name for run in runs if run.uses(name, key)]
    users: dict[str, None] = {}
    for other in embeddings:
        seen = faces_of(other.spec)
        if seen and holding.label in (seen[0], "/".join(seen)):
            users.update(dict.fromkeys(users_of(other, runs, embeddings)))
    return list(users)


def faces_of(spec: BackboneSpec | None) -> tuple[str, str] | None:
    """Return the folders of boxes and of crops that a picture backbone sees, or None.

    Args:
        spec: As `visual_features.face_backbone` writes it, or any other.
    """
    from visual_features.detectors import make_detector
    from visual_features.faces import FaceView

    try:
        detector = make_detector(spec.preprocessing["detector"])
        view = FaceView(**spec.preprocessing["view"])
    except (AttributeError, KeyError, TypeError, Problem):
        return None
    return f"{detector.name}-{detector.key}", f"{view.name}-{view.key}"


def _made_of(holding: Holding, runs: Sequence[RunUse]) -> Text:
    """Say what is in a holding, and what it was computed with as far as is known."""
    if holding.problem:
        return Text("damaged", "bold red")
    if holding.spec is None:
        return Text(holding.kind, "dim")
    size = "x".join(map(str, holding.spec.shape))
    if holding.imported:
        file = str(holding.spec.preprocessing.get("file", ""))
        words = (f"{size}, imported from {file}, ", "dim")
        return Text.assemble(words, ("unverified", "yellow"))
    words = f"{size}, {holding.spec.layer}, "
    return Text.assemble((words, "dim"), _weights(holding.spec.weights_sha256, runs))


def _weights(sha256: str, runs: Sequence[RunUse]) -> tuple[str, str]:
    """Tell weights by their hash, and the style to say it in."""
    if not sha256:
        return "no weights needed", "dim"
    seed = random_seed(sha256)
    if seed is not None:
        return f"RANDOM weights (seed {seed})", "bold red"
    for entry in MANIFEST.values():
        if sha256 in (entry.sha256, entry.noted, *entry.known):
            return f"{entry.title}, hash", "green"
    for run in runs:
        if sha256 in run.weights:
            source, verified = run.weights[sha256]
            return f"{Path(source).name}, {verified}", (
                "yellow" if verified == "unverified" else "green"
            )
    return f"weights {sha256[:8]}, unverified", "yellow"


def size_of(count: int) -> str:
    """Return a size in three digits, "14.7 MB".

    Args:
        count: In bytes.
    """
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def age_of(written: float) -> str:
    """Return how long ago something was, "3 h ago".

    Args:
        written: In seconds since the epoch.
    """
    seconds = max(0.0, time.time() - written)
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit} ago"
    return "just now" if seconds < 60 else "1 min ago"
