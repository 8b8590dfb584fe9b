import dataclasses
import pickle

import cv2
import numpy as np
import pytest
from test_landmarker import TASK, write_task

from corpus.made_up.cast import speaker
from corpus.made_up.face import Portrait
from corpus.made_up.motion import poses
from corpus.made_up.styles import FACE_STYLES
from corpus.problem import Problem
from embeddings.store import Source
from visual_features import blendshapes as module
from visual_features.blendshapes import blendshapes
from visual_features.centre import CentreDetector
from visual_features.examples import PrepareFaces
from visual_features.faces import FaceTrack, FaceView
from visual_features.haar import HaarDetector

SMILES = slice(44, 46)  # mouthSmileLeft and mouthSmileRight


@pytest.fixture
def task(tmp_path):
    return write_task(tmp_path / "face.task")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Seen:
    """A landmarker that sees a face where a crop's first pixel is not 0."""

    path: object
    mode: str
    confidence: float
    order: str

    def __call__(self, crops, time):
        level = crops[:, 0, 0, 0]
        return np.tile(level[:, None] / np.float32(255), 52), level > 0


def track(levels, size=256):
    crops = np.zeros((len(levels), size, size, 3), np.uint8)
    crops += np.array(levels, np.uint8)[:, None, None, None]
    return FaceTrack(crops, np.arange(len(levels)) / 30, np.ones(len(levels), bool))


def real(real_data, **settings):
    pytest.importorskip("mediapipe")
    return blendshapes(weights=real_data / "pretrained" / TASK, **settings)


def test_a_missing_face_has_the_scores_before_and_zeros_at_the_start(monkeypatch, task):
    monkeypatch.setattr(module, "Landmarker", Seen)
    backbone = pickle.loads(pickle.dumps(blendshapes(weights=task)))
    examples = backbone.prepare(track([0, 0, 51, 0, 0, 102, 255, 0]))
    want = np.array([0, 0, 0.2, 0.2, 0.2, 0.4, 1, 1], np.float32)
    np.testing.assert_array_equal(examples.array, np.tile(want[:, None], 52))
    found = [False, False, True, False, False, True, True, False]
    assert examples.extra["found"].tolist() == found
    np.testing.assert_array_equal(examples.time, np.arange(8) / 30)
    assert examples.array.dtype == np.float32
    np.testing.assert_array_equal(backbone.embed(examples.array), examples.array)


def test_a_take_without_a_face_is_all_zeros(monkeypatch, task):
    monkeypatch.setattr(module, "Landmarker", Seen)
    examples = blendshapes(weights=task).prepare(track([0, 0]))
    assert not examples.array.any() and not examples.extra["found"].any()


def test_without_neutral_the_first_is_left_out(monkeypatch, task):
    class Counted(Seen):
        def __call__(self, crops, time):
            rows = np.arange(52, dtype=np.float32) / 52
            return np.tile(rows, (len(crops), 1)), np.ones(len(crops), bool)

    monkeypatch.setattr(module, "Landmarker", Counted)
    backbone = blendshapes(weights=task, neutral=False)
    array = backbone.prepare(track([1])).array
    assert backbone.spec.shape == array.shape[1:] == (51,)
    assert array[0, 0] == np.float32(1 / 52)


def test_what_it_sees_by_default(task):
    """Needs no MediaPipe: heads are trained on what is stored without it."""
    backbone = blendshapes(weights=task)
    assert backbone.view == FaceView(size=256, colour="bgr", no_face="previous")
    assert backbone.detector == CentreDetector()
    assert backbone.spec.shape == (52,)
    assert backbone.weights.verified == "unverified"
    close = blendshapes(weights=task, detector={"min_size": 100}, margin=0.5)
    assert close.detector == HaarDetector(min_size=100)
    assert close.view.margin == 0.5


def test_what_a_list_says_without_the_file_is_what_is_made_of_it(task):
    said, made = blendshapes.listed, blendshapes(weights=task)
    spec, about = made.spec, made.about
    assert (said.name, said.modality) == (spec.name, spec.modality)
    assert (said.layer, said.shape) == (spec.layer, spec.shape)
    assert (said.input, said.source) == (about.input, about.source)
    assert (said.parameters, said.entries) == (about.parameters, about.entries)


def test_every_setting_is_in_the_key(task, tmp_path):
    other = write_task(tmp_path / "other.task")
    with open(other, "ab") as file:  # a comment's room: still a whole archive
        file.seek(-2, 2)
        file.write(b"\x01\x00x")
    settings = [
        {},
        {"neutral": False},
        {"mode": "video"},
        {"confidence": 0.3},
        {"size": 192},
        {"margin": 0.5},
        {"detector": {"name": "centre", "share": 0.5}},
        {"order": "bgr"},
        {"width": 320},
    ]
    keys = {blendshapes(weights=task, **one).spec.key for one in settings}
    keys.add(blendshapes(weights=other).spec.key)
    assert len(keys) == len(settings) + 1


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"weights": "random:0"}, "has no random weights"),
        ({"mode": "live"}, "mode image or video"),
        ({"confidence": 1.5}, "confidence in 0..1"),
        ({"confidence": float("nan")}, "confidence in 0..1"),
        ({"batch": 0}, "batches of at least 1"),
        ({"order": "bgra"}, "order must be one of rgb, bgr, not 'bgra'"),
        ({"colour": "gray"}, "colour must be 'bgr', not 'gray'"),
        ({"weights": "no/such.task"}, r"no/such\.task"),
        ({"detector": {"name": "mtcnn"}}, "no detector is called 'mtcnn'"),
    ],
)
def test_a_wrong_setting_is_one_sentence(task, settings, sentence):
    with pytest.raises(Problem, match=sentence):
        blendshapes(**{"weights": task, **settings})


def test_a_frame_squeezed_to_320x240_in_opencv_s_order(monkeypatch, task):
    monkeypatch.setattr(module, "Landmarker", Seen)
    settings = {"size": 240, "width": 320, "order": "bgr", "frames": "skipping50"}
    backbone = blendshapes(weights=task, detector={"name": "frame"}, **settings)
    assert backbone.view.shape == (240, 320, 3)
    assert "320x240" in backbone.about.input
    crops = np.full((120, 240, 320, 3), 51, np.uint8)
    faces = FaceTrack(crops, np.arange(120) / 30, np.ones(120, bool))
    examples = backbone.prepare(faces)
    assert examples.array.shape == (50, 52)
    np.testing.assert_allclose(examples.time, np.arange(50) / 15)


def test_the_other_order_is_the_crops_turned(real_data):
    picture = cv2.imread(str(real_data / "ravdess_faces" / "Actor_04.png"))
    crops = cv2.resize(picture, (256, 256))[None]
    turned = np.ascontiguousarray(crops[..., ::-1])
    media = [FaceTrack(one, np.zeros(1), np.ones(1, bool)) for one in (crops, turned)]
    right = real(real_data).prepare(media[0]).array
    wrong = real(real_data, order="bgr").prepare(media[0]).array
    np.testing.assert_array_equal(wrong, real(real_data).prepare(media[1]).array)
    assert np.abs(wrong - right).max() > 0.01


def test_a_smile_scores_higher_on_a_drawn_face(real_data):
    backbone = real(real_data)
    scores = {}
    for style in ("rest", "smile", "droop"):
        draw = np.random.default_rng(0)
        shown = poses(FACE_STYLES[style], frames=60, fps=30, strength=1, draw=draw)
        portrait = Portrait(speaker(1, seed=0), size=(320, 240))
        pictures = [portrait.picture(pose)[:, 40:280] for pose in list(shown)[::12]]
        crops = np.stack([cv2.resize(picture, (256, 256)) for picture in pictures])
        count = len(crops)
        media = FaceTrack(crops, np.arange(count) / 2.5, np.ones(count, bool))
        examples = backbone.prepare(media)
        assert examples.extra["found"].all()
        scores[style] = examples.array[:, SMILES].mean()
    assert scores["smile"] > 0.9 > 0.2 > scores["rest"] > scores["droop"]


def test_of_the_actors_the_one_with_raised_corners_smiles_most(real_data):
    backbone = real(real_data)
    pictures = sorted((real_data / "ravdess_faces").glob("*.png"))
    crops = []
    for picture in pictures:
        bgr = cv2.imread(str(picture))
        gray = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
        crops.append(backbone.view.cut(bgr, gray, backbone.detector.detect(gray)))
    count = len(crops)
    media = FaceTrack(np.stack(crops), np.arange(count) / 1.0, np.ones(count, bool))
    examples = backbone.prepare(media)
    assert examples.extra["found"].all() and count == 16
    smiles = examples.array[:, SMILES].mean(axis=1)
    assert pictures[smiles.argmax()].stem == "Actor_04"  # the others' mouths are level
    assert smiles.max() > 2 * np.sort(smiles)[-2]


@pytest.mark.parametrize("mode", ["image", "video"])
def test_the_original_clip_has_a_face_in_every_frame(real_data, tmp_path, mode):
    backbone = real(real_data, mode=mode)
    clip = real_data / "ravdess_originals" / "01-01-01-01-01-01-01.mp4"
    source = Source(take="original", corpus="ravdess", file=clip, sha256="0" * 64)
    prepare = PrepareFaces(tmp_path)
    (examples,) = prepare(source, [backbone])
    assert examples.array.shape == (98, 52)
    assert examples.extra["found"].all()
    assert examples.array.min() >= 0
    assert examples.array.max() <= 1
    assert not list(tmp_path.rglob("bgr256*"))  # too large to keep
    (again,) = prepare(source, [pickle.loads(pickle.dumps(backbone))])
    np.testing.assert_array_equal(again.array, examples.array)


def test_an_image_depends_on_no_other(real_data):
    backbone = real(real_data)
    draw = np.random.default_rng(0)
    portrait = Portrait(speaker(1, seed=0), size=(320, 240))
    shown = poses(FACE_STYLES["smile"], frames=60, fps=30, strength=1, draw=draw)
    crops = np.stack([portrait.picture(pose)[:, 32:288] for pose in list(shown)[::10]])
    crops = np.stack([cv2.resize(crop, (256, 256)) for crop in crops])
    time, found = np.arange(len(crops)) / 3, np.ones(len(crops), bool)
    forth = backbone.prepare(FaceTrack(crops, time, found)).array
    back = backbone.prepare(FaceTrack(crops[::-1].copy(), time, found)).array
    np.testing.assert_array_equal(back[::-1], forth)
