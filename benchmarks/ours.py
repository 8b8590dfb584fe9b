"""Our ways of the same work: exact, each fast switch alone, all of them together."""

import multiprocessing
import tempfile
import time
from pathlib import Path

import numpy as np

from corpus.files import sha256
from embeddings.extract import extract
from embeddings.store import Source, Store
from experiments.extraction import backbone_of
from experiments.fast import FAST, hastened
from experiments.recipe import Branch

__all__ = [
    "EXACT",
    "FASTEST",
    "SWITCHES",
    "Ours",
    "peered",
    "reaped",
    "takes_of",
    "ways",
]

BACKBONES = {"visual": "vgg16.imagenet", "audio": "vggish.audioset"}
EXACT, FASTEST = "ours, exact", "ours, --fast"
OFFICIAL, OFFICIAL_FAST = "ours, vggish128", "ours, vggish128, --fast"

# Each switch of `--fast` alone; the smallest face also as the thesis' corpus has it.
SWITCHES = {
    "visual": {
        "min_face=150": {"min_face": 150},
        **{f"{name}={value}": {name: value} for name, value in FAST["visual"].items()},
    },
    "audio": {
        f"{name}={value}": {name: value} for name, value in FAST["audio"].items()
    },
}
del SWITCHES["visual"][f"min_face={FAST['visual']['min_face']}"]


class Ours:
    """One way to extract, its network built once; each call begins an empty store."""

    def __init__(self, modality, settings=None, *, fast=False, backbone=None):
        branch = Branch(
            backbone=backbone or BACKBONES[modality],
            weights="random:0",
            settings=settings or {},
        )
        if fast:
            branch = hastened(branch, modality)
        self.modality, self.backbone = modality, backbone_of(branch, modality)
        self.outcome = self.first = self.boxes = None

    def __call__(self, takes):
        """Extract some takes; return their embeddings."""
        with tempfile.TemporaryDirectory() as root:
            store = Store(Path(root, "embeddings"), self.backbone.spec)
            if self.modality == "audio":
                from vggish_features.examples import prepare_sound as prepare
            else:
                from visual_features.examples import PrepareFaces

                prepare = PrepareFaces(Path(root, "faces"))
            self.outcome = extract(takes, [self.backbone], [store], prepare)
            if self.outcome.failed:
                raise RuntimeError(self.outcome.failed[0][1])
            reaped()
            self.first, self.boxes = store.read(takes[0]), None
            if self.modality == "visual":
                self.boxes = boxes_of(Path(root, "faces"), takes[0])
            return [store.read(take) for take in takes]

    def stages(self):
        """Return the processor's seconds of each stage of the last call."""
        spent = self.outcome.spent.items()
        return {name: row.processor for name, row in spent if name != "wait"}


def boxes_of(faces, take):
    """Return the boxes of a take, shape (frames, 4); zeros where there is none."""
    (file,) = faces.glob(f"*/{take.corpus}/{take.take}-*.npz")
    with np.load(file, allow_pickle=False) as stored:
        return stored["boxes"]


def reaped():
    """Wait until all worker processes are gone, so that their seconds are known."""
    while multiprocessing.active_children():
        time.sleep(0.01)


def ways(modality):
    """Return our ways by label."""
    return {
        EXACT: Ours(modality),
        **{label: Ours(modality, how) for label, how in SWITCHES[modality].items()},
        FASTEST: Ours(modality, fast=True),
    }


def peered(modality):
    """Return our ways whose work a peer of that modality does, by label."""
    if modality == "visual":
        return {}  # faces of the same frames: those that there are
    name = "vggish128.audioset"
    return {
        OFFICIAL: Ours(modality, backbone=name),
        OFFICIAL_FAST: Ours(modality, backbone=name, fast=True),
    }


def takes_of(files, count):
    """Return so many takes, of which several are of one file."""
    hashes = {file: sha256(file) for file in files}
    each = (files[number % len(files)] for number in range(count))
    return [
        Source(take=f"take-{n:04}", corpus="benchmark", file=file, sha256=hashes[file])
        for n, file in enumerate(each)
    ]
