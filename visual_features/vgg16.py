"""VGG16 on face crops: ImageNet's network as a frozen feature extractor.

Simonyan & Zisserman, *Very Deep Convolutional Networks for Large-Scale Image
Recognition*, ICLR 2015; used by Beyene 2019 (4.2.2 and appendix) without its dense
layers on 48x48 faces, so that a frame gives 512 numbers.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from embeddings.backbone import BackboneSpec, Examples
from embeddings.settings import check_settings
from embeddings.weights import (
    Located,
    check_tensors,
    locate,
    random_tensors,
    read_tensors,
)
from visual_features.faces import FaceTrack, FaceView, HaarDetector

__all__ = ["VGG16", "vgg16"]

# Filters and convolutions of each block (Simonyan & Zisserman 2015, table 1, D).
BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
SMALLEST = 32  # below that the five poolings leave nothing (Keras' own limit)

# Means of ImageNet's training pictures, blue, green, red: what the weights were
# trained to have subtracted (keras.applications.vgg16.preprocess_input, "caffe").
IMAGENET_MEANS = (103.939, 116.779, 123.68)

SCALINGS = ("unit", "caffe")
POOLINGS = ("avg", "max", "none")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def vgg16(
    *,
    weights: str | Path | None = None,
    layer: str = "block5_pool",
    pooling: str = "avg",
    scaling: str = "caffe",
    size: int = 48,
    colour: str = "gray",
    interpolation: str = "bilinear",
    no_face: str = "previous",
    jpeg_passes: int = 0,
    detector: HaarDetector | Mapping[str, Any] | None = None,
    precision: str = "float32",
    batch: int = 32,
) -> "VGG16":
    """Make the backbone "vgg16.imagenet".

    Args:
        weights: A file, or "random:SEED"; None looks in the usual places and fetches
            Keras' own file if need be.
        layer: Where to look: "block5_pool" (1x1x512 at 48x48), "block5_conv3"
            (3x3x512), and so on.
        pooling: "avg" or "max" over the layer's positions; "none" keeps the whole map.
        scaling: "unit" divides by 255, as the paper's demo does, though the network
            was trained otherwise; "caffe" subtracts ImageNet's means, as it was.
        size: Side of the crops, at least 32.
        colour: "gray" (copied to three channels) or "bgr".
        interpolation: See `FaceView`.
        no_face: See `FaceView`.
        jpeg_passes: See `FaceView`.
        detector: A detector, or the settings of a `HaarDetector`.
        precision: "float32"; "mixed_bfloat16" is several times as fast on processors
            that have it, and changes the third digit.
        batch: Frames in a batch.

    Raises:
        Problem: If a setting is not one of these, there are no weights, or they are
            not VGG16's.
    """
    view = FaceView(
        size=size,
        colour=colour,
        interpolation=interpolation,
        no_face=no_face,
        jpeg_passes=jpeg_passes,
    )
    if not isinstance(detector, HaarDetector):
        detector = _detector(detector or {})
    for name, value, allowed in (
        ("scaling", scaling, SCALINGS),
        ("pooling", pooling, POOLINGS),
        ("precision", precision, PRECISIONS),
        ("layer", layer, tuple(_maps(size))),
    ):
        if value not in allowed:
            known = ", ".join(map(str, allowed))
            raise Problem(f"VGG16's {name} must be one of {known}, not {value!r}.")
    if size < SMALLEST or batch < 1:
        raise Problem(
            f"VGG16 takes crops of at least {SMALLEST} pixels a side in batches of at "
            f"least 1, not {size} and {batch}."
        )
    located = locate("vgg16_notop", weights)
    if located.path is not None and located.record.verified != "hash":
        _read_weights(located.path)  # refused now, not at the first embedding
    return VGG16(
        located,
        layer=layer,
        pooling=pooling,
        scaling=scaling,
        view=view,
        detector=detector,
        precision=precision,
        batch=batch,
    )


class VGG16:
    """A `embeddings.backbone.Backbone`; made by `vgg16`.

    Attributes:
        spec: What changes its numbers.
        weights: Where its weights come from.
        detector: Finds the faces it wants.
        view: How it wants them cut out.
    """

    def __init__(
        self,
        located: Located,
        *,
        layer: str,
        pooling: str,
        scaling: str,
        view: FaceView,
        detector: HaarDetector,
        precision: str,
        batch: int,
    ) -> None:
        shape = _maps(view.size)[layer]
        self.weights = located.record
        self.view = view
        self.detector = detector
        self.spec = BackboneSpec(
            name="vgg16.imagenet",
            modality="picture",
            layer=layer,
            shape=shape if pooling == "none" else shape[-1:],
            weights_sha256=located.record.sha256,
            preprocessing={
                "detector": {"name": detector.name, **vars(detector)},
                "view": dict(vars(view)),
                "scaling": scaling,
                "pooling": pooling,
            },
            precision=precision,
            batch=batch,
        )
        self._located = located
        self._network = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the network behind: worker processes need none."""
        return {**self.__dict__, "_network": None}

    def prepare(self, media: FaceTrack) -> Examples:
        """Take a take's crops as they are; imports no Keras.

        Args:
            media: The take's faces in this backbone's `view`.
        """
        if media.crops.shape[1:] != self.view.shape:
            raise ValueError(
                f"crops of shape {media.crops.shape[1:]} are not of the view "
                f"{self.view.name}"
            )
        return Examples(media.crops, media.time, {"found": media.found})

    def embed(self, array: np.ndarray) -> np.ndarray:
        """Return the embeddings of a batch of crops.

        Args:
            array: Shape (spec.batch, *view.shape), uint8; colour as blue, green, red.

        Returns:
            Shape (spec.batch, *spec.shape), float32.
        """
        if self._network is None:
            self._network = self.network()
        return np.asarray(self._network.predict_on_batch(array), dtype=np.float32)

    def network(self):
        """Build the Keras model, uint8 crops in and embeddings out, weights loaded.

        Raises:
            Problem: If the weights file is not VGG16's.
        """
        import keras

        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.spec.precision)
        try:
            side = self.view.size
            trunk = keras.applications.VGG16(
                include_top=False, weights=None, input_shape=(side, side, 3)
            )
            crops = keras.Input(self.view.shape, dtype="uint8", name="crops")
            part = keras.Model(trunk.input, trunk.get_layer(self.spec.layer).output)
            outputs = part(self.scaled(crops))
            pooling = self.spec.preprocessing["pooling"]
            if pooling == "avg":
                outputs = keras.layers.GlobalAveragePooling2D()(outputs)
            elif pooling == "max":
                outputs = keras.layers.GlobalMaxPooling2D()(outputs)
        finally:
            keras.config.set_dtype_policy(before)
        for name, tensor in self._tensors().items():
            layer, _, kind = name.partition("/")
            getattr(trunk.get_layer(layer), kind).assign(tensor)
        return keras.Model(crops, outputs, name="vgg16")

    def scaled(self, crops):
        """Return what enters the first convolution, of crops or a symbol of them.

        The channels are blue, green, red under either scaling, as the weights want.

        Args:
            crops: Shape (n, *view.shape), uint8.
        """
        from keras import ops

        values = ops.cast(crops, "float32")
        if self.view.colour == "gray":
            values = ops.repeat(ops.expand_dims(values, -1), 3, axis=-1)
        if self.spec.preprocessing["scaling"] == "unit":
            return values / 255.0
        return values - ops.convert_to_tensor(IMAGENET_MEANS, "float32")

    def _tensors(self) -> dict[str, np.ndarray]:
        """The convolutions' weights by layer, "block1_conv1/kernel" and "/bias"."""
        if self._located.path is None:
            return random_tensors(_convolutions(), self._located.seed)
        return _read_weights(self._located.path)


def _read_weights(path: Path) -> dict[str, np.ndarray]:
    return check_tensors(_by_layer(read_tensors(path)), _convolutions(), path=path)


def _detector(settings: Mapping[str, Any]) -> HaarDetector:
    if not isinstance(settings, Mapping):
        raise Problem(
            f"a detector is a table of settings such as {{scale = 1.3}}, not "
            f"{settings!r}."
        )
    check_settings("a Haar detector", HaarDetector, settings)
    return HaarDetector(**settings)


def _maps(size: int) -> dict[str, tuple[int, int, int]]:
    """Shape of every layer's output."""
    maps = {}
    for block, (filters, convolutions) in enumerate(BLOCKS, start=1):
        for number in range(1, convolutions + 1):
            maps[f"block{block}_conv{number}"] = (size, size, filters)
        size //= 2
        maps[f"block{block}_pool"] = (size, size, filters)
    return maps


def _convolutions() -> dict[str, tuple[int, ...]]:
    """Shape of every weight, 14,714,688 numbers in all."""
    shapes: dict[str, tuple[int, ...]] = {}
    channels = 3
    for block, (filters, convolutions) in enumerate(BLOCKS, start=1):
        for number in range(1, convolutions + 1):
            name = f"block{block}_conv{number}"
            shapes[f"{name}/kernel"] = (3, 3, channels, filters)
            shapes[f"{name}/bias"] = (filters,)
            channels = filters
    return shapes


def _by_layer(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Give tensors canonical names, whatever layout their file has.

    Keras' file of 2016 has "block1_conv1/block1_conv1_W_1:0", later ones
    "block1_conv1/block1_conv1/kernel:0", our npz "block1_conv1/kernel".
    """
    named = {}
    layers = {name.partition("/")[0] for name in _convolutions()}
    for name, tensor in tensors.items():
        layer = next((part for part in name.split("/") if part in layers), None)
        if layer and np.ndim(tensor) in (1, 4):
            named[f"{layer}/{'bias' if np.ndim(tensor) == 1 else 'kernel'}"] = tensor
    return named
