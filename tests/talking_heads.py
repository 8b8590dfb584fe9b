"""Clips of drawn talking heads in the shapes that cameras and editors leave."""

from fractions import Fraction

import av
import numpy as np

from corpus.made_up.cast import speaker
from corpus.made_up.face import Portrait
from corpus.made_up.motion import poses
from corpus.made_up.styles import FACE_STYLES


def pictures(frames=8, *, size=(320, 240), lost=(), number=1, move=2):
    """Yield pictures of a head going right, blue-green-red; grey where it is lost."""
    portrait = Portrait(speaker(number, seed=0), size=size)
    draw = np.random.default_rng(number)
    moved = poses(FACE_STYLES["rest"], frames=60, fps=30, strength=1, draw=draw)
    for place, pose in zip(range(frames), moved, strict=False):
        picture = np.roll(portrait.picture(pose), move * place, axis=1)
        yield np.full_like(picture, 90) if place in lost else picture


def write_clip(
    path, shown, *, coding="yuv420p", stamps=None, turn=0, base=Fraction(1, 30)
):
    """Write pictures as H.264.

    Args:
        path: An mp4, or an mkv for stamps of any distance.
        shown: Pictures, blue-green-red.
        coding: "yuvj420p" for levels of the full range, "yuv444p" for odd sizes.
        stamps: When each is shown, in `base`.
        turn: Degrees by which a player is to turn it.
        base: Of the stamps.
    """
    shown = list(shown)
    height, width, _ = shown[0].shape
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "4"}
        stream = container.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, coding
        stream.codec_context.time_base = base
        if turn:
            stream.set_display_rotation(turn)
        for stamp, picture in zip(stamps or range(len(shown)), shown, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format=coding)
            frame.pts, frame.time_base = stamp, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def clips(folder):
    """Write one clip of each kind; return their paths by kind."""
    frames = list(pictures())
    two = [np.hstack([one, one]) for one in frames]
    turned = [np.ascontiguousarray(np.rot90(one, -1)) for one in frames]
    odd = [one[:237, :315] for one in frames]
    uneven = {
        "stamps": [0, 33, 100, 600, 633, 700, 733, 900],
        "base": Fraction(1, 1000),
    }
    return {
        kind: write_clip(folder / f"{kind}.{suffix}", shown, **how)
        for kind, suffix, shown, how in (
            ("plain", "mp4", frames, {}),
            ("lost face", "mp4", pictures(lost=(0, 1, 4)), {}),
            ("two faces", "mp4", two, {}),
            ("uneven times", "mkv", frames, uneven),
            ("odd size", "mp4", odd, {"coding": "yuv444p"}),
            ("turned", "mp4", turned, {"turn": 90}),
            ("full range", "mp4", frames, {"coding": "yuvj420p"}),
        )
    }


def overlaps(boxes, others):
    """Return intersection over union of boxes, one each a frame."""
    boxes, others = np.array(boxes), np.array(others)
    least = np.maximum(boxes[:, :2], others[:, :2])
    most = np.minimum(boxes[:, :2] + boxes[:, 2:], others[:, :2] + others[:, 2:])
    common = np.maximum(most - least, 0).prod(axis=1)
    areas = boxes[:, 2:].prod(axis=1) + others[:, 2:].prod(axis=1)
    return common / (areas - common)
