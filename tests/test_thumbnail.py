"""Thumbnails: the pixels of a face, and nothing else."""

import numpy as np
import pytest

from corpus.problem import Problem
from visual_features.faces import FaceTrack
from visual_features.thumbnail import thumbnail


def track_of(backbone, count=3):
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (count, *backbone.view.shape), dtype=np.uint8)
    return FaceTrack(crops, np.arange(count) / 30, np.array([True, False, True]))


@pytest.mark.parametrize(
    ("settings", "width"),
    [({}, 256), ({"size": 8}, 64), ({"size": 8, "colour": "bgr"}, 192)],
)
def test_an_embedding_is_the_pixels_row_by_row(settings, width):
    backbone = thumbnail(**settings)
    track = track_of(backbone)
    examples = backbone.prepare(track)
    embedded = backbone.embed(examples.array)
    assert backbone.spec.shape == (width,)
    assert (embedded.shape, embedded.dtype) == ((3, width), np.float32)
    np.testing.assert_array_equal(np.rint(embedded * 255), track.crops.reshape(3, -1))
    np.testing.assert_array_equal(examples.extra["found"], track.found)


@pytest.mark.parametrize("colour", ["gray", "bgr"])
def test_as_an_image_pixels_stay_where_they_are(colour):
    backbone = thumbnail(size=8, colour=colour, form="image")
    track = track_of(backbone)
    embedded = backbone.embed(backbone.prepare(track).array)
    assert backbone.spec.shape == track.crops.shape[1:]
    assert backbone.spec.key != thumbnail(size=8, colour=colour).spec.key
    np.testing.assert_array_equal(np.rint(embedded * 255), track.crops)


def test_its_own_scaling_is_unit():
    assert thumbnail(scaling="own").spec == thumbnail(scaling="unit").spec


@pytest.mark.parametrize(
    "setting",
    [
        {"scaling": "caffe"},
        {"batch": 0},
        {"size": 0},
        {"colour": "rgb"},
        {"form": "map"},
    ],
)
def test_an_unknown_setting_is_one_sentence(setting):
    with pytest.raises(Problem):
        thumbnail(**setting)
