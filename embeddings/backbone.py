"""A backbone's contract: a frozen spec, host-side `prepare`, device-side `embed`."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from corpus.files import digest
from corpus.problem import Problem

__all__ = [
    "LATER",
    "NO_WEIGHTS",
    "STORED",
    "About",
    "Backbone",
    "BackboneSpec",
    "Examples",
    "WeightsRecord",
]


STORED = ("float32", "float16")

# Fields of a spec that have come since embeddings are stored, with the values that
# change nothing. Those are left out of keys, so that older embeddings are found again.
LATER: Mapping[str, Any] = {"stored": "float32"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightsRecord:
    """Where a backbone's weights come from, and how far they can be trusted.

    Attributes:
        source: A path, an address, "random:SEED", or "none" (no weights needed).
        sha256: Of the file's bytes, or of "random:SEED"; "" where there are none.
        verified: "hash", "smoke", "unverified", "random" or "none".
        how: The same in words: which hash, whose, or what figures.
        origin: Where the file was fetched or imported from, if that is known.
    """

    source: str
    sha256: str
    verified: str
    how: str = ""
    origin: str = ""

    @property
    def random(self) -> bool:
        """Whether these are random numbers and not a pretrained network."""
        return self.verified == "random"


NO_WEIGHTS = WeightsRecord(source="none", sha256="", verified="none")


@dataclasses.dataclass(frozen=True, kw_only=True)
class About:
    """What a list says of a backbone; no number depends on it.

    Attributes:
        input: What its network sees, "log-mel of 0.96 s at 16 kHz, 96x64".
        parameters: How many numbers are frozen in it.
        entries: The entries of `embeddings.weights.manifest.MANIFEST` that it needs.
        licence: Of what it computes with, where no entry says it.
        source: Paper and section, or address.
    """

    input: str = ""
    parameters: int = 0
    entries: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class BackboneSpec:
    """Everything that changes an embedding's numbers, and nothing else.

    Attributes:
        name: `family.data`, such as "vgg16.imagenet".
        modality: "sound" or "picture".
        layer: The layer or pooled output that is taken.
        shape: Shape of one embedding, such as (512,).
        weights_sha256: Identity of the weights; "" for none.
        preprocessing: Every parameter between media and network input, JSON values.
        precision: Arithmetic of the network, "float32" by default.
        batch: Examples in a batch; batches always have this size.
        stored: What embeddings are on disk: "float32", or "float16", half as large and
            exact to about three digits. Read again they are float32.
        recipe: Raised when our own code changes the numbers.
    """

    name: str
    modality: str
    layer: str
    shape: tuple[int, ...]
    weights_sha256: str = ""
    preprocessing: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    precision: str = "float32"
    batch: int = 32
    stored: str = "float32"
    recipe: int = 1

    def __post_init__(self) -> None:
        if self.stored not in STORED:
            raise Problem(
                f"embeddings are stored as {' or '.join(STORED)}, not as "
                f"{self.stored!r}."
            )

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        return digest(self.told)[:8]

    @property
    def told(self) -> dict[str, Any]:
        """The fields by name, as keys and records of a store have them."""
        fields = dataclasses.asdict(self).items()
        return {name: value for name, value in fields if LATER.get(name, ...) != value}

    @property
    def folder(self) -> str:
        """Name of this spec's folder in the store, "vgg16.imagenet-051371a2"."""
        return f"{self.name}-{self.key}"


@dataclasses.dataclass(frozen=True)
class Examples:
    """What a backbone's network sees of one take.

    Attributes:
        array: Shape (n, ...), one row an example; uint8 for pictures.
        time: Shape (n,), float64, seconds from the start of the take.
        extra: Further arrays of length n, kept beside the embedding (such as `found`).
    """

    array: np.ndarray
    time: np.ndarray
    extra: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = {len(self.array), len(self.time), *map(len, self.extra.values())}
        if len(rows) != 1:
            raise ValueError(f"array, time and extra differ in length: {sorted(rows)}")
        if not len(self.array):
            raise Problem("holds not a single example; the take is too short or empty.")


class Backbone(Protocol):
    """A frozen network, or a plain computation, that turns media into embeddings.

    It must pickle without its network (worker processes call only `prepare`, and
    never import Keras), and build the network at the first `embed`;
    `embeddings.frozen.Frozen` does. One for pictures also says which faces it wants:
    a `detector` and a `view`, see `visual_features.face_backbone.FaceBackbone`.
    """

    spec: BackboneSpec
    weights: WeightsRecord
    about: About

    def prepare(self, media: Any) -> Examples:
        """Turn a take's media into examples, on the host.

        Args:
            media: For "sound" a `corpus.sound.Waveform`; for "picture" a
                `visual_features.faces.FaceTrack` of this backbone's `view`.
        """
        ...

    def embed(self, array: np.ndarray) -> np.ndarray:
        """Return the embeddings, shape (n, *spec.shape), float32, of n examples.

        Scaling of the input is done here. n is always `spec.batch`.
        """
        ...
