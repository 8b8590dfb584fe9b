import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from visual_features.centre import CentreDetector


@given(st.integers(1, 80), st.integers(1, 80), st.floats(0.01, 1))
def test_a_square_in_the_middle_within_the_frame(height, width, share):
    gray = np.zeros((height, width), np.uint8)
    x, y, across, down = CentreDetector(share=share).detect(gray)
    assert across == down == max(1, round(share * min(height, width)))
    assert 0 <= (width - across) - 2 * x <= 1
    assert 0 <= (height - down) - 2 * y <= 1


def test_all_of_a_square_frame():
    assert CentreDetector().detect(np.zeros((48, 48), np.uint8)) == (0, 0, 48, 48)


def test_every_field_is_in_the_key():
    other = {"share": 0.5, "recipe": 2}
    assert other.keys() == {field.name for field in dataclasses.fields(CentreDetector)}
    keys = {CentreDetector(**{name: value}).key for name, value in other.items()}
    assert len(keys | {CentreDetector().key}) == len(other) + 1
    assert pickle.loads(pickle.dumps(CentreDetector())) == CentreDetector()


@pytest.mark.parametrize("share", [0, -1, 1.01, float("nan")])
def test_a_share_beyond_the_frame_is_one_sentence(share):
    with pytest.raises(Problem, match="above 0 and at most 1"):
        CentreDetector(share=share)


def test_the_centre_holds_the_face_of_every_actor(real_data):
    import cv2

    from visual_features.haar import HaarDetector

    for picture in sorted((real_data / "ravdess_faces").glob("*.png")):
        gray = cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2GRAY)
        x, y, width, height = CentreDetector().detect(gray)
        left, top, across, down = HaarDetector().detect(gray)
        assert x <= left and left + across <= x + width, picture.name
        assert y <= top and top + down <= y + height, picture.name
