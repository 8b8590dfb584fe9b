import pickle

import numpy as np
import pytest

from corpus.problem import Problem
from visual_features.centre import CentreDetector
from visual_features.detectors import DETECTORS, make_detector
from visual_features.haar import HaarDetector
from visual_features.whole_frame import WholeFrame


@pytest.mark.parametrize(
    "settings, detector",
    [
        (None, HaarDetector()),
        ({}, HaarDetector()),
        ({"scale": 1.1, "neighbours": 3}, HaarDetector(scale=1.1, neighbours=3)),
        ({"name": "haar", "min_size": 100}, HaarDetector(min_size=100)),
        ({"name": "centre"}, CentreDetector()),
        ({"name": "centre", "share": 0.5}, CentreDetector(share=0.5)),
        ({"name": "frame"}, WholeFrame()),
        (HaarDetector(scale=2.0), HaarDetector(scale=2.0)),
    ],
)
def test_settings_make_a_detector(settings, detector):
    given = dict(settings) if isinstance(settings, dict) else settings
    assert make_detector(settings) == detector
    assert settings == given  # which is a recipe's, and not ours to change


def test_a_strangers_detector_is_taken_as_it_is():
    class Mine:
        name, key = "mine", "0"

        def detect(self, gray):
            return None

    mine = Mine()
    assert make_detector(mine) is mine


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_keeps_its_contract(name):
    detector = make_detector({"name": name})
    assert detector.name == name
    assert len(detector.key) == 8
    assert pickle.loads(pickle.dumps(detector)) == detector
    box = detector.detect(np.zeros((48, 64), np.uint8))
    assert box is None or [type(number) for number in box] == [int] * 4


def test_no_two_detectors_share_a_key():
    assert len({make_detector({"name": name}).key for name in DETECTORS}) == len(
        DETECTORS
    )


@pytest.mark.parametrize(
    "settings, sentence",
    [
        (
            {"name": "yunet"},
            "no detector is called 'yunet'; there are haar, centre, frame",
        ),
        ({"name": ["haar"]}, "no detector is called"),
        ({"name": "centre", "scale": 1.3}, "centre detector has no setting 'scale'"),
        ({"scal": 1.3}, "a Haar detector has no setting 'scal'; it has scale"),
        ({"scale": "1.3"}, "needs a number as scale"),
        ({"scale": 1.0}, "a scale above 1"),
        ("centre", r'a table of settings such as .*\{name = "centre"\}, not \'centre'),
        (3, "a table of settings"),
        ([], "a table of settings"),
    ],
)
def test_what_is_none_is_one_sentence(settings, sentence):
    with pytest.raises(Problem, match=sentence):
        make_detector(settings)
