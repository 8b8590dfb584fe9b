import dataclasses
import pickle

import cv2
import numpy as np
import pytest

from corpus.made_up.cast import speaker
from corpus.made_up.face import Portrait
from corpus.made_up.motion import poses
from corpus.made_up.styles import FACE_STYLES
from corpus.problem import Problem
from visual_features import haar
from visual_features.haar import HaarDetector


@pytest.fixture(scope="module")
def drawn():
    """A drawn face, blue-green-red."""
    draw = np.random.default_rng(0)
    pose = next(poses(FACE_STYLES["rest"], frames=60, fps=30, strength=1, draw=draw))
    return Portrait(speaker(1, seed=0), size=(320, 240)).picture(pose)


def grey(picture):
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def test_a_drawn_face_is_found_where_it_is(drawn):
    x, y, width, height = HaarDetector().detect(grey(drawn))
    assert abs(x + width / 2 - 160) < 30 and abs(y + height / 2 - 120) < 40
    assert 60 < width == height < 220


def test_the_reference_is_opencvs_first_box(drawn):
    """Word for word the call of Beyene 2019 (appendix)."""
    beside = np.hstack([grey(drawn), grey(drawn)])
    file = cv2.data.haarcascades + "haarcascade_frontalface_default.xml"
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    boxes = cv2.CascadeClassifier(file).detectMultiScale(beside, 1.3, 5)
    cv2.setNumThreads(threads)
    assert len(boxes) == 2
    assert HaarDetector().detect(beside) == tuple(boxes[0])
    assert HaarDetector(choice="last").detect(beside) == tuple(boxes[-1])
    assert cv2.getNumThreads() == threads


def test_nothing_is_none():
    assert HaarDetector().detect(np.zeros((120, 160), np.uint8)) is None
    assert HaarDetector().detect(np.zeros((4, 4), np.uint8)) is None  # below 24x24


def test_faces_below_the_smallest_are_not_searched_for(drawn):
    assert HaarDetector(min_size=230).detect(grey(drawn)) is None


def test_which_box(monkeypatch):
    boxes = np.array([[1, 1, 20, 20], [5, 5, 40, 40], [9, 9, 30, 30]])

    class Cascade:
        def detectMultiScale(self, gray, **_):
            return boxes

    monkeypatch.setattr(haar, "_cascade", lambda name: Cascade())
    chosen = {
        choice: HaarDetector(choice=choice).detect(np.zeros((64, 64), np.uint8))
        for choice in ("first", "largest", "last")
    }
    assert chosen == {
        "first": (1, 1, 20, 20),
        "largest": (5, 5, 40, 40),
        "last": (9, 9, 30, 30),
    }


def test_an_unknown_cascade():
    with pytest.raises(Problem, match="no cascade 'ears'"):
        HaarDetector(cascade="ears").detect(np.zeros((64, 64), np.uint8))


def test_every_field_is_in_the_key():
    other = {
        "scale": 1.1,
        "neighbours": 3,
        "min_size": 100,
        "choice": "largest",
        "cascade": "haarcascade_frontalface_alt",
        "track": True,
        "luma": True,
        "recipe": 2,
    }
    assert other.keys() == {field.name for field in dataclasses.fields(HaarDetector)}
    keys = {HaarDetector(**{name: value}).key for name, value in other.items()}
    assert len(keys | {HaarDetector().key}) == len(other) + 1
    assert pickle.loads(pickle.dumps(HaarDetector())) == HaarDetector()


@pytest.mark.parametrize(
    "setting", [{"scale": 1.0}, {"neighbours": -1}, {"min_size": -1}, {"choice": "x"}]
)
def test_an_unknown_setting_is_one_sentence(setting):
    with pytest.raises(Problem):
        HaarDetector(**setting)


def test_every_actor_has_a_face(real_data):
    pictures = sorted((real_data / "ravdess_faces").glob("*.png"))
    for picture in pictures:
        gray = cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2GRAY)
        x, y, width, height = HaarDetector().detect(gray)
        assert 100 < x + width / 2 < 300 and 60 < y + height / 2 < 160, picture.name
    assert len(pictures) == 16
