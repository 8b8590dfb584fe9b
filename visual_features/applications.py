"""The networks of keras.applications on face crops: one row a network.

Each is the network that Keras gives for `weights="imagenet", include_top=False`, with
its own preprocessing. Where Keras scales levels within a network, or only if it loads
the weights itself (EfficientNet), the same is done here before it.

VGG16's row is the visual branch of Beyene 2019 (4.2.2 and appendix): on 48x48 grey
faces a frame gives 512 numbers. At that size its last pooling leaves one position of
block5_conv3's 3x3, so that average, maximum and map are the same.
"""

import functools

from visual_features.trunk import Architecture, backbone_of

__all__ = [
    "convnexttiny",
    "densenet121",
    "efficientnetb0",
    "efficientnetv2b0",
    "inceptionv3",
    "mobilenetv2",
    "mobilenetv3large",
    "mobilenetv3small",
    "nasnetmobile",
    "resnet50",
    "resnet50v2",
    "vgg16",
    "vgg19",
    "xception",
]


def _keras(title: str, size: int, pooling: str | None, **options):
    """Build a network of keras.applications."""
    import keras

    return getattr(keras.applications, title)(
        include_top=False,
        weights=None,
        input_shape=(size, size, 3),
        pooling=pooling,
        **options,
    )


# Sides of the last map: by how each network pads where it halves.


def _rounded_down(side: int) -> int:
    return side // 32


def _rounded_up(side: int) -> int:
    return -(-side // 32)


def _densenet(side: int) -> int:
    return -(-side // 4) // 8


def _xception(side: int) -> int:
    return -(-((side - 3) // 2 - 1) // 16)


def _inception(side: int) -> int:
    side = (side - 1) // 2 - 2
    side = (side - 1) // 2 - 2
    for _ in range(3):
        side = (side - 1) // 2
    return side


def _nasnet(side: int) -> int:
    return -(-((side - 1) // 2) // 16)


def _row(title: str, *, plain: bool = False, **row):
    """Return the factory of one network.

    Args:
        title: Keras' name of it.
        plain: Whether Keras has to be asked to leave scaling out of it.
        row: See `Architecture`.
    """
    options = {"include_preprocessing": False} if plain else {}
    build = functools.partial(_keras, title, **options)
    return backbone_of(
        Architecture(name=title.lower(), title=title, build=build, **row)
    )


vgg16 = _row(
    "VGG16",
    mode="caffe",
    layer="block5_pool",
    channels=512,
    side=_rounded_down,
    parameters=14_714_688,
    size=48,
    colour="gray",
)
vgg19 = _row(
    "VGG19",
    mode="caffe",
    layer="block5_pool",
    channels=512,
    side=_rounded_down,
    parameters=20_024_384,
    size=48,
    colour="gray",
)
resnet50 = _row(
    "ResNet50",
    mode="caffe",
    layer="conv5_block3_out",
    channels=2048,
    side=_rounded_up,
    parameters=23_587_712,
)
resnet50v2 = _row(
    "ResNet50V2",
    mode="tf",
    layer="post_relu",
    channels=2048,
    side=_rounded_up,
    parameters=23_564_800,
)
mobilenetv2 = _row(
    "MobileNetV2",
    mode="tf",
    layer="out_relu",
    channels=1280,
    side=_rounded_up,
    parameters=2_257_984,
)
mobilenetv3small = _row(
    "MobileNetV3Small",
    plain=True,
    mode="tf",
    layer="activation_17",
    channels=576,
    side=_rounded_up,
    parameters=939_120,
)
mobilenetv3large = _row(
    "MobileNetV3Large",
    plain=True,
    mode="tf",
    layer="activation_19",
    channels=960,
    side=_rounded_up,
    parameters=2_996_352,
)
efficientnetb0 = _row(
    "EfficientNetB0",
    first="stem_conv_pad",
    mode="torch",
    layer="top_activation",
    channels=1280,
    side=_rounded_up,
    parameters=4_049_564,
)
efficientnetv2b0 = _row(
    "EfficientNetV2B0",
    plain=True,
    mode="torch",
    layer="top_activation",
    channels=1280,
    side=_rounded_up,
    parameters=5_919_312,
)
densenet121 = _row(
    "DenseNet121",
    mode="torch",
    layer="relu",
    channels=1024,
    side=_densenet,
    parameters=7_037_504,
)
xception = _row(
    "Xception",
    mode="tf",
    smallest=71,
    layer="block14_sepconv2_act",
    channels=2048,
    side=_xception,
    parameters=20_861_480,
)
inceptionv3 = _row(
    "InceptionV3",
    mode="tf",
    smallest=75,
    layer="mixed10",
    channels=2048,
    side=_inception,
    parameters=21_802_784,
)
convnexttiny = _row(
    "ConvNeXtTiny",
    plain=True,
    mode="torch",
    layer="layer_normalization",
    channels=768,
    side=_rounded_down,
    parameters=27_820_128,
)
nasnetmobile = _row(
    "NASNetMobile",
    mode="tf",
    layer="activation_187",
    channels=1056,
    side=_nasnet,
    parameters=4_269_716,
)
