"""MediaPipe's face landmarker: opened from its file, asked frame by frame.

What is odd about the library (1.2.2) is dealt with here: it talks on standard error
whatever one sets, it wants a graphics library even on the processor, and it sends
statistics of its use to play.googleapis.com without asking.
"""

import contextlib
import dataclasses
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from corpus.download import offline
from corpus.problem import Problem

__all__ = ["MODES", "SCORES", "Landmarker", "check_task"]

SCORES = 52
MODES = ("image", "video")

# What a task file with blendshapes holds; MediaPipe's first ones lacked the last.
MEMBERS = (
    "face_detector.tflite",
    "face_landmarks_detector.tflite",
    "geometry_pipeline_metadata_landmarks.binarypb",
    "face_blendshapes.tflite",
)

NOWHERE = "http://127.0.0.1:9"  # the "discard" port of this machine: nobody listens


@dataclasses.dataclass(frozen=True, kw_only=True)
class Landmarker:
    """The face landmarker with its settings; pickles, and is opened at each call.

    Attributes:
        path: Its `.task` file.
        mode: "image" or "video".
        confidence: From which on a face is believed, found or followed, in 0..1.
        order: Of the channels it is shown, "rgb", as it takes them, or "bgr".
    """

    path: Path
    mode: str = "image"
    confidence: float = 0.5
    order: str = "rgb"

    def __call__(
        self, crops: np.ndarray, time: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the scores of one take's frames, and where a face was found.

        Args:
            crops: Shape (n, height, width, 3), uint8; blue, green, red.
            time: Shape (n,), seconds, rising.

        Returns:
            Shape (n, 52), float32, in 0..1, zeros where there was no face; and shape
            (n,), bool.

        Raises:
            Problem: If MediaPipe is not installed, or cannot open the file.
        """
        scores = np.zeros((len(crops), SCORES), np.float32)
        found = np.zeros(len(crops), bool)
        stamp, turn = -1, -1 if self.order == "rgb" else 1
        # Opened for each take: what "video" remembers must not reach into the next.
        with _silence(), _mediapipe() as mediapipe, self._open(mediapipe) as landmarker:
            for row, (crop, seconds) in enumerate(zip(crops, time, strict=True)):
                picture = mediapipe.Image(
                    image_format=mediapipe.ImageFormat.SRGB,
                    data=np.ascontiguousarray(crop[..., ::turn]),
                )
                if self.mode == "video":
                    stamp = max(stamp + 1, round(1000 * seconds))  # ms, rising
                    result = landmarker.detect_for_video(picture, stamp)
                else:
                    result = landmarker.detect(picture)
                if result.face_blendshapes:
                    found[row] = True
                    scores[row] = [one.score for one in result.face_blendshapes[0]]
        return scores, found

    def _open(self, mediapipe: ModuleType):
        vision = mediapipe.tasks.vision
        options = vision.FaceLandmarkerOptions(
            base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(self.path)),
            running_mode=vision.RunningMode[self.mode.upper()],
            num_faces=1,
            min_face_detection_confidence=self.confidence,
            min_face_presence_confidence=self.confidence,
            min_tracking_confidence=self.confidence,
            output_face_blendshapes=True,
        )
        try:
            return vision.FaceLandmarker.create_from_options(options)
        except (FileNotFoundError, RuntimeError, ValueError) as error:
            raise Problem(
                f"MediaPipe {mediapipe.__version__} cannot open {self.path}: {error}"
            ) from error


def check_task(path: Path) -> None:
    """See that a file is a whole face landmarker with blendshapes.

    Args:
        path: A `.task` file, which is a zip archive of networks.

    Raises:
        Problem: If it is no such archive, damaged, or another task's.
    """
    again = "fetch it again by `emostack weights fetch face_landmarker`"
    try:
        with zipfile.ZipFile(path) as task:
            lacking = [name for name in MEMBERS if name not in task.namelist()]
            damaged = task.testzip()
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
        raise Problem(
            f"{path} is no MediaPipe task file, or not a whole one ({error}); {again}."
        ) from error
    if lacking:
        raise Problem(
            f"{path} holds no {lacking[0]}, so it is not the face landmarker with "
            f"blendshapes; {again}."
        )
    if damaged:
        raise Problem(f"{path} is damaged in its part {damaged}; {again}.")


@contextlib.contextmanager
def _mediapipe() -> Iterator[ModuleType]:
    """Import MediaPipe, and say it in a sentence where that fails."""
    _keep_off_the_net()
    try:
        import mediapipe
        import mediapipe.tasks.python.vision  # with OpenCV
    except ModuleNotFoundError as error:
        raise Problem(
            f"blendshapes need {error.name}, which is not installed; run "
            f"`pip install emostack[blendshapes]`."
        ) from error
    except (ImportError, OSError) as error:
        raise _unloadable(error) from error
    try:
        yield mediapipe
    except OSError as error:  # its own library is loaded when first used
        raise _unloadable(error) from error


def _unloadable(error: Exception) -> Problem:
    return Problem(
        f"MediaPipe cannot be loaded ({error}); a machine without a screen may lack "
        f"what `apt-get install libegl1 libgles2 libgl1 libglib2.0-0` brings."
    )


def _keep_off_the_net() -> None:
    """Where the network is forbidden, send MediaPipe's statistics nowhere.

    There is no switch against them, but they go through the proxy that the
    environment names. All else of ours keeps off the network by itself then.
    """
    if offline():
        for name in ("https_proxy", "HTTPS_PROXY"):
            os.environ[name] = NOWHERE
        for name in ("no_proxy", "NO_PROXY"):
            os.environ.pop(name, None)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Drop what is written to standard error, even by C++."""
    sys.stderr.flush()
    screen = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(screen, 2)
        os.close(screen)
