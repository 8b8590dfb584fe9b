"""A network's file on face crops: the section `[picture]` of a description."""

import dataclasses
import functools
import inspect
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.adaptors.file_network import FileNetwork
from embeddings.backbone import About, Backbone, BackboneSpec
from embeddings.described import Description, section
from embeddings.settings import check_settings
from visual_features.face_backbone import FaceBackbone, sees_faces, settings_of
from visual_features.faces import FaceView, HaarDetector
from visual_features.scaling import CAFFE_MEANS, TORCH_DEVIATIONS, TORCH_MEANS

__all__ = ["Picture", "from_file", "pixels", "read_section"]

COLOURS = ("gray", "rgb", "bgr")
SCALINGS = ("none", "unit", "tf", "caffe", "torch")
LAYOUTS = ("nhwc", "nchw")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Picture:
    """What a network takes of a picture; how it is cut out is `FaceView`'s matter.

    Attributes:
        size: Side of the crops, in pixels.
        colour: "gray", or the order of the channels, "rgb" or "bgr".
        scaling: From levels of 0 to 255: "none"; "unit", to 0..1; "tf", to
            -1..1; "caffe", ImageNet's means subtracted; "torch", to 0..1, ImageNet's
            means subtracted, divided by its deviations.
        channels: 1 or 3; a grey picture with 3 is copied. By default 1 for grey.
        layout: "nhwc", or "nchw" if the channels come before height and width.
    """

    size: int
    colour: str
    scaling: str
    channels: int | None = None
    layout: str = "nhwc"

    def __post_init__(self) -> None:
        for field, allowed in (
            ("colour", COLOURS),
            ("scaling", SCALINGS),
            ("channels", (1, 3) if self.colour == "gray" else (3,)),
            ("layout", LAYOUTS),
        ):
            value = getattr(self, field)
            if value not in allowed and not (field == "channels" and value is None):
                raise Problem(
                    f"{field} must be {' or '.join(map(str, allowed))}, not {value!r}."
                )
        if self.scaling in ("caffe", "torch") and self.depth == 1:
            raise Problem(
                f"the scaling {self.scaling!r} is made for three channels; write "
                f"channels = 3, or another scaling."
            )

    @property
    def depth(self) -> int:
        """Channels of what enters the network."""
        return self.channels or (1 if self.colour == "gray" else 3)


@sees_faces()
def faces(
    *, view: FaceView, detector: HaarDetector, frames: str
) -> tuple[FaceView, HaarDetector, str]:
    """Return how faces are found and cut, of settings as all backbones take them."""
    return view, detector, frames


def from_file(*, described: Description, weights: str | Path | None = None) -> Backbone:
    """Make a backbone of a description with a section `[picture]`.

    Args:
        described: The description.
        weights: Another file of the same layout, in its stead; "random:SEED" where
            an architecture is named.

    Raises:
        Problem: If the section, or the file, is not as it must be.
    """
    if described.architecture is not None:
        return described.of_architecture(weights)
    picture, view, detector, frames = read_section(described)
    path, record = described.locate(weights)
    enter = functools.partial(
        pixels,
        colour=picture.colour,
        depth=picture.depth,
        scaling=picture.scaling,
        layout=picture.layout,
    )
    network = FileNetwork(
        path=path,
        sha256=record.sha256,
        output=described.output,
        enter=enter,
        channels_first=picture.layout == "nchw",
    )
    spec = BackboneSpec(
        name=described.name,
        modality="picture",
        layer=described.output.name,
        shape=network.shape(np.zeros((described.batch, *view.shape), np.uint8)),
        weights_sha256=record.sha256,
        preprocessing={
            **settings_of(view, detector),
            **enter.keywords,
            "pooling": described.output.pooling,
        },
        batch=described.batch,
    )
    backbone = FaceBackbone(
        spec,
        view=view,
        detector=detector,
        network=network,
        weights=record,
        about=About(
            input=f"{picture.colour} {picture.size}x{picture.size}, {picture.scaling}",
            parameters=network.parameters,
            licence=described.licence,
            source=described.source,
        ),
    )
    return backbone.showing(frames)


def read_section(
    described: Description,
) -> tuple[Picture, FaceView, HaarDetector, str]:
    """Read `[picture]`: what enters the network, how faces are cut, found and picked.

    Raises:
        Problem: If a setting is unknown, missing, or not allowed.
    """
    where, own = f"[picture] in {described.toml}", {}
    names = [field.name for field in dataclasses.fields(Picture)]
    others = dict(described.media)
    for name in names:
        if name in others:
            own[name] = others.pop(name)
    names += [name for name in inspect.signature(faces).parameters if name not in names]
    strange = [name for name in others if name not in names]
    if strange:
        raise Problem(
            f"{where} has no setting {strange[0]!r}; it has {', '.join(names)}."
        )
    picture = section(Picture, own, where=where)
    check_settings(where, faces, others)
    colour = "gray" if picture.colour == "gray" else "bgr"
    try:
        return picture, *faces(size=picture.size, colour=colour, **others)
    except Problem as problem:
        raise Problem(f"{where}: {problem}") from problem


def pixels(
    crops: np.ndarray, *, colour: str, depth: int, scaling: str, layout: str
) -> np.ndarray:
    """Make crops what a network takes.

    Args:
        crops: Shape (n, size, size), or (n, size, size, 3) in blue, green, red; uint8.
        colour: Of what enters: see `Picture`, as for all others.
        depth: Its channels.
        scaling: Of its levels.
        layout: Of its axes.

    Returns:
        Shape (n, size, size, depth) or (n, depth, size, size), float32.
    """
    values = crops.astype(np.float32)
    if colour == "gray":
        values = np.repeat(values[..., None], depth, axis=-1)
    elif colour == "rgb":
        values = values[..., ::-1]
    # Where grey was copied, it is in the order of the networks the scaling comes from.
    rgb = colour == "rgb" or (colour == "gray" and scaling == "torch")

    def channels(numbers: tuple[float, ...], order: str) -> np.ndarray:
        turned = rgb != (order == "rgb")
        return np.array(numbers[::-1] if turned else numbers, np.float32)

    if scaling == "unit":
        values = values / 255
    elif scaling == "tf":
        values = values / 127.5 - 1
    elif scaling == "caffe":
        values = values - channels(CAFFE_MEANS, "bgr")
    elif scaling == "torch":
        values = values / 255 - channels(TORCH_MEANS, "rgb")
        values = values / channels(TORCH_DEVIATIONS, "rgb")
    return np.moveaxis(values, -1, 1) if layout == "nchw" else values
