"""A take is decoded, and its faces are looked for, once for all backbones."""

import numpy as np
from media import write_video

from corpus.files import sha256
from embeddings.store import Source
from visual_features import faces
from visual_features.applications import vgg16
from visual_features.examples import PrepareFaces
from visual_features.haar import HaarDetector


def test_many_picture_backbones_share_one_decoding_and_one_detection(
    tmp_path, monkeypatch
):
    file = write_video(tmp_path / "take.mp4", frames=6)
    source = Source(take="take", corpus="mine", file=file, sha256=sha256(file))
    settings = {"weights": "random:0", "no_face": "full_frame"}
    backbones = [
        vgg16(**settings),
        vgg16(**settings, layer="block5_conv3", pooling="none"),
        vgg16(**settings, size=64, colour="bgr"),
    ]
    opened, looked = [], []
    decode, detect = faces.iterate_frames, HaarDetector.detect
    monkeypatch.setattr(
        faces,
        "iterate_frames",
        lambda file, **how: opened.append(file) or decode(file, **how),
    )
    monkeypatch.setattr(
        HaarDetector,
        "detect",
        lambda self, *seen: looked.append(1) or detect(self, *seen),
    )
    prepare = PrepareFaces(tmp_path / "faces")
    examples = prepare(source, backbones)
    assert (len(opened), len(looked)) == (1, 6)
    assert [each.array.shape for each in examples] == [
        *((6, 48, 48), (6, 48, 48), (6, 64, 64, 3))
    ]
    # A new view needs the pictures again, but not the search; an old one neither.
    prepare(source, [*backbones, vgg16(**settings, size=32)])
    assert (len(opened), len(looked)) == (2, 6)
    again = prepare(source, backbones)
    assert (len(opened), len(looked)) == (2, 6)
    for one, two in zip(examples, again, strict=True):
        np.testing.assert_array_equal(one.array, two.array)
