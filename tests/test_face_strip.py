"""A strip of faces: which, how large, and when."""

import cv2
import numpy as np
import pytest

from visual_features.face_strip import face_strip
from visual_features.faces import FaceTrack


def track(count, *, size=4, colour=False):
    """Frame n is filled with n; every tenth has no face."""
    shape = (count, size, size, 3) if colour else (count, size, size)
    crops = np.broadcast_to(
        np.arange(count, dtype=np.uint8).reshape(-1, *[1] * (len(shape) - 1)), shape
    )
    numbers = np.arange(count)
    return FaceTrack(crops, numbers / 10, numbers % 10 != 5)


def picture(strip):
    return cv2.imdecode(np.frombuffer(strip.png, np.uint8), cv2.IMREAD_UNCHANGED)


def test_faces_stand_in_the_middle_of_equal_parts():
    strip = face_strip(track(81), count=8)
    assert strip.time.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]
    assert not strip.found.any()
    drawn = picture(strip)
    assert drawn.shape == (4, 32)
    assert drawn[0, ::4].tolist() == [5, 15, 25, 35, 45, 55, 65, 75]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_short_take_has_as_many_faces_as_frames(count):
    strip = face_strip(track(count), count=8)
    assert len(strip.time) == len(strip.found) == count
    assert (np.diff(strip.time) >= 0).all()
    assert picture(strip).shape == (4, 4 * count)


def test_colours_are_those_that_were_seen_and_large_crops_shrink():
    crops = np.zeros((2, 224, 224, 3), np.uint8)
    crops[..., 2] = 200  # red: OpenCV's order, as in the face store
    strip = face_strip(FaceTrack(crops, np.array([0.0, 0.1]), np.array([True, True])))
    drawn = picture(strip)
    assert drawn.shape == (96, 192, 3)
    assert drawn[0, 0].tolist() == [0, 0, 200]
