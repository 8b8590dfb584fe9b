"""Thumbnails of faces: pixels as they are, to see what a network adds to them."""

import functools

import numpy as np

from corpus.problem import Problem
from embeddings.backbone import About, BackboneSpec, Examples
from visual_features.detectors import Detector
from visual_features.face_backbone import (
    FaceBackbone,
    crops_of,
    sees_faces,
    settings_of,
)
from visual_features.faces import FaceTrack, FaceView

__all__ = ["thumbnail"]

# By form, what a spec calls its output; "pixels" as it was before there was another.
FORMS = {"flat": "pixels", "image": "image"}


@sees_faces(size=16, interpolation="area")
def thumbnail(
    *,
    scaling: str = "own",
    form: str = "flat",
    batch: int = 32,
    view: FaceView,
    detector: Detector,
) -> FaceBackbone:
    """Make the backbone "thumbnail.pixels", which has no weights.

    An embedding is a crop's pixels in 0..1: 256 of them at 16x16 in grey.

    Args:
        scaling: "own" or "unit"; both divide by 255.
        form: "flat", row by row; or "image", shape (height, width[, 3]), which a CNN
            is fed where `frames` picks one frame a take.
        batch: Frames in a batch; changes no number.
        view: How the faces are cut out.
        detector: Finds them.

    Raises:
        Problem: If the scaling or form is another, or the batch below 1.
    """
    if form not in FORMS:
        raise Problem(f"a thumbnail's form is {' or '.join(FORMS)}, not {form!r}.")
    if scaling not in ("own", "unit") or batch < 1:
        raise Problem(
            f"a thumbnail's scaling must be 'own' or 'unit', in batches of at least "
            f"1, not {scaling!r} and {batch}."
        )
    return FaceBackbone(
        BackboneSpec(
            name="thumbnail.pixels",
            modality="picture",
            layer=FORMS[form],
            shape=view.shape if form == "image" else (int(np.prod(view.shape)),),
            preprocessing={**settings_of(view, detector), "scaling": "unit"},
            batch=batch,
        ),
        view=view,
        detector=detector,
        prepare=functools.partial(_pixels, view=view, form=form),
        about=About(
            input=f"{view.colour} face, {view.size}x{view.size}",
            licence="Apache-2.0",
            source="the face crops themselves",
        ),
    )


def _pixels(track: FaceTrack, *, view: FaceView, form: str) -> Examples:
    examples = crops_of(track, view=view)
    pixels = examples.array / np.float32(255)
    if form == "flat":
        pixels = pixels.reshape(len(pixels), -1)
    return Examples(pixels, examples.time, examples.extra)
