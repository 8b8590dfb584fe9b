"""The exact path, with its workers, batches and stores, is the reference, to a pixel.

The reference is written out here, after Beyene 2019 (appendix): decode to BGR, OpenCV's
grey, Haar 1.3/5 on the full frame, the first box, or the full frame where there is
none, 48x48, and the network of keras.applications on all frames of a clip.
"""

import av
import cv2
import numpy as np
import pytest
from talking_heads import clips

from corpus.files import sha256
from embeddings.extract import extract
from embeddings.store import Source, Store
from visual_features.applications import vgg16
from visual_features.examples import PrepareFaces
from visual_features.layer_weights import weights_by_name


def reference_faces(file):
    """Return a clip's boxes (zeros where there is none) and crops."""
    search = cv2.CascadeClassifier(
        cv2.data.haarcascades + "haarcascade_frontalface_default.xml"
    )
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    boxes, crops = [], []
    with av.open(str(file)) as container:
        for frame in container.decode(video=0):
            colours = frame.to_ndarray(format="bgr24")
            colours = np.ascontiguousarray(np.rot90(colours, frame.rotation // 90))
            grey = cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY)
            found = search.detectMultiScale(grey, 1.3, 5)
            if len(found):
                x, y, width, height = found[0]
                crop = cv2.resize(grey[y : y + height, x : x + width], (48, 48))
            else:
                crop = cv2.cvtColor(cv2.resize(colours, (48, 48)), cv2.COLOR_BGR2GRAY)
            boxes.append(found[0] if len(found) else (0, 0, 0, 0))
            crops.append(crop)
    cv2.setNumThreads(threads)
    return np.array(boxes), np.array(crops)


def reference_embeddings(crops, tensors):
    """Return what Keras' own VGG16 says, its own preprocessing before it."""
    import keras

    network = keras.applications.VGG16(
        include_top=False, weights=None, input_shape=(48, 48, 3), pooling="avg"
    )
    for name, variable in weights_by_name(network).items():
        variable.assign(tensors[name])
    colours = np.repeat(crops[..., None], 3, axis=-1).astype(np.float32)
    entering = keras.applications.vgg16.preprocess_input(colours)
    return network.predict(entering, verbose=0)


def compare(files, folder):
    """Extract by workers, in batches across takes; compare with the reference."""
    backbone = vgg16(weights="random:0", no_face="full_frame", batch=12)
    store = Store(folder / "embeddings", backbone.spec)
    sources = [
        Source(take=kind.replace(" ", "-"), corpus="c", file=file, sha256=sha256(file))
        for kind, file in files.items()
    ]
    prepare = PrepareFaces(folder / "faces")
    outcome = extract(sources, [backbone], [store], prepare, workers=2)
    assert (outcome.embedded, outcome.failed) == (len(files), [])
    tensors = backbone._open.tensors()
    seen = {}
    for source in sources:
        name = f"{source.take}-{source.sha256[:8]}.npz"
        (boxes,) = (folder / "faces").glob(f"*/c/{name}")
        (crops,) = (folder / "faces").glob(f"*/*/c/{name}")
        want_boxes, want_crops = reference_faces(source.file)
        np.testing.assert_array_equal(np.load(boxes)["boxes"], want_boxes, source.take)
        np.testing.assert_array_equal(np.load(crops)["crops"], want_crops, source.take)
        want = reference_embeddings(want_crops, tensors)
        got = store.read(source).array
        np.testing.assert_allclose(got, want, atol=1e-4 * np.abs(want).max(), rtol=0)
        seen[source.take] = want_boxes
    return seen


def test_clips_of_all_kinds(tmp_path):
    seen = compare(clips(tmp_path), tmp_path)
    faces = {kind: int(boxes.any(axis=1).sum()) for kind, boxes in seen.items()}
    assert faces.pop("lost-face") == 5  # or the full frame were not tried
    assert set(faces.values()) == {8}, faces


@pytest.mark.slow
@pytest.mark.data
def test_the_original_clip(real_data, tmp_path):
    (clip,) = (real_data / "ravdess_originals").glob("01-*.mp4")
    seen = compare({"original": clip}, tmp_path)
    assert seen["original"].any(axis=1).all()
