"""Which tracks a media file has, and how long each is, without decoding it."""

import dataclasses
from pathlib import Path

from corpus.containers import check_whole
from corpus.problem import Problem
from corpus.sound import SOUNDFILE_SUFFIXES

__all__ = ["Tracks", "read_tracks"]


@dataclasses.dataclass(frozen=True)
class Tracks:
    """The tracks of a file.

    Attributes:
        sound: Length of the sound, in seconds; None without sound.
        picture: Length of the moving picture, in seconds; None without.
    """

    sound: float | None
    picture: float | None


def read_tracks(file: Path) -> Tracks:
    """Say what is in a file, and how long it is.

    Where a container does not tell (what a browser recorded, say), its packets do:
    all bytes are read then, none decoded.

    Raises:
        Problem: If the file is missing, empty or truncated, or no media file.
    """
    if not file.is_file():
        raise Problem(f"{file} does not exist; name a video or sound file.")
    if not file.stat().st_size:
        raise Problem(f"{file} is empty (0 bytes); record or copy it again.")
    check_whole(file)
    if file.suffix.lower() in SOUNDFILE_SUFFIXES:
        return Tracks(_sound_file(file), None)
    return _container(file)


def _sound_file(file: Path) -> float:
    import soundfile

    try:
        return soundfile.info(file).duration
    except soundfile.LibsndfileError as error:
        raise Problem(
            f"{file} cannot be read as sound ({error.error_string.rstrip('.')}); "
            f"restore or remove it."
        ) from error


def _container(file: Path) -> Tracks:
    import av
    from av.stream import Disposition

    try:
        with av.open(f"file:{file}") as container:  # "a:b.mp4" is no address
            moving = (
                stream
                for stream in container.streams.video
                if not stream.disposition & Disposition.attached_pic
            )
            tracks = (next(iter(container.streams.audio), None), next(moving, None))
            tracks = [t if t is not None and t.codec_context else None for t in tracks]
            told = [t and _told(t, container.duration) for t in tracks]
            if 0 in told:
                counted = _counted(container)
                told = [t and counted.get(t.index, 0.0) for t in tracks]
    except av.FFmpegError as error:
        raise Problem(
            f"{file} is no video or sound file that can be read ({error.strerror}); "
            f"restore or remove it."
        ) from error
    if tracks == [None, None]:
        raise Problem(f"{file} has neither sound nor picture; leave it out.")
    return Tracks(*told)


def _told(stream, duration: int | None) -> float:
    """Return how long a track is, as its container has it; 0 where it does not say."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return (duration or 0) / 1e6


def _counted(container) -> dict[int, float]:
    """Return how long each track is by its packets."""
    ends: dict[int, tuple[float, float]] = {}
    for packet in container.demux():
        if packet.pts is None:
            continue
        begins = float(packet.pts * packet.time_base)
        stops = begins + float((packet.duration or 0) * packet.time_base)
        first, last = ends.get(packet.stream.index, (begins, stops))
        ends[packet.stream.index] = min(first, begins), max(last, stops)
    return {index: last - first for index, (first, last) in ends.items()}
