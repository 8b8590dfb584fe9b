"""Find the face in each frame of a take, and cut it out as a network wants it.

The reference is the path of Beyene 2019 (appendix, "face detection and re-sizing
visual dataset"): the frame as BGR, OpenCV's grey, a Haar cascade (Viola & Jones 2001)
with scale 1.3 and 5 neighbours over the full frame, the first box. What is faster
and may change a number is a field of `HaarDetector` or `FaceView`, and so in its key.

Decoding and detection cost far more than embedding, so both are kept in a face store
that all visual backbones share.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from corpus.files import digest
from corpus.problem import Problem
from corpus.sight import Frame, iterate_frames
from visual_features.face_store import Shelf
from visual_features.haar import Box, HaarDetector

__all__ = ["FaceTrack", "FaceView", "HaarDetector", "face_tracks"]

COLOURS = ("gray", "bgr")
NO_FACE = ("full_frame", "previous", "drop")
INTERPOLATIONS = ("bilinear", "area", "cubic")


@dataclasses.dataclass(frozen=True, kw_only=True)
class FaceView:
    """How a face is cut out of its frame.

    Attributes:
        size: Side of the crop, in pixels.
        colour: "gray" (OpenCV's) or "bgr".
        interpolation: Of the resizing: "bilinear" (OpenCV's default), "area", "cubic".
        no_face: What stands for a frame without a face. "full_frame": the whole
            frame, squeezed to the crop's size (Beyene 2019, whose loop leaves such
            files as they are). "previous": this frame, cut at the last box found (at
            a take's start, the first one). "drop": nothing, the sequence is shorter.
        jpeg_passes: 0, or 2 as in Beyene 2019, whose crops were written as JPEG, and
            again after resizing (quality 95; a full frame was written only then).
        recipe: Raised when our own code changes a crop.
    """

    size: int = 48
    colour: str = "gray"
    interpolation: str = "bilinear"
    no_face: str = "full_frame"
    jpeg_passes: int = 0
    recipe: int = 1

    def __post_init__(self) -> None:
        if self.size < 1:
            raise Problem(f"a face crop's size must be at least 1, not {self.size}.")
        _among("colour", self.colour, COLOURS)
        _among("interpolation", self.interpolation, INTERPOLATIONS)
        _among("no_face", self.no_face, NO_FACE)
        _among("jpeg_passes", self.jpeg_passes, (0, 2))

    @property
    def name(self) -> str:
        """Colour and size, such as "gray48"."""
        return f"{self.colour}{self.size}"

    @property
    def key(self) -> str:
        """Eight hexadecimal characters that change with every field."""
        return digest(dataclasses.asdict(self))[:8]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one crop."""
        sides = (self.size, self.size)
        return sides if self.colour == "gray" else (*sides, 3)

    def cut(self, bgr: np.ndarray, gray: np.ndarray, box: Box | None) -> np.ndarray:
        """Return one crop.

        Args:
            bgr: The frame, shape (height, width, 3), uint8.
            gray: The same in OpenCV's grey, shape (height, width).
            box: Where to cut; None for the full frame.

        Returns:
            Shape `self.shape`, uint8.
        """
        import cv2

        if box is None:
            # In colour until it has its size, as the thesis' files were.
            crop, passes = bgr, self.jpeg_passes // 2
        else:
            x, y, width, height = box
            source = gray if self.colour == "gray" else bgr
            crop, passes = source[y : y + height, x : x + width], self.jpeg_passes
        if passes == 2:
            crop = _through_jpeg(crop)
        flag = {
            "bilinear": cv2.INTER_LINEAR,
            "area": cv2.INTER_AREA,
            "cubic": cv2.INTER_CUBIC,
        }[self.interpolation]
        crop = cv2.resize(crop, (self.size, self.size), interpolation=flag)
        if passes:
            crop = _through_jpeg(crop)
        if self.colour == "gray" and crop.ndim == 3:
            crop = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        return crop


def _through_jpeg(picture: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.imdecode(cv2.imencode(".jpg", picture)[1], cv2.IMREAD_UNCHANGED)


def _among(field: str, value, allowed: Sequence) -> None:
    if value not in allowed:
        raise Problem(
            f"{field} must be one of {', '.join(map(str, allowed))}, not {value!r}."
        )


@dataclasses.dataclass(frozen=True)
class FaceTrack:
    """A take's faces in one view.

    Attributes:
        crops: Shape (n, size, size) or (n, size, size, 3), uint8.
        time: Shape (n,), float64, seconds since the first frame.
        found: Shape (n,), bool; False where the view had to make do without a face.
    """

    crops: np.ndarray
    time: np.ndarray
    found: np.ndarray


def face_tracks(
    file: Path,
    *,
    take: str,
    corpus: str,
    source_sha256: str,
    detector: HaarDetector,
    views: Sequence[FaceView],
    store: Path,
) -> dict[FaceView, FaceTrack]:
    """Return a take's faces in each view, made only as far as the store lacks them.

    The video is decoded once for all views that are missing, and not at all where
    none is; faces are searched for only where no boxes are stored.

    Args:
        file: The video.
        take: The take's id.
        corpus: Its corpus.
        source_sha256: Of the file's bytes; part of the names in the store.
        detector: Finds the faces.
        views: How they are cut out.
        store: Root of the face store.

    Raises:
        Problem: If the video cannot be read, or a view needs a face and there is none
            in the whole take.
        OSError: If the store cannot be written.
    """

    def shelf(*folders: str) -> Shelf:
        return Shelf(
            folder=store.joinpath(f"{detector.name}-{detector.key}", *folders),
            corpus=corpus,
            take=take,
            source_sha256=source_sha256,
        )

    shelves = {view: shelf(f"{view.name}-{view.key}") for view in views}
    tracks = {}
    for view, place in shelves.items():
        arrays = place.read("crops", "time", "found")
        if arrays is not None and arrays["crops"].shape[1:] == view.shape:
            tracks[view] = FaceTrack(**arrays)
    missing = [view for view in shelves if view not in tracks]
    if missing:
        stored = shelf().read("boxes", "found", "time")
        known = None if stored is None else _boxes(stored)
        faces = _look(file, views=missing, detector=detector, known=known)
        if stored is None:
            shelf().write(faces.arrays())
        for view in missing:
            tracks[view] = faces.track(view, file)
            shelves[view].write(vars(tracks[view]))
    return {view: tracks[view] for view in views}


def _boxes(stored: dict[str, np.ndarray]) -> list[Box | None]:
    pairs = zip(stored["boxes"].tolist(), stored["found"], strict=True)
    return [tuple(box) if found else None for box, found in pairs]


@dataclasses.dataclass(frozen=True)
class _Faces:
    """What one pass over a video gave: one entry a frame."""

    size: tuple[int, int]
    time: list[float]
    boxes: list[Box | None]
    crops: dict[FaceView, list[np.ndarray]]

    def arrays(self) -> dict[str, np.ndarray]:
        """The boxes as they are stored; zeros where there is none."""
        boxes = [box or (0, 0, 0, 0) for box in self.boxes]
        return {
            "boxes": np.array(boxes, np.int32).reshape(-1, 4),
            "found": np.array([box is not None for box in self.boxes]),
            "time": np.array(self.time),
            "frame_size": np.array(self.size, np.int32),
        }

    def track(self, view: FaceView, file: Path) -> FaceTrack:
        """The crops of a view."""
        found = np.array([box is not None for box in self.boxes])
        if view.no_face != "full_frame" and not found.any():
            raise Problem(
                f"{file} shows no face in any of its {len(found)} frames; leave the "
                f"take out, or choose no_face = 'full_frame' or another detector."
            )
        kept = found if view.no_face == "drop" else np.ones_like(found)
        crops = np.stack(self.crops[view])[kept]
        return FaceTrack(crops, np.array(self.time)[kept], found[kept])


def _look(
    file: Path,
    *,
    views: Sequence[FaceView],
    detector: HaarDetector,
    known: list[Box | None] | None,
) -> _Faces:
    """Decode a video once; find the faces, unless they are known, and cut them."""
    size, time, boxes = (0, 0), [], []
    crops: dict[FaceView, list[np.ndarray]] = {view: [] for view in views}
    last: Box | None = None
    for frame, gray in _frames(file):
        box = detector.detect(gray) if known is None else known[frame.index]
        last = box or last
        size = frame.pixels.shape[1::-1]
        time.append(frame.time)
        boxes.append(box)
        for view in views:
            where = last if view.no_face == "previous" else box
            crops[view].append(view.cut(frame.pixels, gray, where))
    # Frames before the first face wait for its box. They are decoded a second time,
    # rarely and briefly, so as not to hold full frames in memory.
    early = [view for view in views if view.no_face == "previous"]
    first = next((index for index, box in enumerate(boxes) if box), 0)
    if early and first:
        for frame, gray in itertools.islice(_frames(file), first):
            for view in early:
                crops[view][frame.index] = view.cut(frame.pixels, gray, boxes[first])
    return _Faces(size, time, boxes, crops)


def _frames(file: Path) -> Iterator[tuple[Frame, np.ndarray]]:
    """Yield each frame and its grey."""
    import cv2

    for frame in iterate_frames(file):
        yield frame, cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY)
