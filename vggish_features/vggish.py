"""VGGish as backbones: 512 numbers a take (thesis), 128 every 0.96 s (official)."""

import dataclasses
import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from embeddings.backbone import About, BackboneSpec
from embeddings.frozen import Frozen, Network
from embeddings.weights.location import Located, locate, random_tensors
from embeddings.winograd import quickly
from vggish_features.log_mel import (
    BANDS,
    FFT,
    HOP,
    LOG_OFFSET,
    MEL_MAX_HZ,
    MEL_MIN_HZ,
    RATE,
    WINDOW,
    LogMelExamples,
)
from vggish_features.network import (
    CONV_SHAPES,
    FC_SHAPES,
    build_conv,
    build_full,
    set_tensors,
)
from vggish_features.postprocess import pca_tensors, postprocess
from vggish_features.pretrained import load_vggish, verify

__all__ = ["vggish_128", "vggish_512"]

SOURCE = "Hershey et al. 2017, tensorflow/models, research/audioset/vggish"

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def vggish_512(
    *,
    weights: str | Path | None = None,
    pooling: str = "max",
    seconds: float | None = 5.0,
    frames: int = 496,
    resampler: str = "resampy",
    precision: str = "float32",
    batch: int = 8,
) -> Frozen:
    """Make the thesis' backbone: 496x64 to 512 numbers, none below zero.

    Beyene 2019: the take is padded with zeros or cut to 5 s, its log-mel spectrogram
    is one example of 4.96 s, and pool4 is pooled over time and frequency.

    Args:
        weights: A file or folder (see `vggish_features.pretrained`), "random:SEED", or
            None to look where `embeddings.weights.location.locate` does.
        pooling: "max" (the thesis), or "avg" (the Keras port's default).
        seconds: Length the take is padded or cut to; None takes it as it is, in as
            many examples as it fills.
        frames: Of one example, 10 ms each.
        resampler: "resampy" or "soxr".
        precision: "float32"; "mixed_bfloat16" is faster on processors that have it,
            and less exact.
        batch: Examples a call; the result of one does not depend on the others.

    Raises:
        Problem: If there are no weights, or a setting is none of those.
    """
    _one_of("pooling", pooling, ("max", "avg"))
    _one_of("precision", precision, PRECISIONS)
    _at_least_one(frames=frames, batch=batch)
    _fills(seconds, frames)
    located = _verified(locate("vggish_conv", weights), need=("conv",))
    spec = BackboneSpec(
        name="vggish.audioset",
        modality="sound",
        layer=f"pool4, global {pooling}",
        shape=(512,),
        weights_sha256=located.record.sha256,
        preprocessing=_preprocessing(seconds, frames, resampler),
        precision=precision,
        batch=batch,
    )
    return Frozen(
        spec,
        prepare=LogMelExamples(seconds, frames, resampler),
        network=Convolutions(located, frames, pooling, precision),
        weights=located.record,
        about=About(
            input=f"log-mel of {frames / 100:g} s at 16 kHz, {frames}x{BANDS}",
            parameters=_parameters(CONV_SHAPES),
            entries=("vggish_conv",),
            source=SOURCE + "; Beyene 2019",
        ),
    )


def vggish_128(
    *,
    weights: str | Path | None = None,
    output: str = "raw",
    pca: str | Path | None = None,
    quantise: bool = False,
    seconds: float | None = None,
    resampler: str = "resampy",
    precision: str = "float32",
    batch: int = 32,
) -> Frozen:
    """Make the official backbone: 128 numbers for every 0.96 s, a remainder dropped.

    Args:
        weights: As for `vggish_512`; the dense layers must be among them.
        output: "raw" (fc2 as it is, official since mid-2020), "relu" (as before), or
            "pca" (the official postprocessing, as of AudioSet's released features).
        pca: The file of PCA parameters, or "random:SEED"; looked for as weights are,
            and as random as those if they are.
        quantise: Whether "pca" ends in whole numbers 0..255 instead of [-2, 2].
        seconds: Length the take is padded or cut to; None (official) leaves it.
        resampler: "resampy" or "soxr".
        precision: As for `vggish_512`.
        batch: Examples a call.

    Raises:
        Problem: If there are no weights, or a setting is none of those.
    """
    _one_of("output", output, ("raw", "relu", "pca"))
    _one_of("precision", precision, PRECISIONS)
    _at_least_one(batch=batch)
    _fills(seconds, 96)
    located = _verified(locate("vggish", weights), need=("conv", "fc"))
    preprocessing = _preprocessing(seconds, 96, resampler)
    principal = None
    if output == "pca":
        random = str(weights).startswith("random:")
        found = locate("vggish_pca", pca or (weights if random else None))
        preprocessing["pca"] = {"sha256": found.record.sha256, "quantise": quantise}
        principal = pca_tensors(found)
    spec = BackboneSpec(
        name="vggish128.audioset",
        modality="sound",
        layer={"raw": "fc2", "relu": "fc2, ReLU", "pca": "fc2, PCA"}[output],
        shape=(128,),
        weights_sha256=located.record.sha256,
        preprocessing=preprocessing,
        precision=precision,
        batch=batch,
    )
    return Frozen(
        spec,
        prepare=LogMelExamples(seconds, 96, resampler),
        network=Whole(located, output, precision, principal, quantise),
        weights=located.record,
        about=About(
            input=f"log-mel of 0.96 s at 16 kHz, 96x{BANDS}, every 0.96 s",
            parameters=_parameters({**CONV_SHAPES, **FC_SHAPES}),
            entries=("vggish", "vggish_pca"),
            source=SOURCE,
        ),
    )


@dataclasses.dataclass(frozen=True)
class Convolutions:
    """Opens the convolutions, pooled: (n, frames, 64) to (n, 512)."""

    located: Located
    frames: int
    pooling: str
    precision: str

    def __call__(self) -> Network:
        """Build it, and load its weights."""
        model = build_conv(
            (self.frames, BANDS, 1), pooling=self.pooling, precision=self.precision
        )
        set_tensors(model, _tensors(self.located, CONV_SHAPES, ("conv",)))
        return _compiled(model)


@dataclasses.dataclass(frozen=True)
class Whole:
    """Opens the whole network: (n, 96, 64) to (n, 128)."""

    located: Located
    output: str
    precision: str
    pca: Mapping[str, np.ndarray] | None
    quantise: bool

    def __call__(self) -> Network:
        """Build it, and load its weights."""
        model = build_full(precision=self.precision)
        shapes = {**CONV_SHAPES, **FC_SHAPES}
        set_tensors(model, _tensors(self.located, shapes, ("conv", "fc")))
        return functools.partial(
            _finished,
            _compiled(model),
            output=self.output,
            pca=self.pca,
            quantise=self.quantise,
        )


def _finished(
    network: Network,
    array: np.ndarray,
    *,
    output: str,
    pca: Mapping[str, np.ndarray] | None,
    quantise: bool,
) -> np.ndarray:
    embeddings = network(array)
    if output == "relu":
        return np.maximum(embeddings, 0)
    if pca is not None:
        return postprocess(embeddings, quantise=quantise, **pca)
    return embeddings


def _tensors(
    located: Located, shapes: Mapping, need: tuple[str, ...]
) -> dict[str, np.ndarray]:
    if located.path is None:
        return random_tensors(shapes, located.seed)
    return load_vggish(located.path, need=need)


def _parameters(shapes: Mapping[str, tuple[int, ...]]) -> int:
    return sum(math.prod(shape) for shape in shapes.values())


def _preprocessing(
    seconds: float | None, frames: int, resampler: str
) -> dict[str, Any]:
    """Every parameter between the recording and the network."""
    _one_of("resampler", resampler, ("resampy", "soxr"))
    return {
        "seconds": seconds,
        "rate": RATE,
        "resampler": resampler,
        "window": WINDOW,
        "hop": HOP,
        "fft": FFT,
        "bands": BANDS,
        "mel_hz": [MEL_MIN_HZ, MEL_MAX_HZ],
        "log_offset": LOG_OFFSET,
        "frames": frames,
        "frames_hop": frames,
    }


def _one_of(setting: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Problem(f"{setting} is {value!r}; use {' or '.join(known)}.")


def _at_least_one(**settings: int) -> None:
    for setting, value in settings.items():
        if value < 1:
            raise Problem(f"{setting} is {value}; use a whole number from 1 on.")


def _fills(seconds: float | None, frames: int) -> None:
    """Refuse a length that holds not one example, before the first take does."""
    needed = WINDOW + (frames - 1) * HOP
    if seconds is not None and not needed <= seconds * RATE < math.inf:
        raise Problem(
            f"seconds is {seconds}, and one example of {frames} frames needs a length "
            f"of at least {needed / RATE}."
        )


def _verified(located: Located, *, need: tuple[str, ...]) -> Located:
    """Refuse a wrong file now and not at the first embedding; note how good it is."""
    if located.path is None or located.record.verified != "unverified":
        return located  # by its hash, or by `emostack weights verify`
    record = dataclasses.replace(
        located.record, verified=verify(located.path, need=need)
    )
    return dataclasses.replace(located, record=record)


def _compiled(model) -> Network:
    # XLA is no faster on a CPU here, and takes its time to compile.
    model.compile(jit_compile=False)
    return functools.partial(_heard, quickly(model))


def _heard(network: Network, array: np.ndarray) -> np.ndarray:
    return np.asarray(network(array[..., None]), np.float32)
