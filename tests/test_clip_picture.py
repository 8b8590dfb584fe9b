"""A clip's picture: there is one of whatever there is to be seen."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.clip_picture import _apart, clip_picture
from evaluation.timeline import Timeline
from experiments.prediction.answers import Moment

LABELS = ("anger", "fear", "neutral")


def timeline(points, systems=("audio", "stacked")):
    rng = np.random.default_rng(points)
    time = np.linspace(0.1, 2.0, points)
    return Timeline(
        "a",
        LABELS,
        dict.fromkeys(systems, time),
        {name: rng.dirichlet(np.ones(3), size=points) for name in systems},
    )


def strip(count):
    row = np.concatenate([np.full((48, 48), 40 * n, np.uint8) for n in range(count)], 1)
    return cv2.imencode(".png", row)[1].tobytes()


MOMENTS = [
    Moment(start=0, end=1, sound=0.2, faces=-0.1, both=0.1, becomes="fear"),
    Moment(start=1, end=2, sound=0.0, faces=None, both=0.0, becomes="anger"),
]


def size(**content):
    png = clip_picture("clip.mp4: fear", end=2.0, note="Posed emotions.", **content)
    from matplotlib.image import imread

    return imread(io.BytesIO(png)).shape[:2]


def test_each_thing_has_its_room():
    bare = size(timeline=timeline(5))
    for more in (
        {"timeline": timeline(5, ("audio", "visual", "stacked"))},
        {"timeline": timeline(5), "faces": strip(3), "face_times": (0.2, 1.0, 1.7)},
        {"timeline": timeline(5), "moments": MOMENTS},
    ):
        assert size(**more)[0] > bare[0] and size(**more)[1] == bare[1]


@pytest.mark.parametrize(
    "content",
    [
        {"timeline": None, "moments": MOMENTS},
        {"timeline": timeline(1)},
        {"timeline": timeline(4), "faces": strip(1), "face_times": (1.9,)},
    ],
)
def test_little_is_enough(content):
    assert size(**content)[0] > 100


def test_the_same_answer_is_the_same_picture():
    one, two = (
        clip_picture("a", timeline=timeline(9), end=2.0, moments=MOMENTS)
        for _ in range(2)
    )
    assert one == two


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_names_stand_apart_and_in_order(places):
    moved = _apart(places)
    order = np.argsort(places, kind="stable")
    gaps = np.diff(np.array(moved)[order])
    assert (gaps >= 0.15 - 1e-9).all() and max(moved) <= 1 + 1e-9
