"""Detectors by name, and what each of them must be able to do."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from corpus.problem import Problem
from embeddings.settings import check_settings
from visual_features.centre import CentreDetector
from visual_features.haar import Box, HaarDetector
from visual_features.whole_frame import WholeFrame

__all__ = ["DETECTORS", "Detector", "make_detector"]


class Detector(Protocol):
    """Finds the face in a frame.

    It is a frozen dataclass that pickles: worker processes search, and what changes a
    box is a field and so in the key. One whose field `track` is true is also given the
    last box that it found in the take, or None, as a second argument; one whose field
    `luma` is true is given the decoder's brightness.

    Attributes:
        name: Under which settings ask for it.
    """

    name: str

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        ...

    def detect(self, gray: np.ndarray) -> Box | None:
        """Return the face in a picture of shape (height, width), uint8, or None."""
        ...


DETECTORS: Mapping[str, type] = {
    HaarDetector.name: HaarDetector,
    CentreDetector.name: CentreDetector,
    WholeFrame.name: WholeFrame,
}

# As sentences call them.
TITLES = {
    HaarDetector.name: "a Haar detector",
    CentreDetector.name: "the centre detector",
    WholeFrame.name: "the whole frame",
}


def make_detector(settings: Mapping[str, Any] | Detector | None) -> Detector:
    """Return a detector, made of its settings unless it is one.

    Args:
        settings: Its fields, such as {"scale": 1.1}, and which one by `name`; a Haar
            cascade if there is none. A detector is returned as it is.

    Raises:
        Problem: If there is no detector of that name, or it has no such setting.

    Example:
        >>> make_detector({"name": "centre"})
        CentreDetector(share=1.0, recipe=1)
    """
    if hasattr(settings, "detect"):
        return settings
    if not isinstance(settings, Mapping | None):
        raise Problem(
            f"a detector is a table of settings such as {{scale = 1.3}} or "
            f'{{name = "centre"}}, not {settings!r}.'
        )
    given = dict(settings or {})
    name = given.pop("name", HaarDetector.name)
    if not isinstance(name, str) or name not in DETECTORS:
        raise Problem(
            f"no detector is called {name!r}; there are {', '.join(DETECTORS)}."
        )
    check_settings(TITLES[name], DETECTORS[name], given)
    return DETECTORS[name](**given)
