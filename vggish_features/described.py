"""A network's file on sound: the section `[sound]` of a description."""

import dataclasses
import math
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from corpus.sound import Waveform
from embeddings.adaptors.file_network import FileNetwork
from embeddings.backbone import About, Backbone, BackboneSpec, Examples
from embeddings.described import Description, section
from embeddings.frozen import Frozen
from vggish_features.log_mel import (
    BANDS,
    HOP,
    RATE,
    WINDOW,
    examples,
    log_mel,
    waveform_for_vggish,
)
from vggish_features.windows import windows

__all__ = ["Sound", "from_file", "log_mel_windows", "read_section"]

INPUTS = ("waveform", "log_mel")
TAILS = ("pad", "drop")
RESAMPLERS = ("resampy", "soxr")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sound:
    """What a network takes of a sound.

    Attributes:
        rate: Samples a second, in Hz.
        window_seconds: Length of one example.
        hop_seconds: From one example's start to the next's; None for the window.
        tail: What is left at the end: "pad" with zeros, or "drop".
        input: "waveform", or "log_mel": VGGish's 64 bands every 10 ms.
        resampler: "resampy" or "soxr".
    """

    rate: int
    window_seconds: float
    hop_seconds: float | None = None
    tail: str = "pad"
    input: str = "waveform"
    resampler: str = "resampy"

    def __post_init__(self) -> None:
        for field, allowed in (
            ("tail", TAILS),
            ("input", INPUTS),
            ("resampler", RESAMPLERS),
        ):
            if (value := getattr(self, field)) not in allowed:
                raise Problem(
                    f"{field} must be one of {', '.join(allowed)}, not {value!r}."
                )
        step = HOP if self.input == "log_mel" else 1
        if self.input == "log_mel" and self.rate != RATE:
            raise Problem(f"log_mel is made of sound at {RATE} Hz, not {self.rate}.")
        if self.rate < 1:
            raise Problem(f"rate must be at least 1 Hz, not {self.rate}.")
        for field in ("window_seconds", "hop_seconds"):
            seconds = getattr(self, field)
            if seconds is not None and not step <= self.rate * seconds < math.inf:
                raise Problem(
                    f"{field} must be at least {step / self.rate:g}, not {seconds}."
                )

    @property
    def hop(self) -> float:
        """From one example's start to the next's, in seconds."""
        return self.window_seconds if self.hop_seconds is None else self.hop_seconds

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example."""
        if self.input == "log_mel":
            return (_frames(self.window_seconds), BANDS)
        return (round(self.rate * self.window_seconds),)

    def prepare(self, waveform: Waveform) -> Examples:
        """Cut a take's sound into examples, shape (n, *self.shape), float32."""
        if self.input == "log_mel":
            return log_mel_windows(
                waveform,
                window_seconds=self.window_seconds,
                hop_seconds=self.hop,
                tail=self.tail,
                resampler=self.resampler,
            )
        return windows(
            waveform,
            rate=self.rate,
            window_seconds=self.window_seconds,
            hop_seconds=self.hop,
            tail=self.tail,
            resampler=self.resampler,
        )


def from_file(*, described: Description, weights: str | Path | None = None) -> Backbone:
    """Make a backbone of a description with a section `[sound]`.

    Args:
        described: The description.
        weights: Another file of the same layout, in its stead; "random:SEED" where
            an architecture is named.

    Raises:
        Problem: If the section, or the file, is not as it must be.
    """
    if described.architecture is not None:
        return described.of_architecture(weights)
    sound = read_section(described)
    path, record = described.locate(weights)
    network = FileNetwork(
        path=path, sha256=record.sha256, output=described.output, enter=np.asarray
    )
    spec = BackboneSpec(
        name=described.name,
        modality="sound",
        layer=described.output.name,
        shape=network.shape(np.zeros((described.batch, *sound.shape), np.float32)),
        weights_sha256=record.sha256,
        preprocessing={
            **dataclasses.asdict(sound),
            "hop_seconds": sound.hop,
            "pooling": described.output.pooling,
        },
        batch=described.batch,
    )
    return Frozen(
        spec,
        prepare=sound.prepare,
        network=network,
        weights=record,
        about=About(
            input=f"{sound.input} of {sound.window_seconds:g} s at {sound.rate} Hz",
            parameters=network.parameters,
            licence=described.licence,
            source=described.source,
        ),
    )


def read_section(described: Description) -> Sound:
    """Read `[sound]`.

    Raises:
        Problem: If a setting is unknown, missing, or not allowed.
    """
    return section(Sound, described.media, where=f"[sound] in {described.toml}")


def log_mel_windows(
    waveform: Waveform,
    *,
    window_seconds: float,
    hop_seconds: float,
    tail: str,
    resampler: str = "resampy",
) -> Examples:
    """Cut the log-mel spectrogram of a whole sound into examples.

    As VGGish's official code does: neighbours share the frames between them.

    Args:
        waveform: As recorded.
        window_seconds: Of one example, to the nearest 10 ms, as the next.
        hop_seconds: From one example's start to the next's.
        tail: "pad": zeros are appended to the sound until the last example is full;
            "drop": what is too short for one is left out.
        resampler: See `waveform_for_vggish`.
    """
    samples = waveform_for_vggish(waveform, seconds=None, resampler=resampler)
    frames, hop = _frames(window_seconds), _frames(hop_seconds)
    if tail == "pad":
        there = max(1, 1 + (len(samples) - WINDOW) // HOP)
        count = 1 + max(0, -(-(there - frames) // hop))
        needed = WINDOW + HOP * (frames + (count - 1) * hop - 1)
        samples = np.pad(samples, (0, max(0, needed - len(samples))))
    array = examples(log_mel(samples), frames=frames, hop=hop)
    return Examples(array, np.arange(len(array)) * (hop * HOP / RATE))


def _frames(seconds: float) -> int:
    return round(seconds * RATE / HOP)
