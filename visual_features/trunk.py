"""A network trained on ImageNet, cut at a layer and pooled, as a frozen backbone."""

import dataclasses
import difflib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from embeddings.backbone import About, BackboneSpec
from embeddings.frozen import Network
from embeddings.weights.location import Located, locate, read_tensors
from embeddings.weights.manifest import MANIFEST
from embeddings.winograd import quickly
from visual_features.detectors import Detector
from visual_features.face_backbone import FaceBackbone, sees_faces, settings_of
from visual_features.faces import FaceView
from visual_features.layer_weights import (
    Layout,
    arranged,
    layers_by_name,
    random_weights,
    weights_by_name,
)
from visual_features.scaling import entering

__all__ = ["Architecture", "Trunk", "backbone_of"]

POOLINGS = ("avg", "max", "none")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Architecture:
    """A network, as a rule without its classifier; what is known without building it.

    Attributes:
        name: "vgg16"; the backbone is "vgg16.imagenet", its weights "vgg16_notop".
        title: "VGG16".
        build: Called with the side of the pictures and Keras' `pooling`, returns the
            Keras model with any weights.
        mode: How its authors scale levels, see `visual_features.scaling`.
        smallest: Side of the smallest pictures it takes.
        layer: The last one.
        channels: Of the last layer.
        side: Side of the last layer's map, of the side of the pictures; None if that
            layer is dense. Such a network has one size, its smallest, and its
            classifier's file.
        parameters: How many numbers its weights are.
        size: Side of the crops, if nothing else is asked for.
        colour: Theirs, likewise.
        first: The first layer that is not Keras' own scaling, where it has any:
            levels are scaled here instead, so that "unit" is possible.
    """

    name: str
    title: str
    build: Callable[[int, str | None], Any]
    mode: str
    smallest: int = 32
    layer: str
    channels: int
    side: Callable[[int], int] | None
    parameters: int
    size: int = 96
    colour: str = "bgr"
    first: str = ""

    @property
    def entry(self) -> str:
        """Name of its weights."""
        return f"{self.name}_notop" if self.side else self.name

    @property
    def order(self) -> str:
        """Order of the channels it was trained on."""
        return "bgr" if self.mode == "caffe" else "rgb"

    def model(self, size: int, pooling: str | None = None):
        """Build it from its first layer that has been trained, with any weights."""
        import keras

        whole = self.build(size, pooling)
        if not self.first:
            return whole
        return keras.Model(whole.get_layer(self.first).input, whole.output)


@functools.cache
def _layout(architecture: Architecture) -> Layout:
    return Layout.of(architecture.model(architecture.smallest))


@functools.cache
def _outputs(architecture: Architecture, size: int) -> dict[str, tuple[int, ...]]:
    """Shape of every layer's output that is a map, or of a dense one a vector."""
    _, *layers = layers_by_name(architecture.model(size)).items()
    shapes = {name: layer.output.shape[1:] for name, layer in layers}
    ranks = (3,) if architecture.side else (1, 3)
    return {name: shape for name, shape in shapes.items() if len(shape) in ranks}


def _shape(architecture: Architecture, layer: str, size: int) -> tuple[int, ...]:
    if layer == architecture.layer:  # without building it
        sides = (architecture.side(size),) * 2 if architecture.side else ()
        return (*sides, architecture.channels)
    maps = _outputs(architecture, size)
    if layer not in maps:
        near = difflib.get_close_matches(layer, maps, n=3, cutoff=0) or list(maps)[-3:]
        raise Problem(
            f"{architecture.title} has no layer {layer!r}; the nearest names are "
            f"{', '.join(near)}, and its last one is {architecture.layer}."
        )
    return maps[layer]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trunk:
    """Opens the network of a backbone; picklable.

    Attributes:
        architecture: Which network.
        located: Its weights.
        view: Of the crops that it takes.
        layer: Where it is cut.
        pooling: Over that layer's positions: "avg", "max" or "none".
        scaling: See `visual_features.scaling`.
        precision: Of its arithmetic, a dtype policy of Keras.
    """

    architecture: Architecture
    located: Located
    view: FaceView
    layer: str
    pooling: str
    scaling: str
    precision: str

    def __call__(self) -> Network:
        """Build it, and return what embeds a batch of uint8 crops."""
        return quickly(self.model())

    def model(self):
        """Return it as a Keras model, uint8 crops in and embeddings out.

        Raises:
            Problem: If the weights are not this network's.
        """
        import keras

        tensors = self.tensors()
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.precision)
        try:
            # Keras' own pooling, after which ConvNeXt still normalises.
            whole = self.architecture.side and self.layer == self.architecture.layer
            pooling = None if self.pooling == "none" else self.pooling
            trunk = self.architecture.model(self.view.size, pooling if whole else None)
            crops = keras.Input(self.view.shape, dtype="uint8", name="crops")
            pixels = entering(
                crops, scaling=self.scaling, order=self.architecture.order
            )
            if whole:
                outputs = trunk(pixels)
            else:
                inner = layers_by_name(trunk)[self.layer].output
                outputs = keras.Model(trunk.input, inner)(pixels)
                if len(inner.shape) == 2:
                    pass  # a vector has no positions to pool
                elif pooling == "avg":
                    outputs = keras.layers.GlobalAveragePooling2D()(outputs)
                elif pooling == "max":
                    outputs = keras.layers.GlobalMaxPooling2D()(outputs)
        finally:
            keras.config.set_dtype_policy(before)
        for name, variable in weights_by_name(trunk).items():
            variable.assign(tensors[name])
        return keras.Model(crops, outputs, name=self.architecture.name)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return its weights by canonical name, "block1_conv1/kernel".

        Raises:
            Problem: If the file is not this network's.
        """
        layout, path = _layout(self.architecture), self.located.path
        if path is None:
            return random_weights(layout, self.located.seed)
        return arranged(read_tensors(path), layout, path=path)


def _frozen(
    architecture: Architecture,
    *,
    weights: str | Path | None = None,
    layer: str | None = None,
    pooling: str = "avg",
    scaling: str = "own",
    precision: str = "float32",
    batch: int = 32,
    view: FaceView,
    detector: Detector,
) -> FaceBackbone:
    """Make a backbone of a network trained on ImageNet.

    Args:
        architecture: Which network.
        weights: A file, or "random:SEED"; None looks in the usual places and fetches
            the official file if need be.
        layer: Where to look; the last one by default.
        pooling: "avg" or "max" over the layer's positions; "none" keeps the whole map.
        scaling: "own" is what the network was trained with, and can be called by its
            name ("caffe", "tf", "torch"); "unit" divides by 255 instead, as Beyene's
            (2019) demo does; "levels" leaves 0..255 in the order of OpenCV, as Çoban
            et al.'s (2020) code does.
        precision: "float32"; "mixed_bfloat16" is several times as fast on processors
            that have units for it, and changes the third digit (what is as fast in
            float32 stays so, see `embeddings.winograd`); "mixed_float16".
        batch: Frames in a batch.
        view: How the faces are cut out.
        detector: Finds them.

    Raises:
        Problem: If a setting is not one of these, there are no weights, or they are
            another network's.
    """
    layer = layer or architecture.layer
    for name, value, allowed in (
        ("scaling", scaling, ("own", "unit", "levels", architecture.mode)),
        ("pooling", pooling, POOLINGS),
        ("precision", precision, PRECISIONS),
    ):
        if value not in allowed:
            raise Problem(
                f"{architecture.title}'s {name} must be one of {', '.join(allowed)}, "
                f"not {value!r}."
            )
    smallest = architecture.smallest
    fits = view.size >= smallest if architecture.side else view.size == smallest
    if not fits or batch < 1:
        least = "at least " if architecture.side else ""
        raise Problem(
            f"{architecture.title} takes crops of {least}{smallest} pixels a side in "
            f"batches of at least 1, not {view.size} and {batch}."
        )
    scaling = architecture.mode if scaling == "own" else scaling
    shape = _shape(architecture, layer, view.size)
    entry = architecture.entry
    located = locate(entry, weights)
    trunk = Trunk(
        architecture=architecture,
        located=located,
        view=view,
        layer=layer,
        pooling=pooling,
        scaling=scaling,
        precision=precision,
    )
    if located.path is not None and located.record.verified != "hash":
        trunk.tensors()  # refused now, not at the first embedding
    return FaceBackbone(
        BackboneSpec(
            name=f"{architecture.name}.imagenet",
            modality="picture",
            layer=layer,
            shape=shape if pooling == "none" else shape[-1:],
            weights_sha256=located.record.sha256,
            preprocessing={
                **settings_of(view, detector),
                "scaling": scaling,
                "pooling": pooling,
            },
            precision=precision,
            batch=batch,
        ),
        view=view,
        detector=detector,
        network=trunk,
        weights=located.record,
        about=About(
            input=f"{view.colour} face, {view.size}x{view.size}",
            parameters=architecture.parameters,
            entries=(entry,),
            source=MANIFEST[entry].citation,
        ),
    )


def backbone_of(architecture: Architecture) -> Callable[..., FaceBackbone]:
    """Return the factory of an architecture's backbone.

    It takes the settings of `_frozen`, and those of a `FaceView` with `detector`; the
    architecture is its attribute of that name.
    """
    decorate = sees_faces(size=architecture.size, colour=architecture.colour)
    factory = decorate(functools.partial(_frozen, architecture))
    factory.__doc__ = f"Make the backbone {architecture.name}.imagenet."
    factory.architecture = architecture
    return factory
