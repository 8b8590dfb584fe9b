"""Our search of a cascade is OpenCV's, window by window."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talking_heads import pictures

from corpus.sight import iterate_frames
from visual_features.cascade import Cascade
from visual_features.haar import HaarDetector

FILES = {file.stem: file for file in Path(cv2.data.haarcascades).glob("*.xml")}
FACE = "haarcascade_frontalface_default"
OURS = {name: Cascade.read(file) for name, file in FILES.items()}


@pytest.fixture(autouse=True)
def one_thread():
    """Of several, OpenCV lists boxes in any order."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(threads)


def grey(picture):
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def heads(width, height):
    return grey(next(pictures(size=(width, height))))


def clipped(boxes, picture):
    height, width = picture.shape
    return [(x, y, min(w, width - x), min(h, height - y)) for x, y, w, h in boxes]


def by_opencv(name, picture, *, scale, neighbours=0, least=0):
    search = cv2.CascadeClassifier(str(FILES[name]))
    found = search.detectMultiScale(picture, scale, neighbours, minSize=(least, least))
    return [tuple(map(int, box)) for box in found]


def same(name, picture, **how):
    """Assert that both list the same windows; return how many there are."""
    found = clipped(OURS[name].candidates(picture, **how), picture)
    assert found == by_opencv(name, picture, **how)
    return len(found)


READ = sorted(name for name, cascade in OURS.items() if cascade)


@pytest.mark.parametrize("name", READ)
def test_all_windows_are_opencvs(name):
    two = np.hstack([heads(320, 240), heads(320, 240)[:, ::-1]])
    noise = np.random.default_rng(0).integers(0, 256, (150, 170), np.uint8)
    for picture in (two, cv2.resize(two, (333, 111)), noise, two // 40):
        same(name, picture, scale=1.1)
        same(name, picture, scale=1.3)


def test_there_are_windows_to_compare():
    assert same(FACE, heads(640, 360), scale=1.3) > 20
    assert same(FACE, heads(640, 360), scale=1.05, least=100) > 20


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(20, 200),
    height=st.integers(20, 160),
    scale=st.sampled_from([1.05, 1.1, 1.3, 2.0, 2.7]),
    least=st.sampled_from([0, 30, 64]),
    contrast=st.floats(0, 3),
    seed=st.integers(0, 99),
)
def test_any_size_scale_and_contrast(width, height, scale, least, contrast, seed):
    draw = np.random.default_rng(seed)
    picture = heads(200, 160)[:height, :width] * contrast
    picture = picture + draw.normal(0, 4, picture.shape)
    same(FACE, np.clip(picture, 0, 255).astype(np.uint8), scale=scale, least=least)


@pytest.mark.parametrize("at", ["left", "top", "right", "bottom"])
def test_faces_at_an_edge_are_merged_and_cut_off_as_by_opencv(at):
    whole = heads(400, 300)
    x, y, side, _ = HaarDetector().detect(whole)
    cut = {
        "left": whole[:, x + 2 :],
        "top": whole[y + 2 :],
        "right": whole[:, : x + side - 2],
        "bottom": whole[: y + side - 2],
    }[at]
    for trim in range(0, 12, 3):
        picture = np.ascontiguousarray(cut[: len(cut) - trim, : cut.shape[1] - trim])
        for neighbours in (0, 2, 5):
            boxes = HaarDetector(neighbours=neighbours).boxes(picture)
            wanted = by_opencv(FACE, picture, scale=1.3, neighbours=neighbours)
            assert boxes == wanted


def test_a_picture_that_is_a_part_or_cannot_be_written():
    whole = heads(320, 240)
    part = whole[10:230, 20:310]
    assert same(FACE, part, scale=1.3)
    part.flags.writeable = False
    assert same(FACE, part, scale=1.3)


def test_a_large_picture_after_a_small_one_and_before():
    sizes = (80, 60), (900, 500), (80, 60), (330, 240)
    for width, height in sizes:
        same(FACE, heads(width, height), scale=1.3)


def test_cascades_of_other_kinds_are_opencvs():
    """Trees, tilted features; the format of 2001 none ships any more."""
    for name in ("haarcascade_frontalface_alt2", "haarcascade_smile"):
        assert OURS[name] is None
        picture = heads(320, 240)
        boxes = HaarDetector(cascade=name, track=True).boxes(picture, (90, 60, 90, 90))
        assert boxes == by_opencv(name, picture, scale=1.3, neighbours=5)


@pytest.mark.slow
@pytest.mark.data
def test_the_original_clip(real_data):
    (clip,) = (real_data / "ravdess_originals").glob("01-*.mp4")
    for frame in iterate_frames(clip):
        assert same(FACE, grey(frame.pixels), scale=1.3) > 20
