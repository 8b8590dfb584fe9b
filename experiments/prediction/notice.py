"""What a reader must know of one clip: no face, two faces, short, clipped, silent."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from embeddings.store import Embedding

__all__ = ["Noticed", "notice_faces", "notice_length", "notice_sound"]

SILENT = -60.0  # dB below full scale
SHORTEST = 0.1  # seconds: nobody says anything in less
CLIPPED = 0.001  # of all samples
FEW_FACES = 0.5  # of all frames
CROWDED = 0.25  # of all frames


@dataclasses.dataclass(frozen=True)
class Noticed:
    """What was noticed of one medium.

    Attributes:
        missing: Why it is as good as not there; "" if it is.
        warnings: A few words each.
    """

    missing: str = ""
    warnings: tuple[str, ...] = ()


def notice_sound(embedding: Embedding) -> Noticed:
    """Notice what is odd about a clip's sound.

    Args:
        embedding: With what `experiments.prediction.pieces` kept beside it.
    """
    level = float(embedding.extra["level"][0])
    clipped = float(embedding.extra["clipped"][0])
    if (seconds := float(embedding.extra["seconds"][0])) < SHORTEST:
        return Noticed(f"its sound lasts only {seconds:.3f} s")
    if level < SILENT:
        return Noticed(f"it is silent ({level:.0f} dB)")
    if clipped > CLIPPED:
        return Noticed("", (f"clipped sound ({_percent(clipped)} of samples)",))
    return Noticed()


def notice_faces(embedding: Embedding, coverage: float) -> Noticed:
    """Notice what is odd about a clip's faces.

    Args:
        embedding: As for `notice_sound`.
        coverage: Share of its frames with a face.
    """
    if not coverage:
        return Noticed("no face in any frame")
    warnings = []
    if coverage < FEW_FACES:
        warnings.append(f"a face in only {_percent(coverage)} of frames")
    crowded = float(np.mean(embedding.extra.get("faces", np.zeros(1)) > 1))
    if crowded > CROWDED:
        warnings.append(f"two faces or more in {_percent(crowded)} of frames")
    if len(embedding.time) == 1:
        warnings.append("a single frame")
    return Noticed("", tuple(warnings))


def notice_length(seconds: float, known: Mapping[str, Any]) -> tuple[str, ...]:
    """Notice a clip that is unlike all takes in training by its length.

    Args:
        seconds: Of the clip.
        known: Shortest ("min") and longest ("max") take in training, in seconds.
    """
    low, high = known["min"], known["max"]
    if low / 2 <= seconds <= 2 * high:
        return ()
    word = "short" if seconds < low else "long"
    return (f"{word} ({seconds:.2f} s; trained on {low:g} to {high:g} s)",)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1g} %"
