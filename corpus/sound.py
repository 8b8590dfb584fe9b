"""Read a take's sound: wav, flac and the like, and the sound of video files."""

import contextlib
import dataclasses
import hashlib
import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.containers import check_whole
from corpus.problem import Problem

if TYPE_CHECKING:
    import av

__all__ = ["Waveform", "has_sound", "read_waveform"]

# Decoding begins so long before a stretch, in seconds: several of a codec's frames.
PREROLL = 0.5

# soundfile reads these; everything else is asked of FFmpeg (PyAV).
SOUNDFILE_SUFFIXES = {".wav", ".flac", ".ogg", ".aiff", ".aif"}


@dataclasses.dataclass(frozen=True)
class Waveform:
    """Sound as it was recorded.

    Attributes:
        samples: Shape (samples, channels), float32, in [-1, 1].
        rate: Samples per second, in Hz.
    """

    samples: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.samples.shape[1]

    @property
    def sha256(self) -> str:
        """Identity of the decoded sound, whatever container and codec held it.

        Two files are the same recording when their 16-bit samples and rate agree.
        """
        pcm = np.round(self.samples * 32768.0).clip(-32768, 32767).astype("<i2")
        head = f"{self.rate}/{self.channels}/".encode()
        return hashlib.sha256(head + pcm.tobytes()).hexdigest()


def read_waveform(file: Path, *, start: float = 0.0, end: float = math.inf) -> Waveform:
    """Read the sound of a file, or a stretch of it, at its own rate, all channels.

    16-bit files give the integers divided by 32,768, as the official VGGish code
    and the thesis have it.

    Args:
        file: Whatever libsndfile or FFmpeg decodes.
        start: In seconds; what comes before is jumped over.
        end: Where to stop. Memory holds the stretch alone.

    Raises:
        Problem: If the file is missing, truncated or damaged, or holds no sound (from
            start to end).
    """
    file = Path(file)
    if not file.is_file():
        raise Problem(f"{file} does not exist; index the corpus again.")
    check_whole(file)
    if file.suffix.lower() in SOUNDFILE_SUFFIXES:
        samples, rate = _read_sound_file(file, start, end)
    else:
        samples, rate = _read_container(file, start, end)
    if not len(samples):
        where = f" from {start:g} s on" if start else ""
        raise Problem(f"{file} holds no samples of sound{where}; restore or remove it.")
    if not np.isfinite(samples).all():
        raise Problem(
            f"{file} holds samples that are no numbers; restore or remove it."
        )
    return Waveform(np.ascontiguousarray(samples, dtype=np.float32), rate)


def has_sound(file: Path) -> bool:
    """Say whether a media file has a sound track, without decoding it.

    Raises:
        Problem: If it is no media file.
    """
    import av

    try:
        with av.open(f"file:{file}") as container:  # "a:b.mp4" is no address
            return bool(container.streams.audio)
    except av.FFmpegError as error:
        raise Problem(
            f"{file} cannot be decoded ({error.strerror}); restore or remove it."
        ) from error


def _read_sound_file(file: Path, start: float, end: float) -> tuple[np.ndarray, int]:
    import soundfile

    try:
        with soundfile.SoundFile(file) as sound:
            rate = sound.samplerate
            first = min(round(start * rate), sound.frames)
            last = sound.frames if math.isinf(end) else round(end * rate)
            if first:
                sound.seek(first)
            # -1, all that is left, is also right where the header's count is not.
            count = -1 if math.isinf(end) else max(last - first, 0)
            samples = sound.read(count, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise Problem(
            f"{file} cannot be read as sound ({error.error_string.rstrip('.')}); "
            f"restore or remove it."
        ) from error
    return samples, rate


def _read_container(file: Path, start: float, end: float) -> tuple[np.ndarray, int]:
    import av

    blocks: list[np.ndarray] = []
    try:
        with av.open(f"file:{file}") as container:
            if not container.streams.audio:
                raise Problem(
                    f"{file} has no sound track; give a file that has one, "
                    f"or leave the take out."
                )
            stream = container.streams.audio[0]
            rate = stream.codec_context.sample_rate
            resampler = av.AudioResampler(format="fltp")  # rate and layout as they are
            frames, skip = _from(container, stream, start)
            wanted = math.inf if math.isinf(end) else round(end * rate)
            wanted -= round(start * rate)
            had = -skip
            for frame in frames:
                for block in resampler.resample(frame):
                    blocks.append(block.to_ndarray())
                    had += block.samples
                if had >= wanted:
                    break
                while blocks and had <= 0:  # long before the start
                    skip -= blocks.pop(0).shape[1]
            else:
                blocks += [block.to_ndarray() for block in resampler.resample(None)]
    except av.FFmpegError as error:
        raise Problem(
            f"{file} cannot be decoded ({error.strerror}); it may be truncated: "
            f"restore or remove it."
        ) from error
    if not blocks:
        return np.zeros((0, 1), np.float32), rate
    samples = np.concatenate(blocks, axis=1).T
    return samples[skip:] if math.isinf(wanted) else samples[skip:][:wanted], rate


def _from(container, stream, start: float) -> tuple[Iterator["av.AudioFrame"], int]:
    """Return frames from some time before a start, and how many samples too early.

    A codec needs what came before to sound right, so that it begins `PREROLL` early.
    """
    import av

    frames, rate = container.decode(stream), stream.codec_context.sample_rate
    if start <= PREROLL:
        return frames, round(start * rate)
    first = next(frames, None)
    if first is None or first.pts is None:
        return itertools.chain([first] if first else [], frames), round(start * rate)
    with contextlib.suppress(av.FFmpegError):  # no index: from the beginning, then
        target = int(first.pts + (start - PREROLL) / stream.time_base)
        container.seek(target, stream=stream)
        frames = container.decode(stream)
        landed = next(frames, None)
        if landed is not None and landed.pts is not None:
            early = start - float((landed.pts - first.pts) * stream.time_base)
            if early >= 0:
                return itertools.chain([landed], frames), round(early * rate)
    container.seek(first.pts, stream=stream)
    return container.decode(stream), round(start * rate)
