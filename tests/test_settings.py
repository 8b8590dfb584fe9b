import dataclasses

import pytest

from corpus.problem import Problem
from embeddings.settings import check_settings


def make(
    *, seconds: float | None = 5.0, frames: int = 4, pooling: str = "max", view=None
):
    """Stand for a backbone's factory."""


@dataclasses.dataclass
class Detector:
    scale: float = 1.3
    whole: bool = False


@pytest.mark.parametrize(
    ("factory", "settings"),
    [
        (make, {}),
        (make, {"seconds": 5, "frames": 3, "pooling": "avg", "view": {"size": 4}}),
        (make, {"seconds": None}),
        (Detector, {"scale": 2, "whole": True}),
    ],
)
def test_what_fits_passes(factory, settings):
    check_settings("it", factory, settings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"seconds": "x"}, "it needs a number or nothing as seconds, not 'x'"),
        ({"seconds": True}, "it needs a number or nothing as seconds, not True"),
        ({"frames": 1.5}, "it needs a whole number as frames, not 1.5"),
        ({"pooling": 3}, "it needs text as pooling, not 3"),
        ({"pool": "max"}, "it has no setting 'pool'; it has seconds, frames"),
    ],
)
def test_what_does_not_is_one_sentence(settings, sentence):
    with pytest.raises(Problem, match=sentence):
        check_settings("it", make, settings)
