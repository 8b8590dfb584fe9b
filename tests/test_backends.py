"""The same weights give the same embeddings on each of Keras' backends."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = "tensorflow"
OTHERS = ("jax", "torch")

# Embeds the same noise with three networks, and writes the embeddings to a file.
EMBED = """
import os, sys
import keras
import numpy as np
from corpus.sound import Waveform
from vggish_features.vggish import vggish_512
from visual_features.applications import vgg16
from visual_features.squeezenet import squeezenet

assert keras.backend.backend() == os.environ["KERAS_BACKEND"]
file, squeezenet_weights = sys.argv[1:]
rng, embedded = np.random.default_rng(0), {}
for name, make, weights in (
    ("vgg16", vgg16, "random:0"),
    ("squeezenet", squeezenet, squeezenet_weights),
):
    backbone = make(weights=weights, batch=2)
    crops = rng.integers(0, 256, (2, *backbone.view.shape), dtype=np.uint8)
    embedded[name] = backbone.embed(crops)
backbone = vggish_512(weights="random:0", batch=1)
sound = Waveform(rng.normal(size=(80_000, 1)).astype(np.float32) / 9, 16_000)
embedded["vggish"] = backbone.embed(backbone.prepare(sound).array)
np.savez(file, **embedded)
"""


def embeddings_on(backend: str, file: Path, weights: str) -> dict[str, np.ndarray]:
    """Run Keras on a backend, in a process of its own, on the processor."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    subprocess.run(
        [sys.executable, "-c", EMBED, file, weights],
        check=True,
        cwd=ROOT,
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "CUDA_VISIBLE_DEVICES": "",
            "JAX_PLATFORMS": "cpu",
        },
    )
    with np.load(file) as arrays:
        return dict(arrays)


@pytest.fixture
def squeezenet_weights(request) -> str:
    """The real ones where they are."""
    try:
        folder = request.getfixturevalue("real_data") / "pretrained"
    except pytest.skip.Exception:
        return "random:0"
    return str(folder / "squeezenet_imagenet_notop.h5")


@pytest.mark.slow
@pytest.mark.parametrize("backend", OTHERS)
def test_the_same_weights_give_the_same_embeddings(
    backend, tmp_path, squeezenet_weights
):
    got = embeddings_on(backend, tmp_path / "got.npz", squeezenet_weights)
    want = embeddings_on(REFERENCE, tmp_path / "want.npz", squeezenet_weights)
    assert got.keys() == want.keys() == {"vgg16", "squeezenet", "vggish"}
    for name, embedded in want.items():
        largest = np.abs(embedded).max()
        assert largest > 0
        apart = np.abs(got[name] - embedded).max() / largest
        print(f"{name} on {backend}: at most {apart:.1e} of the largest number apart")
        np.testing.assert_allclose(
            got[name], embedded, rtol=1e-3, atol=1e-5 * largest, err_msg=name
        )
