"""Pieces of clips, as the extraction takes them: read, looked over, and embedded.

A piece is a sample like any other (embeddings.store.Source), of a whole clip or of a
stretch of it. Its name in the store is made of the file's hash, so that the same
recording is embedded once, under whatever name it comes.

What is noticed on the way is kept beside the embeddings, one number a row: `level`
(loudness, dB below full scale), `clipped` (share of samples at full scale), `seconds`;
`faces` (how many a frame has) and `coverage` (share of all frames that have one).
"""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform, read_waveform
from embeddings.backbone import Backbone, Examples
from embeddings.store import Source
from experiments.prediction.clips import Medium
from visual_features.face_store import Shelf
from visual_features.faces import FaceTrack, face_tracks
from visual_features.haar import Box

__all__ = [
    "CORPUS",
    "Piece",
    "PrepareFaces",
    "check_unchanged",
    "face_track",
    "piece_of",
    "prepare_sound",
]

CORPUS = "clips"  # the store's folder
FADE = 0.01  # of a silence, in seconds: a step would be heard as a click
FULL_SCALE = 32_767 / 32_768 - 1e-6
FAINTEST = 1e-6  # of a level


@dataclasses.dataclass(frozen=True, kw_only=True)
class Piece(Source):
    """A clip's sound or picture, or a stretch of it.

    Attributes:
        start: In seconds from the beginning of the file.
        end: Where it ends; infinite for all that is left.
        hidden: A stretch that is not to be heard, in seconds of the file; None for
            none. Of sound only.
        stamp: Size and time of change of the file that was hashed.
    """

    start: float = 0.0
    end: float = math.inf
    hidden: tuple[float, float] | None = None
    stamp: tuple[int, int] = (0, 0)


def piece_of(
    medium: Medium,
    start: float = 0.0,
    end: float = math.inf,
    *,
    hidden: tuple[float, float] | None = None,
) -> Piece:
    """Return a piece of a medium; see `Piece`."""
    words = [medium.sha256[:16]]
    if start or math.isfinite(end):
        words += [_thousandths(start), _thousandths(end)]
    if hidden:
        words += ["without", *map(_thousandths, hidden)]
    return Piece(
        take="_".join(words),
        corpus=CORPUS,
        file=medium.file,
        sha256=medium.sha256,
        start=start,
        end=end,
        hidden=hidden,
        stamp=medium.stamp,
    )


def _thousandths(seconds: float) -> str:
    return "end" if math.isinf(seconds) else f"{round(1000 * seconds):08d}"


def check_unchanged(piece: Piece) -> None:
    """See that a piece's file is the one that was hashed; a long one is not read anew.

    Raises:
        Problem: If it is gone or changed.
    """
    try:
        told = piece.file.stat()
    except OSError:
        told = None
    if told is None or (told.st_size, told.st_mtime_ns) != piece.stamp:
        raise Problem(f"{piece.file} changed while it was worked on; run this again.")


def prepare_sound(piece: Piece, backbones: Sequence[Backbone]) -> list[Examples]:
    """Read a piece's sound and prepare it for each backbone.

    Raises:
        Problem: If there is no sound that can be read.
    """
    waveform = read_waveform(piece.file, start=piece.start, end=piece.end)
    samples = waveform.samples
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    noticed = {
        "level": 10 * math.log10(max(power, FAINTEST**2)),
        "clipped": float(np.mean(np.abs(samples) >= FULL_SCALE)),
        "seconds": waveform.seconds,
    }
    if piece.hidden:
        first, last = (at - piece.start for at in piece.hidden)
        waveform = silenced(waveform, first, last)
    return [_with(backbone.prepare(waveform), noticed) for backbone in backbones]


def silenced(waveform: Waveform, start: float, end: float) -> Waveform:
    """Return a waveform with silence from a time to a time, both in seconds."""
    time = (np.arange(len(waveform.samples)) + 0.5) / waveform.rate
    outside = np.maximum(start - time, time - end)
    gain = np.clip(outside / FADE + 0.5, 0, 1).astype(np.float32)
    return Waveform(waveform.samples * gain[:, None], waveform.rate)


@dataclasses.dataclass(frozen=True)
class PrepareFaces:
    """Finds the faces of a piece, cuts them for backbones, and counts them; picklable.

    Attributes:
        store: Root of a face store.
    """

    store: Path

    def __call__(self, piece: Piece, backbones: Sequence[Backbone]) -> list[Examples]:
        """Prepare a piece's faces for each backbone.

        Raises:
            Problem: If the video cannot be read, or a view needs a face and none is
                there.
        """
        return [self._prepare(piece, backbone) for backbone in backbones]

    def _prepare(self, piece: Piece, backbone: Any) -> Examples:
        counting = _Counting(backbone.detector)
        track = face_track(piece, backbone, self.store, detector=counting)
        examples = backbone.prepare(track)
        stored = Shelf(
            folder=self.store / f"{counting.name}-{counting.key}",
            corpus=piece.corpus,
            take=piece.take,
            source_sha256=piece.sha256,
        ).read("found", "time")
        if stored is None:
            return examples
        found, counts = stored["found"], np.array(counting.counts)
        if len(counts) != len(found):  # found earlier, and not counted now
            counts = found.astype(int)
        at = np.searchsorted(stored["time"], examples.time - 1e-6).clip(
            max=len(found) - 1
        )
        extra = {**examples.extra, "faces": counts[at]}
        examples = dataclasses.replace(examples, extra=extra)
        # A network that looks for faces by itself says of each frame if it had one.
        own = examples.extra.get("found")
        seen = own if own is not None and len(own) == len(found) else found
        return _with(examples, {"coverage": float(seen.mean())})


def face_track(
    piece: Piece, backbone: Any, store: Path, *, detector: Any = None
) -> FaceTrack:
    """Return a piece's faces as a backbone sees them; times are those of the file.

    Args:
        piece: Of a picture.
        backbone: With a `view` and a `detector`.
        store: Root of the face store.
        detector: In the backbone's stead.

    Raises:
        Problem: If the video cannot be read, or no face is in it.
    """
    return face_tracks(
        piece.file,
        take=piece.take,
        corpus=piece.corpus,
        source_sha256=piece.sha256,
        detector=detector or backbone.detector,
        views=[backbone.view],
        store=store,
        start=piece.start,
        end=piece.end,
    )[backbone.view]


class _Counting:
    """A detector that also notes how many faces it saw, frame by frame."""

    def __init__(self, detector: Any) -> None:
        self._detector, self.counts = detector, []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._detector, name)

    def detect(self, gray: np.ndarray, *last: Box | None) -> Box | None:
        if not hasattr(self._detector, "boxes"):  # it finds one, or none
            box = self._detector.detect(gray, *last)
            self.counts.append(int(box is not None))
            return box
        boxes = self._detector.boxes(gray, *last)
        self.counts.append(len(boxes))
        return self._detector.choose(boxes)


def _with(examples: Examples, noticed: dict[str, float]) -> Examples:
    """Return examples with what was noticed beside each row."""
    rows = len(examples.time)
    more = {name: np.full(rows, value) for name, value in noticed.items()}
    return dataclasses.replace(examples, extra={**examples.extra, **more})
