"""Find the face in each frame of a take, and cut it out as a network wants it.

The reference is the path of Beyene 2019 (appendix, "face detection and re-sizing
visual dataset"): the frame as BGR, OpenCV's grey, a Haar cascade (Viola & Jones 2001)
with scale 1.3 and 5 neighbours over the full frame, the first box. What is faster
and may change a number is a field of the detector or `FaceView`, and so in its key.

A face store that all visual backbones share keeps the boxes, always, and the crops of
views up to `KEPT_SIZE` pixels a side. Larger ones are cut again each time they are
wanted, which costs a decoding but no search (several times as long): colour crops of
224x224 would take 20 GB for RAVDESS' 1,248 takes of speech. The crops are the same
either way.
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from corpus.sight import Frame, iterate_frames
from corpus.stopwatch import spending, timed
from visual_features.detectors import Detector
from visual_features.face_store import Shelf
from visual_features.face_view import FaceView
from visual_features.haar import Box, HaarDetector

__all__ = ["KEPT_SIZE", "FaceTrack", "FaceView", "HaarDetector", "face_tracks"]

# Side of the largest crops that are kept: 3 MB a take in colour (110 frames).
KEPT_SIZE = 96


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
    detector: Detector,
    views: Sequence[FaceView],
    store: Path,
    start: float = 0.0,
    end: float = math.inf,
) -> dict[FaceView, FaceTrack]:
    """Return a take's faces in each view, made only as far as the store lacks them.

    The video is decoded once for all views that are missing or too large to be kept,
    and not at all where there are none; faces are searched for only where no boxes are
    stored.

    Args:
        file: The video.
        take: The take's id.
        corpus: Its corpus.
        source_sha256: Of the file's bytes; part of the names in the store.
        detector: Finds the faces.
        views: How they are cut out.
        store: Root of the face store.
        start: Where a take begins that is a stretch of a longer video, in seconds.
        end: Where it ends. Times are those of the video.

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

    kept = {
        view: shelf(f"{view.name}-{view.key}")
        for view in views
        if max(view.shape[:2]) <= KEPT_SIZE
    }
    tracks = {}
    for view, place in kept.items():
        arrays = place.read("crops", "time", "found")
        if arrays is not None and arrays["crops"].shape[1:] == view.shape:
            tracks[view] = FaceTrack(**arrays)
    missing = [view for view in dict.fromkeys(views) if view not in tracks]
    if missing:
        stored = shelf().read("boxes", "found", "time")
        known = () if stored is None else _boxes(stored)
        faces = _look(
            functools.partial(_frames, file, start, end, detector),
            views=missing,
            detector=detector,
            known=known,
        )
        with spending("write"):
            if stored is None:
                shelf().write(faces.arrays())
            for view in missing:
                tracks[view] = faces.track(view, file)
                if view in kept:
                    kept[view].write(vars(tracks[view]))
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
    frames: Callable[[], Iterator[tuple[Frame, np.ndarray]]],
    *,
    views: Sequence[FaceView],
    detector: Detector,
    known: Sequence[Box | None],
) -> _Faces:
    """Decode a video once; find the faces, unless they are known, and cut them.

    Known boxes that end before the video does come of another decoder; the frames
    after them are searched.
    """
    size, time, boxes = (0, 0), [], []
    crops: dict[FaceView, list[np.ndarray]] = {view: [] for view in views}
    last: Box | None = None
    tracks = getattr(detector, "track", False)
    for frame, gray in timed(frames(), "decode"):
        if frame.index < len(known):
            box = known[frame.index]
        else:
            with spending("detect"):
                box = detector.detect(gray, *((last,) if tracks else ()))
        last = box or last
        size = frame.pixels.shape[1::-1]
        time.append(frame.time)
        boxes.append(box)
        with spending("crop"):
            for view in views:
                where = last if view.no_face == "previous" else box
                crop = view.cut(frame.pixels, gray, where, found=box is not None)
                crops[view].append(crop)
    # Frames before the first face wait for its box. They are decoded a second time,
    # rarely and briefly, so as not to hold full frames in memory.
    early = [view for view in views if view.no_face == "previous"]
    first = next((index for index, box in enumerate(boxes) if box), 0)
    if early and first:
        for frame, gray in itertools.islice(frames(), first):
            for view in early:
                crop = view.cut(frame.pixels, gray, boxes[first], found=False)
                crops[view][frame.index] = crop
    return _Faces(size, time, boxes, crops)


def _frames(
    file: Path, start: float, end: float, detector: Detector
) -> Iterator[tuple[Frame, np.ndarray]]:
    """Yield each frame and its grey."""
    import cv2

    if getattr(detector, "luma", False):
        for frame in iterate_frames(file, colour="luma", start=start, end=end):
            yield frame, frame.pixels
        return
    for frame in iterate_frames(file, start=start, end=end):
        yield frame, cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY)
