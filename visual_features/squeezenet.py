"""SqueezeNet 1.1: ImageNet's accuracy of 2012 in three megabytes.

Iandola et al., *SqueezeNet: AlexNet-level accuracy with 50x fewer parameters*,
arXiv:1602.07360, 2016, section 3 (fire modules), in version 1.1 of its official
repository, with the layers' names and the weights of DeepCognition/keras-squeezenet.
"""

from visual_features.trunk import Architecture, backbone_of

__all__ = ["squeezenet"]

# Filters of each fire module's two layers, and the poolings between them (version 1.1).
FIRES = {2: (16, 64), 3: (16, 64), 4: (32, 128), 5: (32, 128)} | {
    6: (48, 192),
    7: (48, 192),
    8: (64, 256),
    9: (64, 256),
}
POOLED_AFTER = (3, 5)


def _squeezenet(size: int, pooling: str | None):
    """Build it without its classifier."""
    import keras
    from keras import layers

    pictures = keras.Input((size, size, 3))
    maps = layers.Conv2D(64, 3, strides=2, activation="relu", name="conv1")(pictures)
    maps = layers.MaxPooling2D(3, strides=2, name="pool1")(maps)
    for number, (squeezed, expanded) in FIRES.items():
        fire = f"fire{number}"
        narrow = layers.Conv2D(
            squeezed, 1, activation="relu", name=f"{fire}_squeeze1x1"
        )(maps)
        wide = [
            layers.Conv2D(
                expanded,
                side,
                padding="same",
                activation="relu",
                name=f"{fire}_expand{side}x{side}",
            )(narrow)
            for side in (1, 3)
        ]
        maps = layers.Concatenate(name=f"{fire}_concat")(wide)
        if number in POOLED_AFTER:
            maps = layers.MaxPooling2D(3, strides=2, name=f"pool{number}")(maps)
    if pooling == "avg":
        maps = layers.GlobalAveragePooling2D()(maps)
    elif pooling == "max":
        maps = layers.GlobalMaxPooling2D()(maps)
    return keras.Model(pictures, maps, name="squeezenet")


def _side(side: int) -> int:
    for _ in range(4):  # one convolution and three poolings, none of them padded
        side = (side - 1) // 2
    return side


squeezenet = backbone_of(
    Architecture(
        name="squeezenet",
        title="SqueezeNet",
        build=_squeezenet,
        mode="caffe",
        smallest=31,
        layer="fire9_concat",
        channels=512,
        side=_side,
        parameters=722_496,
    )
)
