"""Read a take's pictures: frames by presentation time, streamed.

Everything here goes through PyAV (FFmpeg's libraries, bundled with it). Time is
counted from the first frame shown, so that a container's start offset (the delay of
B frames, most often) does not move the picture.
"""

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corpus.containers import check_whole
from corpus.problem import Problem

if TYPE_CHECKING:
    import av.container
    import av.video

__all__ = ["Frame", "PictureFacts", "iterate_frames", "probe_picture", "read_comment"]

COLOURS = ("bgr24", "rgb24", "gray", "luma")
# Codings whose first plane is brightness, one byte a pixel, of 16..235 unless the
# frame says otherwise; and those that say so by their name.
LIMITED = {"yuv420p", "yuv422p", "yuv444p", "nv12", "nv21"}
FULL = {"gray", "yuvj420p", "yuvj422p", "yuvj444p"}
CURE = "restore or remove it."
# Brightness of 16..235 to levels of 0..255.
STRETCHED = np.clip(np.round((np.arange(256) - 16) * 255 / 219), 0, 255).astype("uint8")


class Frame(NamedTuple):
    """One frame as it was shown.

    Attributes:
        index: Position among the frames shown, from 0.
        time: Seconds since the first frame.
        pixels: Shape (height, width, 3), or (height, width) in "gray" and "luma";
            uint8.
    """

    index: int
    time: float
    pixels: np.ndarray


@dataclasses.dataclass(frozen=True, kw_only=True)
class PictureFacts:
    """What a video file holds, told by its packets.

    Attributes:
        fps: Frames a second over the whole file (30000/1001 is 29.97003).
        frames: Frames shown.
        width: In pixels, as shown (a phone's rotation is undone).
        height: In pixels, as shown.
        duration_seconds: From the first frame's start to the last one's end.
    """

    fps: float
    frames: int
    width: int
    height: int
    duration_seconds: float


def iterate_frames(
    file: Path,
    *,
    colour: str = "bgr24",
    threads: int = 1,
    start: float = 0.0,
    end: float = math.inf,
) -> Iterator[Frame]:
    """Decode a video, or a stretch of it, frame by frame in the order of presentation.

    Memory does not grow with the length of the video. Frames that an edit list
    hides are not shown, as in a player (the original clips of RAVDESS hide one).

    Args:
        file: Whatever FFmpeg decodes.
        colour: "bgr24", "rgb24", or "gray" (FFmpeg's own grey: up to one level off
            OpenCV's, which is the reference for faces), or "luma": the decoder's
            brightness as it is, stretched to 0..255, without going by way of colours;
            several levels off where a picture is colourful.
        threads: Of the decoder; 1 suits many worker processes beside one another.
        start: Seconds since the first frame, from which on frames are wanted. What
            comes before is jumped over, as far as the container has an index.
        end: From which on they are not.

    Yields:
        The frames; times rise strictly, and are those of the whole video.

    Raises:
        Problem: If the file is missing, truncated or damaged, holds no pictures (from
            start to end), or changes their size on the way. It may come after some
            frames.
    """
    if colour not in COLOURS:
        raise ValueError(f"colour must be one of {', '.join(COLOURS)}, not {colour!r}")
    file, size = Path(file), None
    with _opened(file) as (container, stream):
        stream.codec_context.thread_count = threads
        index = 0
        for time, frame in _timed(container, stream, file, start):
            if time < start:
                continue
            if time >= end:
                break
            pixels = _upright(_pixels(frame, colour), frame.rotation)
            if (size := size or pixels.shape) != pixels.shape:
                raise Problem(
                    f"{file} changes the size of its pictures after frame "
                    f"{index - 1}; encode it again in one size, or remove it."
                )
            yield Frame(index, time, pixels)
            index += 1
        if size is None:
            where = f" from {start:g} s on" if start else ""
            raise Problem(f"{file} holds not a single picture{where}; {CURE}")


def probe_picture(file: Path) -> PictureFacts:
    """Count and time a video's frames without decoding more than the first.

    The packets are counted, not the container's word taken: the frame count in an
    mp4 includes frames its edit list hides (99 for 98 in the original clips of
    RAVDESS), and other containers give none. All bytes are read, none decoded.

    Raises:
        Problem: As `iterate_frames`, as far as it shows without decoding.
    """
    file, first, spans = Path(file), None, []
    with _opened(file) as (container, stream):
        for packet in container.demux(stream):
            _check(packet, file)
            if packet.size and not packet.is_discard:
                spans.append((packet.pts, packet.duration or 0))
            if first is None:
                first = next(iter(packet.decode()), None)
        if first is None:
            raise Problem(f"{file} holds not a single picture; {CURE}")
        clock = _Clock(stream)
    shape = _upright(np.empty((first.height, first.width)), first.rotation).shape
    stamped = sorted(span for span in spans if span[0] is not None)
    times = [clock.seconds(pts) for pts, _ in stamped]
    times += [clock.seconds(None) for _ in range(len(spans) - len(stamped))]
    last = stamped[-1][1] * clock.unit if stamped else 0
    duration = times[-1] + float(last or clock.step)
    return PictureFacts(
        fps=len(times) / duration,
        frames=len(times),
        width=shape[1],
        height=shape[0],
        duration_seconds=duration,
    )


def read_comment(file: Path) -> str:
    """Return the `comment` in the metadata of an mp4, wav, flac or the like, or "".

    Made-up corpora name themselves there.

    Raises:
        Problem: If the file is missing or no media file.
    """
    with _container(Path(file)) as container:
        tags = dict(container.metadata)
        for stream in container.streams:  # ogg keeps its tags there
            tags = {**stream.metadata, **tags}
    return next((text for name, text in tags.items() if name.lower() == "comment"), "")


class _Clock:
    """Presentation time stamps to seconds since the first, strictly rising.

    Stamps that are missing, or do not rise, are taken to be one frame interval after
    the frame before (FFmpeg's "constant rate" guess).
    """

    def __init__(self, stream: "av.video.VideoStream") -> None:
        self.unit = _fraction(stream.time_base)
        rate = stream.average_rate or stream.guessed_rate
        self.step = 1 / _fraction(rate) if rate else Fraction(1, 25)
        self.first: Fraction | None = None
        self.last = -self.step

    def stamp(self, seconds: float) -> int:
        """Return the presentation time stamp of a time, once the first is known."""
        return int((self.first + Fraction(seconds)) / self.unit)

    def restart(self) -> None:
        """Let times begin anew, still counted from the same first frame."""
        self.last = -self.step

    def seconds(self, pts: int | None) -> float:
        stamp = self.last + self.step
        if pts is not None:
            if self.first is None:
                self.first = pts * self.unit - stamp
            stamp = pts * self.unit - self.first
        if stamp <= self.last:
            stamp = self.last + self.step
        self.last = stamp
        return float(stamp)


def _pixels(frame: "av.video.VideoFrame", colour: str) -> np.ndarray:
    if colour != "luma":
        return frame.to_ndarray(format=colour)
    coding = frame.format.name
    if coding not in LIMITED | FULL:  # more than 8 bits, or no brightness of its own
        return frame.to_ndarray(format="gray")
    import cv2
    from av.video.reformatter import ColorRange

    plane = frame.planes[0]
    stored = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    stored = stored[: frame.height, : frame.width]
    full = coding in FULL or frame.color_range == ColorRange.JPEG
    return stored.copy() if full else cv2.LUT(stored, STRETCHED)


def _fraction(ratio) -> Fraction:  # a Fraction, or PyAV 19's own rational
    return Fraction(ratio.numerator, ratio.denominator)


def _upright(pixels: np.ndarray, degrees: float) -> np.ndarray:
    """Turn a picture counter-clockwise, by quarter turns, as its container asks."""
    quarters = round(degrees / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarters)) if quarters else pixels


def _timed(
    container, stream, file: Path, start: float
) -> Iterator[tuple[float, "av.video.VideoFrame"]]:
    """Yield frames and their times, those long before a start left out if can be."""
    import av

    clock = _Clock(stream)
    if start > 0 and container.duration is not None:  # else a seek finds nothing
        first = next(_decoded(container, stream, file), None)
        if first is not None and first.pts is not None:
            clock.seconds(first.pts)
            target = clock.stamp(start)
            try:
                container.seek(target, stream=stream)
                landed = next(_decoded(container, stream, file), None)
            except av.FFmpegError:  # no index: from the beginning, then
                landed = None
            good = landed is not None and landed.pts is not None
            # A seek goes back to a key frame. Where it ended beyond the target, or
            # nowhere, this container's index is not to be relied on.
            if good and landed.pts <= target:
                clock.restart()
                yield clock.seconds(landed.pts), landed
                for frame in _decoded(container, stream, file):
                    yield clock.seconds(frame.pts), frame
                return
            container.seek(first.pts, stream=stream)
            clock.restart()
    for frame in _decoded(container, stream, file):
        yield clock.seconds(frame.pts), frame


def _decoded(container, stream, file: Path) -> Iterator["av.video.VideoFrame"]:
    for packet in container.demux(stream):
        _check(packet, file)
        for frame in packet.decode():
            _check(frame, file)
            yield frame


def _check(part, file: Path) -> None:
    if part.is_corrupt:
        raise Problem(f"{file} is damaged or truncated; {CURE}")


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[tuple]:
    """Open a file and choose its first moving picture (a cover is none)."""
    from av.stream import Disposition

    with _container(file) as container:
        moving = (
            stream
            for stream in container.streams.video
            if not stream.disposition & Disposition.attached_pic
        )
        if (stream := next(moving, None)) is None:
            raise Problem(
                f"{file} has no picture track; give a file that has one, "
                f"or leave the take out."
            )
        if stream.codec_context is None:
            raise Problem(f"{file} has pictures in a coding unknown here; {CURE}")
        yield container, stream


@contextlib.contextmanager
def _container(file: Path) -> Iterator["av.container.InputContainer"]:
    import av

    if not file.is_file():
        raise Problem(f"{file} does not exist; index the corpus again.")
    check_whole(file)
    try:
        with av.open(f"file:{file}") as container:  # "a:b.mp4" is no address
            yield container
    except av.FFmpegError as error:
        raise Problem(
            f"{file} cannot be decoded ({error.strerror}); it may be truncated: {CURE}"
        ) from error
