import dataclasses
import pickle

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from visual_features.face_view import FaceView

# Each pixel tells its row and column.
ROWS, COLUMNS = 40, 60
FRAME = np.dstack([*np.indices((ROWS, COLUMNS)), np.zeros((ROWS, COLUMNS))])
FRAME = FRAME.astype(np.uint8)


@given(
    st.integers(0, 40),
    st.integers(0, 20),
    st.integers(1, 20),
    st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.5]),
)
def test_a_margin_is_added_on_all_sides_and_the_border_repeated(x, y, side, margin):
    added = round(margin * side)
    view = FaceView(size=side + 2 * added, colour="bgr", margin=margin)
    crop = view.cut(FRAME, FRAME[..., 0], (x, y, side, side))
    rows = np.clip(np.arange(y - added, y + side + added), 0, ROWS - 1)
    columns = np.clip(np.arange(x - added, x + side + added), 0, COLUMNS - 1)
    np.testing.assert_array_equal(crop, FRAME[np.ix_(rows, columns)])


def test_the_full_frame_has_no_margin():
    for colour in ("gray", "bgr"):
        plain, wide = (FaceView(colour=colour, margin=margin) for margin in (0.0, 1.0))
        gray = FRAME[..., 0]
        np.testing.assert_array_equal(
            plain.cut(FRAME, gray, None), wide.cut(FRAME, gray, None)
        )


def test_jpeg_passes_are_the_thesis_files(tmp_path):
    """Beyene 2019, appendix: crop, write, read, resize, write; then read as grey."""
    rng = np.random.default_rng(0)
    frame = cv2.GaussianBlur(
        rng.integers(0, 256, (240, 320, 3), dtype=np.uint8), (0, 0), 4
    )
    frame = cv2.normalize(frame, None, 0, 255, cv2.NORM_MINMAX)
    gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    view, file = FaceView(jpeg_passes=2), str(tmp_path / "frame.jpg")
    for box in ((40, 30, 150, 150), None):
        written = frame
        if box:
            x, y, w, h = box
            cv2.imwrite(file, gray[y : y + h, x : x + w])
            written = cv2.imread(file)
        cv2.imwrite(file, cv2.resize(written, (48, 48)))
        want = cv2.cvtColor(cv2.imread(file), cv2.COLOR_BGR2GRAY)
        np.testing.assert_array_equal(view.cut(frame, gray, box), want)
        assert (FaceView().cut(frame, gray, box) != want).any()


def test_every_field_is_in_the_key():
    other = {
        "size": 64,
        "colour": "bgr",
        "interpolation": "area",
        "no_face": "drop",
        "jpeg_passes": 2,
        "margin": 0.5,
        "recipe": 2,
    }
    assert other.keys() == {field.name for field in dataclasses.fields(FaceView)}
    keys = {FaceView(**{name: value}).key for name, value in other.items()}
    assert len(keys | {FaceView().key}) == len(other) + 1
    assert pickle.loads(pickle.dumps(FaceView())) == FaceView()


@pytest.mark.parametrize(
    "setting",
    [
        {"colour": "grey"},
        {"no_face": "guess"},
        {"interpolation": "nearest"},
        {"jpeg_passes": 1},
        {"size": 0},
        {"margin": -0.1},
        {"margin": 5},
        {"margin": float("nan")},
    ],
)
def test_an_unknown_setting_is_one_sentence(setting):
    with pytest.raises(Problem):
        FaceView(**setting)
