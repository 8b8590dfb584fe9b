"""SqueezeNet 1.1: its layers, and its real weights on real faces."""

import numpy as np
import pytest

from visual_features.layer_weights import Layout, layers_by_name
from visual_features.squeezenet import squeezenet

FILE = "squeezenet_imagenet_notop.h5"
TAKE = "01-01-01-01-01-01-01.mp4"


@pytest.fixture(scope="module")
def backbone(real_data):
    return squeezenet(weights=real_data / "pretrained" / FILE, batch=16)


@pytest.fixture(scope="module")
def people(real_data, backbone):
    """Embeddings of sixteen actors' faces, the first of them actor 1."""
    cv2 = pytest.importorskip("cv2")
    frames = [
        cv2.imread(str(file))
        for file in sorted((real_data / "ravdess_faces").glob("Actor_*.png"))
    ]
    return backbone.embed(np.stack([cut(backbone, frame) for frame in frames]))


@pytest.fixture(scope="module")
def one_face(real_data, backbone):
    """Embeddings of sixteen frames of actor 1, a fifth of a second apart."""
    from corpus.sight import iterate_frames

    frames = iterate_frames(real_data / "ravdess_originals" / TAKE)
    chosen = [frame.pixels for frame in frames if frame.index % 6 == 0][:16]
    return backbone.embed(np.stack([cut(backbone, frame) for frame in chosen]))


def cut(backbone, frame):
    import cv2

    gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return backbone.view.cut(frame, gray, backbone.detector.detect(gray))


def cosines(one, other):
    one, other = (each / np.linalg.norm(each, axis=1)[:, None] for each in (one, other))
    return one @ other.T


def test_what_the_row_says_is_so():
    architecture = squeezenet.architecture
    shapes = Layout.of(architecture.model(architecture.smallest)).shapes.values()
    assert sum(int(np.prod(shape)) for shape in shapes) == architecture.parameters
    for size in (architecture.smallest, 48, 96, 227):
        last, layer = list(layers_by_name(architecture.model(size)).items())[-1]
        assert last == architecture.layer
        side = architecture.side(size)
        assert layer.output.shape == (None, side, side, architecture.channels)
    assert architecture.side(227) == 13  # Iandola et al. 2016, table 1
    with pytest.raises(ValueError):
        architecture.model(architecture.smallest - 1)


def test_the_real_file_is_verified_and_every_number_of_it_is_used(real_data, backbone):
    import h5py

    assert backbone.weights.verified == "hash"
    with h5py.File(real_data / "pretrained" / FILE) as file:
        sizes = []
        file.visititems(lambda _, node: sizes.append(getattr(node, "size", 0)))
    assert sum(sizes) == backbone.about.parameters


def test_real_faces_give_finite_and_varied_embeddings(people, one_face):
    for embedded in (people, one_face):
        assert embedded.shape == (16, 512)
        assert np.isfinite(embedded).all()
        assert (embedded.std(axis=0) > 0).sum() > 64  # many are for no face
        assert len(np.unique(embedded, axis=0)) == 16


def test_frames_of_one_face_are_nearer_than_those_of_two_people(people, one_face):
    pairs = np.triu_indices(16, 1)
    same = cosines(one_face, one_face)[pairs]
    others = cosines(people, people)[pairs]
    assert np.median(same) > np.quantile(others, 0.95)
    # The clip is of actor 1, whom it is nearest to, from another recording.
    assert cosines(one_face[:1], people).argmax() == 0
