"""A machine without weights and network, and a backbone with small weights."""

import functools
import hashlib
from importlib.metadata import EntryPoint
from pathlib import Path

import h5py
import numpy as np

from embeddings import catalogue, registry
from embeddings.backbone import About, BackboneSpec, Examples
from embeddings.frozen import Frozen
from embeddings.weights import intake
from embeddings.weights import location as weights
from embeddings.weights.entry import Entry
from embeddings.weights.location import locate
from embeddings.weights.tensors import check_tensors, random_tensors, read_tensors
from experiments import verification

SHAPES = {"dense/kernel": (8, 3), "dense/bias": (3,)}


def make_bare(monkeypatch, folder: Path) -> Path:
    """Let there be no weights and no network; all places are in that folder."""
    home = folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(folder / "tfhub"))
    monkeypatch.setenv("EMOSTACK_ARTIFACTS", str(folder / "artifacts"))
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    for name in ("EMOSTACK_WEIGHTS", "KERAS_HOME", "KAGGLEHUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


def put(path, content=b"numbers"):
    """Write a file, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def small_tensors(seed=0):
    """Random numbers of the small network."""
    return random_tensors(SHAPES, seed)


def small_file(path, tensors=None):
    """Write weights of the small network as HDF5."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, tensor in (small_tensors() if tensors is None else tensors).items():
            file[name] = tensor
    return path


def entry(**changes):
    """The entry of the small network, nothing published of it."""
    given = {
        "title": "Small",
        "file": "small.h5",
        "urls": ("https://example.org/small.h5",),
        "layout": "HDF5",
        "licence": "MIT (me)",
        "citation": "Me, 2024",
        **changes,
    }
    return Entry(**given)


def published(path, **changes):
    """The same, with the hashes of a file."""
    content = path.read_bytes()
    md5 = hashlib.md5(content).hexdigest()
    return entry(**{"md5": md5, "size": len(content), **changes})


def use(monkeypatch, **entries):
    """Let these be the whole manifest."""
    for module in (weights, catalogue, intake):
        monkeypatch.setattr(module, "MANIFEST", entries)


def small(*, weights: str | Path | None = None, gain: float = 1.0) -> Frozen:
    """The backbone of the small network: eight numbers of a sound to three."""
    located = locate("small", weights)
    spec = BackboneSpec(
        name="small.data",
        modality="sound",
        layer="dense",
        shape=(3,),
        weights_sha256=located.record.sha256,
        preprocessing={"gain": gain},
        batch=2,
    )
    return Frozen(
        spec,
        prepare=functools.partial(_prepare, gain=gain),
        network=functools.partial(_network, located),
        weights=located.record,
        about=About(
            input="eight numbers", parameters=27, entries=("small",), source="me"
        ),
    )


def _prepare(media, gain):
    return Examples(gain * media.samples[None, :8, 0], np.zeros(1))


def _network(located):
    if located.path is None:
        tensors = small_tensors(located.seed)
    else:
        tensors = check_tensors(read_tensors(located.path), SHAPES, path=located.path)
    return lambda rows: rows @ tensors["dense/kernel"] + tensors["dense/bias"]


def broken():
    """A stranger's factory that fails."""
    raise RuntimeError("no CUDA here")


def register(monkeypatch, **factories):
    """Let these be all registered backbones, "__" for the dot in their names."""
    points = [
        EntryPoint(name.replace("__", "."), value, registry.GROUP)
        for name, value in factories.items()
    ]

    class Points(list):
        def __getitem__(self, name):
            return next(point for point in self if point.name == name)

    def entry_points(*, group, name=None):
        return Points(point for point in points if name in (None, point.name))

    monkeypatch.setattr(registry, "entry_points", entry_points)
    monkeypatch.setattr(verification, "FIGURES", {})
