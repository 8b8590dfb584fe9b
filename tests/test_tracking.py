import cv2
import numpy as np
import pytest
from talking_heads import overlaps, pictures

from corpus.sight import iterate_frames
from visual_features import tracking
from visual_features.haar import HaarDetector

FULL, TRACKED = HaarDetector(), HaarDetector(track=True)


def grey(picture):
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def follow(detector, shown):
    """The boxes of pictures in turn, each search knowing the last box."""
    boxes, last = [], None
    for picture in shown:
        box = detector.detect(picture, last)
        last = box or last
        boxes.append(box)
    return boxes


@pytest.fixture
def full_searches(monkeypatch):
    """How often a whole picture was searched."""
    searched = []
    original = tracking.boxes_near

    def counted(*args, **how):
        found = original(*args, **how)
        searched.append(not found)
        return found

    monkeypatch.setattr("visual_features.haar.boxes_near", counted)
    return searched


def test_a_tracked_face_has_the_box_of_the_full_search(full_searches):
    shown = [grey(one) for one in pictures(30, size=(640, 360), move=3)]
    full, tracked = follow(FULL, shown), follow(TRACKED, shown)
    equal = [one == other for one, other in zip(full, tracked, strict=True)]
    assert np.mean(equal) > 0.9
    assert overlaps(full, tracked).min() > 0.9
    assert len(full_searches) == len(shown) - 1 and not any(full_searches)


def test_a_lost_face_is_searched_for_everywhere(full_searches):
    face = grey(next(pictures(size=(640, 360))))
    away = np.roll(face, 130, axis=1)
    nothing = np.full_like(face, 90)
    tracked = follow(TRACKED, [face, away, nothing, away])
    assert tracked == [FULL.detect(one) for one in (face, away, nothing, away)]
    assert tracked[1] and full_searches == [True, True, False]


def test_the_last_box_matters_to_none_that_does_not_track():
    face = grey(next(pictures()))
    assert FULL.detect(face, (0, 0, 90, 90)) == FULL.detect(face)


def test_boxes_at_an_edge_or_larger_than_the_picture_are_no_mistake():
    face = grey(next(pictures()))
    for last in ((0, 0, 30, 30), (300, 220, 90, 90), (-9, -9, 2000, 2000)):
        assert TRACKED.detect(face, last) == FULL.detect(face)
    assert TRACKED.detect(np.zeros((30, 30), np.uint8), (0, 0, 24, 24)) is None


def test_another_scale_and_fewer_neighbours():
    face = grey(next(pictures(size=(640, 360))))
    for how in ({"scale": 1.1}, {"neighbours": 3}, {"neighbours": 9, "scale": 1.2}):
        box = HaarDetector(**how).detect(face)
        tracked = HaarDetector(track=True, **how).detect(face, box)
        assert overlaps([box], [tracked])[0] > 0.9


def test_a_smallest_face_as_a_share_of_the_picture():
    face = grey(next(pictures()))
    _, _, side, _ = FULL.detect(face)
    for share, found in ((0.9 * side / 240, True), (1.5 * side / 240, False)):
        by_share = HaarDetector(min_size=share).detect(face)
        assert by_share == HaarDetector(min_size=round(share * 240)).detect(face)
        assert (by_share is not None) == found
    assert HaarDetector(min_size=150.0).key == HaarDetector(min_size=150).key


@pytest.mark.slow
@pytest.mark.data
def test_the_original_clip(real_data):
    (clip,) = (real_data / "ravdess_originals").glob("01-*.mp4")
    shown = [grey(frame.pixels) for frame in iterate_frames(clip)]
    full = follow(FULL, shown)
    for how in ({"min_size": 150}, {"min_size": 0.2}):
        assert follow(HaarDetector(**how), shown) == full
    tracked = follow(TRACKED, shown)
    equal = [one == other for one, other in zip(full, tracked, strict=True)]
    assert np.mean(equal) > 0.9
    assert overlaps(full, tracked).min() > 0.95
    luma = [frame.pixels for frame in iterate_frames(clip, colour="luma")]
    fast = follow(HaarDetector(track=True, luma=True, min_size=0.2), luma)
    assert overlaps(full, fast).mean() >= 0.85
