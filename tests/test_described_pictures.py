import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpus.problem import Problem
from embeddings import registry
from visual_features.described import Picture, pixels
from visual_features.faces import FaceTrack, FaceView, HaarDetector, face_tracks

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

MINI_XCEPTION = """
name = "mini_xception.fer2013"
file = "{file}"

[picture]
size = 64
colour = "gray"
scaling = "tf"
"""

CROPS = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)


def entered(crops=CROPS, colour="rgb", depth=3, scaling="none", layout="nhwc"):
    return pixels(crops, colour=colour, depth=depth, scaling=scaling, layout=layout)


def test_colours_and_axes_come_in_their_order():
    assert np.array_equal(entered(colour="bgr"), CROPS)
    assert np.array_equal(entered(), CROPS[..., ::-1])
    first = entered(layout="nchw")
    assert np.array_equal(first[:, 0], CROPS[..., 2])
    grey = entered(CROPS[..., 0], colour="gray")
    assert grey.shape == (3, 8, 8, 3)
    assert np.array_equal(grey[..., 1], CROPS[..., 0])
    assert entered(CROPS[..., 0], colour="gray", depth=1).shape == (3, 8, 8, 1)


@pytest.mark.parametrize(
    ("scaling", "mode", "order"),
    [("tf", "tf", "rgb"), ("caffe", "caffe", "bgr"), ("torch", "torch", "rgb")],
)
def test_scalings_are_those_of_keras(scaling, mode, order):
    from keras.src.applications.imagenet_utils import preprocess_input

    rgb = CROPS[..., ::-1].astype(np.float32)
    wanted = preprocess_input(rgb, data_format="channels_last", mode=mode)
    assert np.allclose(entered(colour=order, scaling=scaling), wanted, atol=1e-4)
    other = {"rgb": "bgr", "bgr": "rgb"}[order]
    turned = entered(colour=other, scaling=scaling)[..., ::-1]
    assert np.allclose(turned, wanted, atol=1e-4)
    # Grey is copied before it is scaled, as for a colour picture that is grey.
    grey = np.repeat(CROPS[..., :1], 3, axis=-1)
    wanted = preprocess_input(
        grey.astype(np.float32), data_format="channels_last", mode=mode
    )
    result = entered(CROPS[..., 0], colour="gray", scaling=scaling)
    assert np.allclose(result, wanted, atol=1e-4)


def test_unit_is_from_0_to_1():
    levels = np.array([[[0, 255]]], np.uint8)
    result = entered(levels, colour="gray", depth=1, scaling="unit")
    assert result.ravel().tolist() == [0, 1]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"colour": "grey"}, "colour must be gray or rgb or bgr, not 'grey'"),
        ({"scaling": "half"}, "scaling must be none or unit"),
        ({"channels": 2}, "channels must be 1 or 3, not 2"),
        ({"channels": 1, "colour": "rgb"}, "channels must be 3, not 1"),
        ({"layout": "hwc"}, "layout must be"),
        ({"scaling": "caffe"}, "made for three channels"),
    ],
)
def test_settings_that_cannot_be(settings, told):
    plain = {"size": 8, "colour": "gray", "scaling": "unit"}
    with pytest.raises(Problem, match=told):
        Picture(**{**plain, **settings})


@pytest.fixture
def tiny(tmp_path):
    """A Keras file that takes 8x8 grey, and a function that describes it."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(5, 3, name="maps"),
            keras.layers.GlobalMaxPooling2D(),
        ]
    )
    model.save(tmp_path / "net.keras")

    def describe(more="", **picture):
        path = tmp_path / "net.toml"
        picture = {"size": 8, "colour": "gray", "scaling": "unit", **picture}
        lines = [f"{key} = {value!r}" for key, value in picture.items()]
        path.write_text(
            "\n".join(
                ['name = "tiny.test"\nfile = "net.keras"\n[picture]', *lines, more]
            )
        )
        return path

    return model, describe


def track(crops):
    return FaceTrack(crops, np.arange(len(crops)) / 30, np.ones(len(crops), bool))


def test_a_file_is_a_backbone_like_any_other(tiny):
    model, describe = tiny
    backbone = registry.create(str(describe("[output]\nlayer = 'maps'")))
    assert backbone.spec.shape == (5,)
    assert backbone.view == FaceView(size=8, colour="gray", no_face="previous")
    assert backbone.detector == HaarDetector()
    assert backbone.weights.verified == "unverified"
    crops = CROPS[..., 0]
    examples = pickle.loads(pickle.dumps(backbone)).prepare(track(crops))
    result = backbone.embed(np.resize(examples.array, (32, 8, 8)))[:3]
    layer = model.layers[0]
    wanted = np.asarray(layer(crops[..., None].astype(np.float32) / 255))
    assert np.allclose(result, wanted.mean((1, 2)), atol=1e-5)


def test_whatever_changes_numbers_changes_the_key(tiny):
    _, describe = tiny
    keys = [
        registry.create(str(path())).spec.key
        for path in (
            describe,
            lambda: describe("[output]\npooling = 'max'"),
            lambda: describe("[output]\nlayer = 'maps'"),
            lambda: describe(scaling="tf"),
            lambda: describe(no_face="drop"),
            lambda: describe(interpolation="area"),
            lambda: describe("detector = {min_size = 100}"),
        )
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"sise": 8}, r"\[picture\] in .*no setting 'sise'; it has size, colour"),
        ({"size": "8"}, "needs a whole number as size"),
        ({"size": 0}, "at least 1"),
        ({"size": 16}, "takes any x 8 x 8 x 1, and the description makes 32 x 16 x 16"),
        ({"channels": 3}, "the description makes 32 x 8 x 8 x 3"),
        ({"no_face": "skip"}, "no_face must be one of"),
    ],
)
def test_a_section_that_does_not_fit_is_told(tiny, changed, told):
    _, describe = tiny
    with pytest.raises(Problem, match=told):
        registry.create(str(describe(**changed)))


def test_a_setting_of_the_detector_that_is_none(tiny):
    _, describe = tiny
    with pytest.raises(Problem, match="no setting 'scal'"):
        registry.create(str(describe("detector = {scal = 1.3}")))


def test_a_description_names_its_frames(tiny):
    _, describe = tiny
    plain, middle = (
        registry.create(str(describe(more)))
        for more in ('no_face = "drop"', 'no_face = "drop"\nframes = "middle"')
    )
    assert middle.spec.preprocessing == {
        **plain.spec.preprocessing,
        "frames": "middle",
    }
    faces = track(np.zeros((5, 8, 8), np.uint8))
    assert middle.prepare(faces).time.tolist() == [2 / 30]
    with pytest.raises(Problem, match="frames is 'half'; use all"):
        registry.create(str(describe('frames = "half"')))


def test_weights_of_a_registered_network(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(
        'name = "mobilenetv2.mine"\nfile = "none.h5"\n'
        'architecture = "mobilenetv2.imagenet"\n[picture]\nsize = 32\n'
    )
    own = registry.create(str(path), weights="random:0")
    plain = registry.create("mobilenetv2.imagenet", weights="random:0", size=32)
    assert own.spec.name == "mobilenetv2.mine"
    assert own.spec.preprocessing == plain.spec.preprocessing
    assert own.spec.key != plain.spec.key
    with pytest.raises(Problem, match=r"describes .*none\.h5, which is not there"):
        registry.create(str(path))
    path.write_text(path.read_text().replace("[picture]\nsize = 32", "[sound]"))
    with pytest.raises(Problem, match=r"write \[picture\] instead of \[sound\]"):
        registry.create(str(path), weights="random:0")


@pytest.fixture
def mini_xception(real_data, tmp_path):
    path = tmp_path / "mini_xception.toml"
    file = real_data / "pretrained" / "fer2013_mini_xception.hdf5"
    path.write_text(MINI_XCEPTION.format(file=file))
    return registry.create(str(path))


def embedded(backbone, crops):
    padded = np.resize(crops, (32, 64, 64))
    return backbone.embed(padded)[: len(crops)]


def test_mini_xception_sees_that_resting_faces_are_neutral(mini_xception, real_data):
    import cv2

    crops = []
    for file in sorted((real_data / "ravdess_faces").glob("*.png")):
        frame = cv2.imread(str(file))
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        box = mini_xception.detector.detect(gray)
        crops.append(mini_xception.view.cut(frame, gray, box))
    result = embedded(mini_xception, np.stack(crops))
    assert result.shape == (16, 7) and np.allclose(result.sum(1), 1, atol=1e-5)
    assert {LABELS[index] for index in result.argmax(1)} == {"neutral"}
    assert result[:, LABELS.index("neutral")].mean() > 0.8


def test_mini_xception_on_the_original_clip(mini_xception, real_data, tmp_path):
    track = face_tracks(
        real_data / "ravdess_originals" / "01-01-01-01-01-01-01.mp4",
        take="01",
        corpus="ravdess",
        source_sha256="0" * 64,
        detector=HaarDetector(min_size=100),
        views=[mini_xception.view],
        store=tmp_path,
    )[mini_xception.view]
    examples = mini_xception.prepare(track)
    result = embedded(mini_xception, examples.array[::4])  # he speaks, neutrally
    assert LABELS[result.mean(0).argmax()] == "neutral"


def test_worker_processes_import_no_network_library(tiny, tmp_path):
    _, describe = tiny
    pickled = tmp_path / "backbone"
    pickled.write_bytes(pickle.dumps(registry.create(str(describe()))))
    code = (
        "import pickle, pathlib, sys\n"
        f"backbone = pickle.loads(pathlib.Path({str(pickled)!r}).read_bytes())\n"
        "heavy = {'tensorflow', 'keras', 'onnxruntime', 'ai_edge_litert'}\n"
        "assert not heavy & set(sys.modules), sorted(heavy & set(sys.modules))\n"
    )
    root = Path(__file__).resolve().parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
