"""How a face moves through a take: one pose a frame."""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np

from corpus.made_up.styles import FACE_STYLES, FaceStyle

__all__ = ["Pose", "poses"]

BLINK_SECONDS = 0.16


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pose:
    """A face at one moment; the terms and units are those of `FaceStyle`.

    Attributes:
        mouth: Opening of the lips.
        nod: How far the features look down.
        turn: How far they look to the right of the picture.
        x, y: Where the head is against its usual place.
    """

    brow: float
    slant: float
    lids: float
    corners: float
    width: float
    mouth: float
    teeth: float
    crease: float
    tilt: float
    nod: float
    turn: float
    x: float
    y: float


def poses(
    style: FaceStyle,
    *,
    frames: int,
    fps: int,
    strength: float,
    draw: np.random.Generator,
) -> Iterator[Pose]:
    """Yield the poses of a take.

    The expression comes up from four fifths, holds, and falls back a little. The jaw
    moves at the style's own rate, not at the voice's: else a picture would tell
    which voice style goes with it.

    Args:
        style: How the face departs from rest.
        frames: Number of poses.
        fps: Poses a second.
        strength: Size of the expression: 1 is normal.
        draw: Random numbers of this take.
    """
    rest = FACE_STYLES["rest"]
    seconds = frames / fps
    begin, end = draw.uniform(0.06, 0.14) * seconds, draw.uniform(0.86, 0.94) * seconds
    rate = style.rate * draw.uniform(0.93, 1.07)
    phases = draw.uniform(0, 2 * math.pi, 4)
    home_x, home_y, home_tilt = draw.uniform(-1, 1, 3) * (0.06, 0.03, 1.2)
    jitter = {
        name: draw.uniform(0.92, 1.08) for name in ("brow", "slant", "lids", "corners")
    }
    blink = draw.uniform(0.1, 3.0)  # most takes are shorter than the way to a blink
    for frame in range(frames):
        time = (frame + 0.5) / fps
        shown = strength * _course(time / seconds)

        def blend(name: str, shown: float = shown) -> float:
            calm = getattr(rest, name)
            part = shown * jitter.get(name, 1.0)
            return calm + (getattr(style, name) - calm) * part

        talking = min(1.0, max(0.0, 8 * min(time - begin, end - time)))
        swing = 0.5 - 0.5 * math.cos(2 * math.pi * rate * (time - begin))
        swing *= 0.8 + 0.2 * math.sin(2.3 * time + phases[3])
        slow = [math.sin(2 * math.pi * 0.7 * time + phase) for phase in phases]
        yield Pose(
            brow=blend("brow") + 0.01 * slow[0] * style.sway,
            slant=blend("slant"),
            lids=max(0.0, blend("lids")) * _open(time - blink),
            corners=blend("corners"),
            width=blend("width") - 0.08 * swing * talking,
            mouth=max(0.0, blend("part") + talking * swing * blend("jaw")),
            teeth=blend("teeth"),
            crease=max(0.0, blend("crease")),
            tilt=blend("tilt") + home_tilt + 1.0 * slow[1] * style.sway,
            nod=blend("nod") + 0.012 * slow[2] * style.sway + 0.01 * swing * talking,
            turn=0.02 * slow[0] * style.sway,
            x=home_x + 0.02 * slow[1] * style.sway,
            y=home_y + 0.012 * slow[3] * style.sway,
        )


def _course(way: float) -> float:
    """Size of the expression over the take, from 0 to 1."""
    rise = min(1.0, way / 0.25)
    fall = min(1.0, (1 - way) / 0.2)
    return (0.8 + 0.2 * math.sin(0.5 * math.pi * rise)) * (0.85 + 0.15 * fall)


def _open(since: float) -> float:
    """How open the lids are a while after a blink began, from 0 to 1."""
    if not 0 <= since < BLINK_SECONDS:
        return 1.0
    return abs(2 * since / BLINK_SECONDS - 1)
