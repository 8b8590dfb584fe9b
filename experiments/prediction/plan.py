"""What is to be asked of each clip: the whole of it, or its windows one by one."""

import dataclasses
import itertools
import math
from collections.abc import Mapping

import numpy as np

from corpus.problem import Problem
from embeddings.backbone import Backbone
from experiments.prediction.clips import Look
from experiments.prediction.pieces import Piece, piece_of

__all__ = ["STRETCHES", "Part", "parts_of", "stretches_of", "windows_of"]

BLOCK = 10.0  # seconds of a long video that are decoded at a time
STRETCHES = 10  # at most, that a clip is cut into to see which of them moved its answer
SHORTEST = 0.2  # of them, in seconds


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """A clip, or a window of it: what is fed to heads at once.

    Attributes:
        look: What is known of the clip.
        start: In seconds.
        end: In seconds.
        windowed: Whether it is one of several windows.
        pieces: By modality what is embedded for it, in order of time; of a window some
            may reach beyond it.
        silenced: By stretch, the sound with that stretch silenced.
    """

    look: Look
    start: float
    end: float
    windowed: bool
    pieces: Mapping[str, tuple[Piece, ...]]
    silenced: Mapping[tuple[float, float], Piece] = dataclasses.field(
        default_factory=dict
    )


def windows_of(seconds: float, window: float, hop: float) -> list[tuple[float, float]]:
    """Return the windows of a recording, from when to when, in seconds.

    The last one may be shorter, down to half a window; a shorter rest is left out,
    unless it is all there is.

    Raises:
        Problem: If window or hop is not above 0.
    """
    if not (window > 0 and hop > 0 and math.isfinite(window + hop)):
        raise Problem(
            f"a window and its hop are seconds above 0, not {window:g} and {hop:g}."
        )
    count = max(1, math.floor((seconds - window / 2) / hop + 1e-9) + 1)
    starts = [number * hop for number in range(count)]
    return [(start, min(start + window, seconds)) for start in starts]


def stretches_of(seconds: float) -> list[tuple[float, float]]:
    """Return the equal stretches that a clip is cut into, from when to when."""
    count = min(STRETCHES, max(2, round(seconds / SHORTEST)))
    edges = np.linspace(0, seconds, count + 1).round(3).tolist()
    return list(itertools.pairwise(edges))


def parts_of(
    look: Look,
    backbones: Mapping[str, Backbone],
    *,
    window: float | None,
    hop: float | None,
    explain: bool,
) -> list[Part]:
    """Return what is to be asked of one clip.

    Args:
        look: What is known of it.
        backbones: By modality, those that are asked.
        window: Length of a window, in seconds; None for the whole clip at once.
        hop: From one window's start to the next one's.
        explain: Whether to see what moved the answer; of whole clips.
    """
    media = {name: look.media[name] for name in backbones if name in look.media}
    if window is None:
        pieces = {name: (piece_of(medium),) for name, medium in media.items()}
        silenced = {}
        if explain and "audio" in media:
            silenced = {
                stretch: piece_of(media["audio"], hidden=stretch)
                for stretch in stretches_of(look.seconds)
            }
        return [
            Part(
                look=look,
                start=0.0,
                end=look.seconds,
                windowed=False,
                pieces=pieces,
                silenced=silenced,
            )
        ]
    blocks = {}
    if "visual" in media and _frame_by_frame(backbones["visual"]):
        medium = media["visual"]
        edges = np.arange(0, medium.seconds, BLOCK).tolist()
        blocks["visual"] = [
            piece_of(medium, start, start + BLOCK if start != edges[-1] else math.inf)
            for start in edges
        ]
    parts = []
    for start, end in windows_of(look.seconds, window, hop):
        pieces = {}
        for name, medium in media.items():
            if start >= medium.seconds:
                continue
            if name in blocks:
                over = [b for b in blocks[name] if b.start < end and b.end > start]
                pieces[name] = tuple(over)
            else:
                pieces[name] = (piece_of(medium, start, end),)
        parts.append(
            Part(look=look, start=start, end=end, windowed=True, pieces=pieces)
        )
    return parts


def _frame_by_frame(backbone: Backbone) -> bool:
    """Say whether a picture's embeddings are of one frame each, whatever stands beside.

    Then frames are embedded once, and windows that overlap share them.
    """
    return backbone.spec.preprocessing.get("frames", "all") == "all"
