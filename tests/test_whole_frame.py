import dataclasses
import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from visual_features.face_view import FaceView
from visual_features.whole_frame import WholeFrame


@given(st.integers(1, 80), st.integers(1, 80))
def test_all_of_a_frame_is_the_box(height, width):
    assert WholeFrame().detect(np.zeros((height, width), np.uint8)) == (
        *(0, 0, width, height),
    )


def test_a_view_squeezes_it():
    """Coppola et al. 2024: `cv2.resize(frame, (320, 240))` of a film of 16:9."""
    import cv2

    frame = np.random.default_rng(0).integers(0, 256, (72, 128, 3), dtype=np.uint8)
    gray = frame[..., 0]
    view = FaceView(size=240, width=320, colour="bgr")
    crop = view.cut(frame, gray, WholeFrame().detect(gray))
    np.testing.assert_array_equal(crop, cv2.resize(frame, (320, 240)))
    assert crop.shape == view.shape == (240, 320, 3)


def test_every_field_is_in_the_key():
    assert [field.name for field in dataclasses.fields(WholeFrame)] == ["recipe"]
    assert WholeFrame(recipe=2).key != WholeFrame().key
    assert pickle.loads(pickle.dumps(WholeFrame())) == WholeFrame()
