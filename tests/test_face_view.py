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


@given(st.integers(0, 40), st.integers(0, 25), st.integers(2, 15))
def test_the_box_is_drawn_before_the_crop(x, y, side):
    """Brambilla 2020: `cv2.rectangle(img, (x, y), (x+w, y+h), ...)`, then the crop."""
    drawn = FRAME.copy()
    cv2.rectangle(drawn, (x, y), (x + side, y + side), (255, 255, 255), 1)
    box, gray = (x, y, side, side), FRAME[..., 0]
    view = FaceView(size=side, colour="bgr", draw_box=True)
    want = drawn[y : y + side, x : x + side]
    np.testing.assert_array_equal(view.cut(FRAME, gray, box), want)
    assert (want[0] == 255).all() and (want[:, 0] == 255).all()
    assert (want[1:, 1:] == FRAME[y + 1 : y + side, x + 1 : x + side]).all()
    plain = dataclasses.replace(view, draw_box=False)
    np.testing.assert_array_equal(
        view.cut(FRAME, gray, box, found=False), plain.cut(FRAME, gray, box)
    )


def test_a_drawn_box_is_whole_within_a_margin():
    view = FaceView(size=20, margin=0.5, draw_box=True)
    crop = view.cut(FRAME, FRAME[..., 0], (20, 10, 10, 10))
    rows, columns = np.nonzero(crop == 255)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 15, 5, 15)
    assert len(rows) == 40
    assert (FRAME != 255).all()  # which the others cut from, too


def test_zeros_stand_for_a_frame_without_a_face():
    for view in (FaceView(no_face="zeros"), FaceView(no_face="zeros", colour="bgr")):
        crop = view.cut(FRAME, FRAME[..., 0], None)
        assert crop.shape == view.shape and crop.dtype == np.uint8 and not crop.any()
        assert view.cut(FRAME, FRAME[..., 0], (5, 5, 9, 9)).any()


def test_later_fields_are_in_the_key_only_where_they_change_something():
    assert FaceView(width=None, draw_box=False).key == FaceView().key == "4ee0dc6d"
    assert FaceView(size=240, width=320).name == "gray320x240"


def test_every_field_is_in_the_key():
    other = {
        "size": 64,
        "colour": "bgr",
        "interpolation": "area",
        "no_face": "drop",
        "jpeg_passes": 2,
        "margin": 0.5,
        "width": 64,
        "draw_box": True,
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
        {"width": 0},
        {"margin": -0.1},
        {"margin": 5},
        {"margin": float("nan")},
    ],
)
def test_an_unknown_setting_is_one_sentence(setting):
    with pytest.raises(Problem):
        FaceView(**setting)


def test_of_a_box_three_times_as_large_as_its_crop_the_line_is_lost():
    frame = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    views = [FaceView(colour="bgr", draw_box=drawn) for drawn in (False, True)]
    for side, same in ((144, True), (96, False)):
        crops = [view.cut(frame, frame[..., 0], (9, 9, side, side)) for view in views]
        assert np.array_equal(*crops) == same
