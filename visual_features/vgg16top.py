"""VGG16 with its dense layers: what the second of them says of a picture.

Coban et al. 2020 (their code, 002:115) put a new softmax on "fc2" and train nothing
else: 32,776 numbers for eight classes. Its dense layers want pictures of 224 pixels.
"""

from visual_features.trunk import Architecture, backbone_of

__all__ = ["vgg16top"]


def _build(size: int, pooling: str | None):
    """Build it to its softmax, with any weights."""
    import keras

    return keras.applications.VGG16(weights=None, input_shape=(size, size, 3))


vgg16top = backbone_of(
    Architecture(
        name="vgg16top",
        title="VGG16 with its dense layers",
        build=_build,
        mode="caffe",
        smallest=224,
        layer="fc2",
        channels=4096,
        side=None,
        parameters=138_357_544,
        size=224,
    )
)
