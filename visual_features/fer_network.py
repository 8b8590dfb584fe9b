"""VGG19 for FER2013: its layers, their names in files, and what a face goes through."""

import dataclasses
import functools
import zlib
from collections.abc import Iterator, Mapping

import numpy as np

from corpus.labels import FER2013
from embeddings.frozen import Network
from embeddings.weights.location import Located, read_tensors
from embeddings.weights.tensors import check_tensors
from embeddings.winograd import quickly
from visual_features.faces import FaceView
from visual_features.layer_weights import Layout, random_weights, weights_by_name
from visual_features.scaling import entering

__all__ = ["BLOCKS", "LAYERS", "SIZE", "EmotionNet", "shapes", "torch_names"]

SIZE, CROP = 48, 44  # sides of a face, and of each of the ten crops
EPSILON = 1e-5  # PyTorch's, of its batch normalisation

Blocks = tuple[tuple[int, int], ...]
"""Filters of each block, and how many convolutions."""

BLOCKS: Blocks = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
LAYERS = {"penultimate": BLOCKS[-1][0], "probabilities": len(FER2013)}


def _convolutions(blocks: Blocks) -> Iterator[tuple[str, int, int, int]]:
    """Yield block and number, channels, filters, and the place among PyTorch's."""
    channels, place = 3, 0
    for block, (filters, count) in enumerate(blocks, start=1):
        for number in range(1, count + 1):
            yield f"block{block}_{{}}{number}", channels, filters, place
            channels, place = filters, place + 3  # with its normalisation and ReLU
        place += 1  # the pooling


def _named(blocks: Blocks) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield our names, PyTorch's, and shapes as Keras has them."""
    for name, channels, filters, place in _convolutions(blocks):
        convolution, norm = name.format("conv"), name.format("norm")
        own, after = f"features.{place}", f"features.{place + 1}"
        yield f"{convolution}/kernel", f"{own}.weight", (3, 3, channels, filters)
        yield f"{convolution}/bias", f"{own}.bias", (filters,)
        for ours, theirs in (
            ("gamma", "weight"),
            ("beta", "bias"),
            ("moving_mean", "running_mean"),
            ("moving_variance", "running_var"),
        ):
            yield f"{norm}/{ours}", f"{after}.{theirs}", (filters,)
    classes, width = len(FER2013), blocks[-1][0]
    yield "classifier/kernel", "classifier.weight", (width, classes)
    yield "classifier/bias", "classifier.bias", (classes,)


def shapes(blocks: Blocks = BLOCKS) -> dict[str, tuple[int, ...]]:
    """Return the shapes of its weights as Keras has them, by our names."""
    return {ours: shape for ours, _, shape in _named(blocks)}


def torch_names(blocks: Blocks = BLOCKS) -> dict[str, str]:
    """Return the names of its weights in the author's checkpoint, by ours."""
    return {ours: theirs for ours, theirs, _ in _named(blocks)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class EmotionNet:
    """Opens the network of a backbone; picklable.

    Attributes:
        located: Its weights.
        view: Of the faces that it takes.
        layer: A key of `LAYERS`.
        ten_crops: Whether it looks at ten crops of a face, or at the whole of it.
        scaling: "unit" or "torch", see `visual_features.scaling`.
        order: In which the channels enter, "rgb" or "bgr".
        normalisation: "trained" or "image".
        dropout: Whether half of the penultimate numbers are dropped.
        precision: Of its arithmetic, a dtype policy of Keras.
        blocks: Its convolutions.
    """

    located: Located
    view: FaceView
    layer: str
    ten_crops: bool
    scaling: str
    order: str
    normalisation: str
    dropout: bool
    precision: str
    blocks: Blocks = BLOCKS

    def __call__(self) -> Network:
        """Build it, and return what embeds a batch of uint8 faces."""
        embed = quickly(self.model())
        return functools.partial(_dropped, embed=embed) if self.dropout else embed

    def model(self):
        """Return it as a Keras model, uint8 faces in and embeddings out.

        Raises:
            Problem: If the weights are not this network's.
        """
        import keras
        from keras import ops

        tensors = self.tensors()
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.precision)
        try:
            trunk = self._trunk(CROP if self.ten_crops else SIZE)
            faces = keras.Input(self.view.shape, dtype="uint8", name="faces")
            pixels = entering(faces, scaling=self.scaling, order=self.order)
            if self.ten_crops:
                crops = ops.concatenate(list(_crops(pixels)), axis=0)
                features = ops.reshape(trunk(crops), (10, -1, self.blocks[-1][0]))
                outputs = ops.mean(features, axis=0)
            else:
                outputs = trunk(pixels)
            if self.layer == "probabilities":
                # Of the mean over the crops, as the author has it.
                dense = keras.layers.Dense(
                    len(FER2013), activation="softmax", name="classifier"
                )
                outputs = dense(outputs)
        finally:
            keras.config.set_dtype_policy(before)
        model = keras.Model(faces, outputs, name="fer_vgg19")
        used = {**weights_by_name(trunk), **weights_by_name(model)}
        for name, variable in used.items():
            variable.assign(tensors[name])
        return model

    def _trunk(self, side: int):
        import keras
        from keras import layers

        pixels = keras.Input((side, side, 3), name="pixels")
        maps = pixels
        for name, _, filters, _ in _convolutions(self.blocks):
            if name.endswith("{}1") and maps is not pixels:
                maps = layers.MaxPooling2D(2)(maps)
            maps = layers.Conv2D(filters, 3, padding="same", name=name.format("conv"))(
                maps
            )
            if self.normalisation == "trained":
                norm = layers.BatchNormalization(
                    epsilon=EPSILON, name=name.format("norm")
                )
            else:
                norm = layers.GroupNormalization(
                    filters, epsilon=EPSILON, name=name.format("norm")
                )
            maps = layers.ReLU()(norm(maps))
        maps = layers.MaxPooling2D(2)(maps)
        # One position is left of faces of this size.
        return keras.Model(pixels, layers.GlobalAveragePooling2D()(maps), name="trunk")

    def tensors(self) -> dict[str, np.ndarray]:
        """Return its weights by our names, "block1_conv1/kernel".

        Raises:
            Problem: If the file is not this network's.
        """
        path, wanted = self.located.path, shapes(self.blocks)
        if path is None:
            layout = Layout(shapes=wanted, archive={}, kinds=frozenset())
            return random_weights(layout, self.located.seed)
        tensors = _renamed(read_tensors(path), torch_names(self.blocks))
        return check_tensors(tensors, wanted, path=path)


def _renamed(
    tensors: Mapping[str, np.ndarray], names: Mapping[str, str]
) -> Mapping[str, np.ndarray]:
    """Return a PyTorch checkpoint's tensors as Keras has them; others as they are."""
    first = "features.0.weight"
    heads = [name.removesuffix(first) for name in tensors if name.endswith(first)]
    if not heads:
        return tensors
    renamed = {}
    for ours, theirs in names.items():
        tensor = tensors.get(heads[0] + theirs)
        if tensor is not None and tensor.ndim == 4:
            tensor = tensor.transpose(2, 3, 1, 0)
        elif tensor is not None and tensor.ndim == 2:
            tensor = tensor.T
        if tensor is not None:
            renamed[ours] = tensor
    return renamed


def _crops(pixels) -> Iterator:
    """Yield the four corners and the middle of faces, and of their mirror images."""
    from keras import ops

    far = SIZE - CROP
    for side in (pixels, ops.flip(pixels, axis=2)):
        for top, left in ((0, 0), (0, far), (far, 0), (far, far), (far // 2, far // 2)):
            yield side[:, top : top + CROP, left : left + CROP]


def _dropped(crops: np.ndarray, *, embed: Network) -> np.ndarray:
    """Drop half of each face's numbers and double the others, by its own pixels."""
    embedded = np.array(embed(crops))
    for row, crop in zip(embedded, np.ascontiguousarray(crops), strict=True):
        rng = np.random.Generator(np.random.PCG64(zlib.crc32(crop.tobytes())))
        row *= 2 * (rng.random(len(row)) < 0.5)
    return embedded
