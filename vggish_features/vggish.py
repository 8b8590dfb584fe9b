"""VGGish as backbones: 512 numbers a take (thesis), 128 every 0.96 s (official)."""

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.backbone import BackboneSpec, Examples, WeightsRecord
from embeddings.weights import Located, locate, random_tensors
from vggish_features.log_mel import (
    BANDS,
    FFT,
    HOP,
    LOG_OFFSET,
    MEL_MAX_HZ,
    MEL_MIN_HZ,
    RATE,
    WINDOW,
    examples,
    log_mel,
    waveform_for_vggish,
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

__all__ = ["VGGish128", "VGGish512", "vggish_128", "vggish_512"]

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
) -> "VGGish512":
    """Make the thesis' backbone: 496x64 to 512 numbers, none below zero.

    Beyene 2019: the take is padded with zeros or cut to 5 s, its log-mel spectrogram
    is one example of 4.96 s, and pool4 is pooled over time and frequency.

    Args:
        weights: A file or folder (see `vggish_features.pretrained`), "random:SEED", or
            None to look where `embeddings.weights.locate` does.
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
    return VGGish512(spec, located, pooling=pooling)


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
) -> "VGGish128":
    """Make the official backbone: 128 numbers for every 0.96 s, a remainder dropped.

    Args:
        weights: As for `vggish_512`; the dense layers must be among them.
        output: "raw" (fc2 as it is, official since mid-2020), "relu" (as before), or
            "pca" (the official postprocessing, as of AudioSet's released features).
        pca: The file of PCA parameters; looked for as weights are.
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
        found = locate("vggish_pca", pca)
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
    return VGGish128(spec, located, output=output, pca=principal, quantise=quantise)


class _VGGish:
    """What both have in common; see `embeddings.backbone.Backbone`."""

    spec: BackboneSpec
    weights: WeightsRecord
    _network: Any  # built at the first batch, by each in its own way

    def __init__(self, spec: BackboneSpec, located: Located) -> None:
        self.spec = spec
        self.weights = located.record
        self._located = located

    def __getstate__(self) -> dict[str, Any]:
        # Worker processes call `prepare` only: the network stays behind.
        return {k: v for k, v in self.__dict__.items() if k != "_network"}

    def prepare(self, media: Waveform) -> Examples:
        """Turn a take's sound into log-mel examples, shape (n, frames, 64), float32.

        Raises:
            Problem: If it is too short for a single example.
        """
        settings = self.spec.preprocessing
        samples = waveform_for_vggish(
            media, seconds=settings["seconds"], resampler=settings["resampler"]
        )
        frames, hop = settings["frames"], settings["frames_hop"]
        array = examples(log_mel(samples), frames=frames, hop=hop)
        if not len(array):
            needed = (WINDOW + (frames - 1) * HOP) / RATE
            raise Problem(
                f"lasts {len(samples) / RATE:.3f} s, and one example needs "
                f"{needed:.3f} s; leave the take out, or set `seconds` to pad it."
            )
        return Examples(array, np.arange(len(array)) * (hop * HOP / RATE))

    def _predict(self, array: np.ndarray) -> np.ndarray:
        # One compiled function for the one shape of batches: predict() in a loop
        # leaks (tensorflow#44711) and sets up a data pipeline every time.
        outputs = self._network.predict_on_batch(array[..., None])
        return np.asarray(outputs, np.float32)

    def _tensors(self, shapes: Mapping, need: tuple[str, ...]) -> dict[str, np.ndarray]:
        if self._located.path is None:
            return random_tensors(shapes, self._located.seed)
        return load_vggish(self._located.path, need=need)


class VGGish512(_VGGish):
    """The convolutions, pooled; made by `vggish_512`."""

    def __init__(self, spec: BackboneSpec, located: Located, *, pooling: str) -> None:
        super().__init__(spec, located)
        self._pooling = pooling

    def embed(self, array: np.ndarray) -> np.ndarray:
        """Embed log-mel examples, (batch, frames, 64) -> (batch, 512), float32."""
        return self._predict(array)

    @functools.cached_property
    def _network(self):
        model = build_conv(
            (self.spec.preprocessing["frames"], BANDS, 1),
            pooling=self._pooling,
            precision=self.spec.precision,
        )
        set_tensors(model, self._tensors(CONV_SHAPES, ("conv",)))
        return _compiled(model)


class VGGish128(_VGGish):
    """The whole network; made by `vggish_128`."""

    def __init__(
        self,
        spec: BackboneSpec,
        located: Located,
        *,
        output: str,
        pca: Mapping[str, np.ndarray] | None,
        quantise: bool,
    ) -> None:
        super().__init__(spec, located)
        self._output = output
        self._pca = pca
        self._quantise = quantise

    def embed(self, array: np.ndarray) -> np.ndarray:
        """Embed log-mel examples, (batch, 96, 64) -> (batch, 128), float32."""
        embeddings = self._predict(array)
        if self._output == "relu":
            return np.maximum(embeddings, 0)
        if self._output == "pca":
            return postprocess(embeddings, quantise=self._quantise, **self._pca)
        return embeddings

    @functools.cached_property
    def _network(self):
        model = build_full(precision=self.spec.precision)
        set_tensors(model, self._tensors({**CONV_SHAPES, **FC_SHAPES}, ("conv", "fc")))
        return _compiled(model)


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
    if seconds is not None and seconds * RATE < WINDOW + (frames - 1) * HOP:
        raise Problem(
            f"seconds is {seconds}, which is too short for one example of {frames} "
            f"frames; give at least {(WINDOW + (frames - 1) * HOP) / RATE}."
        )


def _verified(located: Located, *, need: tuple[str, ...]) -> Located:
    """Refuse a wrong file now and not at the first embedding; note how good it is."""
    if located.path is None:
        return located
    record = dataclasses.replace(
        located.record, verified=verify(located.path, need=need)
    )
    return dataclasses.replace(located, record=record)


def _compiled(model):
    # XLA is no faster on a CPU here, and takes its time to compile.
    model.compile(jit_compile=False)
    return model
