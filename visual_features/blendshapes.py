"""Blendshapes: how far each of 52 movements of a face has gone, frame by frame.

MediaPipe's face landmarker (Grishchenko et al., *Blendshapes GHUM*, arXiv:2309.05782,
2023) is a face detector, a network for 478 landmarks, and a small one from 146 of these
to 52 scores in 0..1, such as `jawOpen` and `mouthSmileLeft`.

It needs the extra `blendshapes`, and works on the host, in worker processes.
"""

import functools
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.backbone import About, BackboneSpec, Examples
from embeddings.catalogue import Listed
from embeddings.weights.location import locate
from embeddings.weights.manifest import MANIFEST
from visual_features.detectors import Detector
from visual_features.face_backbone import (
    FaceBackbone,
    crops_of,
    sees_faces,
    settings_of,
)
from visual_features.face_view import FaceView
from visual_features.faces import FaceTrack
from visual_features.landmarker import MODES, SCORES, Landmarker, check_task

__all__ = ["blendshapes"]

ENTRY = "face_landmarker"
ORDERS = ("rgb", "bgr")
PARAMETERS = 101_390 + 1_199_316 + 450_522  # of detector, landmarks, blendshapes


@sees_faces(size=256, colour="bgr", width=None, detector={"name": "centre"})
def blendshapes(
    *,
    weights: str | Path | None = None,
    neutral: bool = True,
    mode: str = "image",
    confidence: float = 0.5,
    order: str = "rgb",
    batch: int = 32,
    view: FaceView,
    detector: Detector,
) -> FaceBackbone:
    """Make the backbone "blendshapes.mediapipe".

    MediaPipe finds the face by itself, so that crops need not be close: the centre
    square of a frame by default. Where faces are small or aside, take a Haar detector
    and a margin of 0.5. A frame in which MediaPipe finds none has the scores of the
    frame before, or zeros if none was found yet; the array `found` says where.

    Args:
        weights: A `.task` file; None looks in the usual places and fetches MediaPipe's
            own if need be. There are no random ones.
        neutral: Whether the first score, `_neutral`, is kept: 52 scores, or 51.
        mode: "image" looks at each frame by itself, so that its scores depend on no
            other; "video" follows the face from frame to frame and smooths landmarks
            over time, which trembles less.
        confidence: From which on MediaPipe believes a face, in 0..1.
        order: Of the channels that MediaPipe is shown, which takes "rgb"; "bgr" is
            OpenCV's, as Coppola et al. (2024) hand frames over.
        batch: Frames in a batch; changes no number.
        view: How frames are cut; in colour. Theirs is of 320x240, to which the whole
            frame is squeezed: size = 240, width = 320 and the detector "frame".
        detector: Says where.

    Raises:
        Problem: If a setting is not one of these, or there is no whole `.task` file
            with blendshapes.
    """
    if str(weights).startswith("random:"):
        raise Problem(
            "blendshapes.mediapipe has no random weights, since MediaPipe opens only "
            "its own file; leave them out, or give the path of a face_landmarker.task."
        )
    if mode not in MODES or not 0 <= confidence <= 1 or batch < 1:
        raise Problem(
            f"blendshapes take the mode {' or '.join(MODES)}, a confidence in 0..1 and "
            f"batches of at least 1, not {mode!r}, {confidence} and {batch}."
        )
    if order not in ORDERS:
        raise Problem(f"order must be one of {', '.join(ORDERS)}, not {order!r}.")
    if view.colour != "bgr":
        raise Problem(
            f"blendshapes are read off colour, so colour must be 'bgr', not "
            f"{view.colour!r}."
        )
    located = locate(ENTRY, weights)
    check_task(located.path)
    return FaceBackbone(
        BackboneSpec(
            name="blendshapes.mediapipe",
            modality="picture",
            layer="blendshapes",
            shape=(SCORES if neutral else SCORES - 1,),
            weights_sha256=located.record.sha256,
            preprocessing={
                **settings_of(view, detector),
                "neutral": neutral,
                "mode": mode,
                "confidence": confidence,
                # It came later, so that its default is not in older keys.
                **({} if order == "rgb" else {"order": order}),
            },
            batch=batch,
        ),
        view=view,
        detector=detector,
        prepare=functools.partial(
            _scores,
            landmarker=Landmarker(
                path=located.path.absolute(),
                mode=mode,
                confidence=confidence,
                order=order,
            ),
            view=view,
            neutral=neutral,
        ),
        weights=located.record,
        about=About(
            input=f"colour picture with a face, {view.shape[1]}x{view.size}",
            parameters=PARAMETERS,
            entries=(ENTRY,),
            source=MANIFEST[ENTRY].citation,
        ),
    )


# What a list says as long as the file is not here, and nothing can be made of it.
blendshapes.listed = Listed(
    name="blendshapes.mediapipe",
    modality="picture",
    layer="blendshapes",
    input="colour picture with a face, 256x256",
    shape=(SCORES,),
    parameters=PARAMETERS,
    needs_weights=True,
    entries=(ENTRY,),
    licence=MANIFEST[ENTRY].licence,
    source=MANIFEST[ENTRY].citation,
)


def _scores(
    track: FaceTrack, *, landmarker: Landmarker, view: FaceView, neutral: bool
) -> Examples:
    """Return a take's scores; where no face was found, those before."""
    crops = crops_of(track, view=view)
    scores, found = landmarker(crops.array, crops.time)
    # The last frame that had a face, counted from 1; 0 is a row of zeros before all.
    last = np.maximum.accumulate(np.where(found, np.arange(1, len(found) + 1), 0))
    filled = np.concatenate([np.zeros((1, SCORES), np.float32), scores])[last]
    return Examples(filled if neutral else filled[:, 1:], crops.time, {"found": found})
