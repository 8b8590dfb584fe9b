"""Read a take's sound: wav, flac and the like, and the sound of video files."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np

from corpus.containers import check_whole
from corpus.problem import Problem

__all__ = ["Waveform", "has_sound", "read_waveform"]

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


def read_waveform(file: Path) -> Waveform:
    """Read the sound of a file at its own rate, with all its channels.

    16-bit files give the integers divided by 32,768, as the official VGGish code
    and the thesis have it.

    Raises:
        Problem: If the file is missing, truncated or damaged, or holds no sound.
    """
    file = Path(file)
    if not file.is_file():
        raise Problem(f"{file} does not exist; index the corpus again.")
    check_whole(file)
    if file.suffix.lower() in SOUNDFILE_SUFFIXES:
        samples, rate = _read_sound_file(file)
    else:
        samples, rate = _read_container(file)
    if not len(samples):
        raise Problem(f"{file} holds no samples of sound; restore or remove it.")
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


def _read_sound_file(file: Path) -> tuple[np.ndarray, int]:
    import soundfile

    try:
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise Problem(
            f"{file} cannot be read as sound ({error.error_string.rstrip('.')}); "
            f"restore or remove it."
        ) from error
    return samples, rate


def _read_container(file: Path) -> tuple[np.ndarray, int]:
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
            for frame in container.decode(stream):
                blocks += [block.to_ndarray() for block in resampler.resample(frame)]
            blocks += [block.to_ndarray() for block in resampler.resample(None)]
    except av.FFmpegError as error:
        raise Problem(
            f"{file} cannot be decoded ({error.strerror}); it may be truncated: "
            f"restore or remove it."
        ) from error
    if not blocks:
        return np.zeros((0, 1), np.float32), rate
    return np.concatenate(blocks, axis=1).T, rate
