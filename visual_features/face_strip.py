"""A take's faces in one picture: a few of its crops, evenly over time, side by side."""

import dataclasses

import numpy as np

from visual_features.faces import FaceTrack
from visual_features.frames import linspace

__all__ = ["FaceStrip", "face_strip"]

LARGEST = 96  # side of a face, in pixels


@dataclasses.dataclass(frozen=True)
class FaceStrip:
    """Faces of one take.

    Attributes:
        png: The picture, the earliest face on the left; all are squares of one size.
        time: Shape (faces,), seconds since the first frame.
        found: Shape (faces,), bool; False where the view had to do without a face.
    """

    png: bytes
    time: np.ndarray
    found: np.ndarray


def face_strip(track: FaceTrack, *, count: int = 8) -> FaceStrip:
    """Draw the faces that a network was shown.

    Args:
        track: A take's faces.
        count: How many at most. They stand in the middle of as many equal parts of
            the take, so that a strip as wide as a time axis agrees with it.
    """
    import cv2

    count = min(count, len(track.time))
    # Of 2n + 1 points evenly over the take, every second one is the middle of a part.
    chosen = linspace(len(track.time), 2 * count + 1)[1::2]
    faces = list(track.crops[chosen])
    if faces[0].shape[0] > LARGEST:
        side = (LARGEST, LARGEST)
        faces = [cv2.resize(face, side, interpolation=cv2.INTER_AREA) for face in faces]
    _done, png = cv2.imencode(".png", np.concatenate(faces, axis=1))
    return FaceStrip(png.tobytes(), track.time[chosen], track.found[chosen])
