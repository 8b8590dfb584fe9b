"""VGG19 trained on FER2013: emotions read off 48x48 grey faces.

The network of WuJie1010/Facial-Expression-Recognition.Pytorch (2018): the sixteen
convolutions of Simonyan & Zisserman's VGG19, each with batch normalisation, and one
dense layer from 512 numbers to the seven classes of `corpus.labels.FER2013`. Its author
measures 73.112 % on FER2013's private test, averaging over ten crops of 44x44.
"""

from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.backbone import About, BackboneSpec
from embeddings.weights.location import locate
from embeddings.weights.manifest import MANIFEST
from visual_features.detectors import Detector
from visual_features.face_backbone import FaceBackbone, sees_faces, settings_of
from visual_features.face_view import FaceView
from visual_features.fer_network import LAYERS, SIZE, EmotionNet, shapes
from visual_features.trunk import PRECISIONS

__all__ = ["fer_vgg19"]

ENTRY = "fer_vgg19"


@sees_faces(size=SIZE)
def fer_vgg19(
    *,
    weights: str | Path | None = None,
    layer: str = "penultimate",
    ten_crops: bool = True,
    scaling: str = "own",
    order: str = "rgb",
    normalisation: str = "trained",
    dropout: bool = False,
    precision: str = "float32",
    batch: int = 32,
    view: FaceView,
    detector: Detector,
) -> FaceBackbone:
    """Make the backbone "vgg19.fer2013".

    Args:
        weights: The author's checkpoint, an `.npz` of ours, or "random:SEED"; None
            looks in the usual places and fetches the file if need be.
        layer: "penultimate", 512 numbers a frame, the mean over the crops; or
            "probabilities" of the seven classes in the order of
            `corpus.labels.FER2013`, of the mean over the crops.
        ten_crops: Whether it looks at ten crops of 44x44, as its author tests it, or
            at the face as it is, which takes a tenth of the time.
        scaling: "own" and "unit" divide levels by 255; "torch" subtracts ImageNet's
            means after that, and divides by its deviations, as Brambilla (2020) does.
        order: Of the channels of a colour view, as they enter: "rgb", or "bgr" as
            OpenCV gives them (Brambilla 2020). Grey is copied to all three.
        normalisation: "trained" uses the statistics of the training; "image" those of
            each picture by itself, which is what PyTorch does in training mode with one
            picture at a time (Brambilla 2020, whose code never calls `eval`).
        dropout: Whether half of the penultimate numbers, by chance, are zero and the
            others doubled, as in training mode. The chance is drawn from the pixels,
            so that a face always has the same numbers.
        precision: "float32", "mixed_bfloat16" or "mixed_float16".
        batch: Frames in a batch.
        view: How the faces are cut out, 48x48.
        detector: Finds them.

    Raises:
        Problem: If a setting is not one of these, there are no weights, or they are
            another network's.
    """
    for name, value, allowed in (
        ("layer", layer, tuple(LAYERS)),
        ("scaling", scaling, ("own", "unit", "torch")),
        ("order", order, ("rgb", "bgr")),
        ("normalisation", normalisation, ("trained", "image")),
        ("precision", precision, PRECISIONS),
    ):
        if value not in allowed:
            raise Problem(
                f"vgg19.fer2013's {name} must be one of {', '.join(allowed)}, not "
                f"{value!r}."
            )
    if view.size != SIZE or batch < 1:
        raise Problem(
            f"vgg19.fer2013 takes faces of {SIZE} pixels a side in batches of at least "
            f"1, not {view.size} and {batch}."
        )
    if dropout and layer != "penultimate":
        raise Problem(
            "dropout is of vgg19.fer2013's penultimate numbers; leave it out, or take "
            "that layer."
        )
    own = {
        "ten_crops": ten_crops,
        "scaling": "unit" if scaling == "own" else scaling,
        "order": order,
        "normalisation": normalisation,
        "dropout": dropout,
    }
    located = locate(ENTRY, weights)
    network = EmotionNet(
        located=located, view=view, layer=layer, precision=precision, **own
    )
    if located.path is not None and located.record.verified != "hash":
        network.tensors()  # refused now, not at the first embedding
    return FaceBackbone(
        BackboneSpec(
            name="vgg19.fer2013",
            modality="picture",
            layer=layer,
            shape=(LAYERS[layer],),
            weights_sha256=located.record.sha256,
            preprocessing={**settings_of(view, detector), **own},
            precision=precision,
            batch=batch,
        ),
        view=view,
        detector=detector,
        network=network,
        weights=located.record,
        about=About(
            input=f"{view.colour} face, {view.size}x{view.size}",
            parameters=sum(int(np.prod(shape)) for shape in shapes().values()),
            entries=(ENTRY,),
            source=MANIFEST[ENTRY].citation,
        ),
    )
