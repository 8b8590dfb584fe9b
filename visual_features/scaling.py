"""What enters a network, of crops: the order of channels, and the range of levels."""

__all__ = ["MODES", "entering"]

MODES = ("caffe", "tf", "torch", "unit", "levels")

# Statistics of ImageNet's training pictures: blue, green, red in levels, and red,
# green, blue in 0..1 (keras.applications.imagenet_utils).
CAFFE_MEANS = (103.939, 116.779, 123.68)
TORCH_MEANS, TORCH_DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def entering(crops, *, scaling: str, order: str):
    """Return what enters a network's first convolution.

    Args:
        crops: Shape (n, size, size), grey, which is copied to three channels, or
            (n, size, size, 3), blue, green, red; uint8. An array, or a Keras symbol.
        scaling: "caffe" subtracts ImageNet's means; "tf" brings levels to -1..1;
            "torch" subtracts ImageNet's means from 0..1 and divides by its standard
            deviations; "unit" brings them to 0..1; "levels" leaves them, and blue,
            green, red, as they are.
        order: Of the channels the network was trained on, "rgb" or "bgr".

    Returns:
        Shape (n, size, size, 3), float32.
    """
    from keras import ops

    def channels(numbers: tuple[float, ...]):
        return ops.convert_to_tensor(numbers, "float32")

    values = ops.cast(crops, "float32")
    if len(values.shape) == 3:
        values = ops.repeat(ops.expand_dims(values, -1), 3, axis=-1)
    elif order == "rgb" and scaling != "levels":
        values = ops.flip(values, axis=-1)
    if scaling == "levels":
        return values
    if scaling == "caffe":
        return values - channels(CAFFE_MEANS)
    if scaling == "tf":
        return values / 127.5 - 1.0
    if scaling == "torch":
        return (values / 255.0 - channels(TORCH_MEANS)) / channels(TORCH_DEVIATIONS)
    return values / 255.0
