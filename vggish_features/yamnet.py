"""YAMNet as a backbone: 1,024 numbers for every 0.48 s, from AudioSet's 521 classes."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.backbone import About, BackboneSpec, Examples
from embeddings.frozen import Frozen
from embeddings.weights.location import Located, locate
from vggish_features import yamnet_network
from vggish_features.log_mel import BANDS, FFT, HOP, RATE, WINDOW, log_mel
from vggish_features.windows import windows

__all__ = ["yamnet"]

LOG_OFFSET = 0.001
# 96 frames of log-mel, the last of which ends 15 ms after 0.96 s.
WINDOW_SECONDS = 0.975
HOP_SECONDS = 0.48
OUTPUTS = {"embedding": 1024, "scores": yamnet_network.CLASSES}
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def yamnet(
    *,
    weights: str | Path | None = None,
    output: str = "embedding",
    hop_seconds: float = HOP_SECONDS,
    resampler: str = "resampy",
    precision: str = "float32",
    batch: int = 32,
) -> Frozen:
    """Make the backbone "yamnet.audioset".

    Plakal & Ellis 2020 (tensorflow/models, research/audioset/yamnet): log-mel patches
    of 0.96 s, zeros after the end so that the last one is full.

    Args:
        weights: `yamnet.h5`, TF-Hub's SavedModel folder or `yamnet.tflite`, an npz, or
            "random:SEED"; None to look where `embeddings.weights.location.locate` does.
        output: "embedding", or "scores": the probability of each of 521 classes.
        hop_seconds: From one patch's start to the next's, 0.48 officially.
        resampler: "resampy" or "soxr".
        precision: "float32", "mixed_bfloat16" or "mixed_float16".
        batch: Patches in a batch.

    Raises:
        Problem: If there are no weights, they are not YAMNet's, or a setting is none
            of those.
    """
    for setting, value, known in (
        ("output", output, tuple(OUTPUTS)),
        ("precision", precision, PRECISIONS),
        ("resampler", resampler, ("resampy", "soxr")),
    ):
        if value not in known:
            raise Problem(f"YAMNet's {setting} is {value!r}; use {' or '.join(known)}.")
    if batch < 1 or not 1 / RATE <= hop_seconds < math.inf:
        raise Problem(
            f"YAMNet needs a batch of 1 or more and a hop of some seconds, not "
            f"{batch} and {hop_seconds}."
        )
    located = locate("yamnet", weights)
    if located.path is not None:
        yamnet_network.load(located.path)  # refused now, not at the first embedding
    spec = BackboneSpec(
        name="yamnet.audioset",
        modality="sound",
        layer=output,
        shape=(OUTPUTS[output],),
        weights_sha256=located.record.sha256,
        preprocessing={
            "rate": RATE,
            "resampler": resampler,
            "window_seconds": WINDOW_SECONDS,
            "hop_seconds": hop_seconds,
            "window": WINDOW,
            "hop": HOP,
            "fft": FFT,
            "bands": BANDS,
            "log_offset": LOG_OFFSET,
        },
        precision=precision,
        batch=batch,
    )
    return Frozen(
        spec,
        prepare=Patches(hop_seconds, resampler),
        network=Network(located, output == "scores", precision),
        weights=located.record,
        about=About(
            input="log-mel of 0.96 s at 16 kHz, 96x64, every 0.48 s",
            parameters=yamnet_network.PARAMETERS,
            entries=("yamnet",),
            source="Plakal & Ellis 2020, tensorflow/models, research/audioset/yamnet",
        ),
    )


@dataclasses.dataclass(frozen=True)
class Patches:
    """Turns a take's sound into log-mel patches, shape (n, 96, 64), float32."""

    hop_seconds: float
    resampler: str

    def __call__(self, media: Waveform) -> Examples:
        """Cut the sound, and take the log-mel of each piece."""
        cut = windows(
            media,
            rate=RATE,
            window_seconds=WINDOW_SECONDS,
            hop_seconds=self.hop_seconds,
            resampler=self.resampler,
        )
        patches = [log_mel(piece, offset=LOG_OFFSET) for piece in cut.array]
        return Examples(np.stack(patches), cut.time)


@dataclasses.dataclass(frozen=True)
class Network:
    """Opens the network."""

    located: Located
    scores: bool
    precision: str

    def __call__(self) -> Callable[[np.ndarray], np.ndarray]:
        """Build it, and load its weights."""
        path, seed = self.located.path, self.located.seed
        tensors = (
            yamnet_network.random(seed) if path is None else yamnet_network.load(path)
        )
        model = yamnet_network.build(
            tensors, scores=self.scores, precision=self.precision
        )
        model.compile(jit_compile=False)  # XLA is no faster on a CPU here
        return model.predict_on_batch
