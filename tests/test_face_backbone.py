"""What all picture backbones share: the settings of faces, and crops as examples."""

import dataclasses
import inspect
import pickle

import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.backbone import BackboneSpec
from embeddings.settings import check_settings
from visual_features.face_backbone import (
    FaceBackbone,
    crops_of,
    sees_faces,
    settings_of,
)
from visual_features.faces import FaceTrack, FaceView
from visual_features.haar import HaarDetector


@sees_faces(size=64, interpolation="area")
def eyes(*, view: FaceView, detector: HaarDetector, batch: int = 2) -> FaceBackbone:
    """Make a backbone that hands its crops on."""
    spec = BackboneSpec(
        name="eyes.test",
        modality="picture",
        layer="crops",
        shape=view.shape,
        preprocessing=settings_of(view, detector),
        batch=batch,
    )
    return FaceBackbone(spec, view=view, detector=detector)


def track_of(view, found=(True, False)):
    crops = np.arange(2 * np.prod(view.shape)).reshape(2, *view.shape)
    return FaceTrack(crops.astype(np.uint8), np.arange(2) / 30, np.array(found))


def test_crops_are_the_examples_and_found_stays_beside_them():
    backbone = eyes()
    track = track_of(backbone.view)
    examples = backbone.prepare(track)
    np.testing.assert_array_equal(examples.array, track.crops)
    np.testing.assert_array_equal(examples.time, track.time)
    np.testing.assert_array_equal(examples.extra["found"], track.found)
    again = pickle.loads(pickle.dumps(backbone))
    assert (again.view, again.detector) == (backbone.view, backbone.detector)


def test_crops_of_another_view_are_a_bug():
    with pytest.raises(ValueError, match="gray64"):
        eyes().prepare(track_of(FaceView(size=48)))
    with pytest.raises(ValueError, match="bgr8"):
        crops_of(track_of(FaceView(size=8)), view=FaceView(size=8, colour="bgr"))


def test_a_factory_takes_every_setting_of_a_view():
    settings = inspect.signature(eyes, eval_str=True).parameters
    fields = {field.name for field in dataclasses.fields(FaceView)}
    fields -= {"recipe", "width"}
    search = {"min_face", "track", "luma"}
    assert set(settings) == {*fields, *search, "detector", "frames", "batch"}
    assert settings["size"].default == 64
    assert settings["colour"].default == FaceView.colour
    for name in fields:
        with pytest.raises(Problem, match=f"as {name}, not"):
            check_settings("eyes.test", eyes, {name: object()})


def test_defaults_are_the_backbones_and_settings_win():
    assert eyes().view == FaceView(
        size=64, interpolation="area", no_face="previous", colour="gray"
    )
    backbone = eyes(size=32, no_face="drop", detector={"min_size": 90}, batch=5)
    assert backbone.view == FaceView(size=32, interpolation="area", no_face="drop")
    assert backbone.detector == HaarDetector(min_size=90)
    assert backbone.spec.batch == 5


def test_every_setting_of_a_face_is_in_the_key():
    keys = {
        eyes(**settings).spec.key
        for settings in (
            {},
            {"size": 32},
            {"colour": "bgr"},
            {"no_face": "full_frame"},
            {"interpolation": "cubic"},
            {"jpeg_passes": 2},
            {"margin": 0.1},
            {"detector": {"scale": 1.1}},
            {"detector": {"name": "centre"}},
            {"draw_box": True},
            {"frames": "middle"},
            {"frames": "linspace32"},
        )
    }
    assert len(keys) == 12


def test_only_the_frames_asked_for_are_examples():
    backbone = eyes(frames="linspace3", colour="bgr")
    crops = np.arange(9, dtype=np.uint8)[:, None, None, None]
    track = FaceTrack(
        np.broadcast_to(crops, (9, *backbone.view.shape)),
        np.arange(9) / 30,
        np.arange(9) % 2 == 0,
    )
    examples = backbone.prepare(track)
    assert examples.array[:, 0, 0, 0].tolist() == [0, 4, 8]
    np.testing.assert_allclose(examples.time, [0, 4 / 30, 8 / 30])
    assert examples.extra["found"].tolist() == [True, True, True]
    again = pickle.loads(pickle.dumps(backbone)).prepare(track)
    np.testing.assert_array_equal(again.array, examples.array)


def test_all_frames_are_as_if_nothing_was_said():
    assert eyes(frames="all").spec == eyes().spec
    assert "frames" not in eyes().spec.preprocessing
    assert not {"width", "draw_box"} & eyes().spec.preprocessing["view"].keys()


def test_frames_that_are_none_are_one_sentence():
    with pytest.raises(Problem, match="frames is 'linspace'; use all, middle"):
        eyes(frames="linspace")


@sees_faces(size=240, width=320)
def wide(*, view: FaceView, detector: HaarDetector, batch: int = 2) -> FaceBackbone:
    """Make a backbone of pictures that are no squares."""
    return eyes.__wrapped__(view=view, detector=detector, batch=batch)


def test_only_backbones_that_take_them_have_pictures_that_are_no_squares():
    assert wide().view.shape == (240, 320)
    assert wide(width=None).view.shape == (240, 240)
    with pytest.raises(Problem, match="no setting 'width'"):
        check_settings("eyes.test", eyes, {"width": 320})


def test_the_search_can_be_told_without_writing_out_the_detector():
    backbone = eyes(min_face=150, track=True)
    assert backbone.detector == HaarDetector(min_size=150, track=True)
    assert backbone.spec.preprocessing["detector"]["track"] is True
    both = eyes(detector={"scale": 1.1, "min_size": 50}, min_face=0.2, luma=True)
    assert both.detector == HaarDetector(scale=1.1, min_size=0.2, luma=True)
    assert "track" not in eyes().spec.preprocessing["detector"]  # nor in older keys


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"detector": {"name": "centre"}, "track": True},
            "centre has no setting track",
        ),
        (
            {"detector": {"name": "frame"}, "min_face": 9},
            "frame has no setting min_face",
        ),
        ({"colour": "bgr", "luma": True}, "no colours are decoded"),
        ({"min_face": -1}, "min_size from 0|neighbours and min_size"),
    ],
)
def test_a_search_that_cannot_be_is_one_sentence(settings, sentence):
    with pytest.raises(Problem, match=sentence):
        eyes(**settings)
