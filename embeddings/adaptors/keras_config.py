"""What a stranger's Keras file may be made of: a list, checked before it is loaded.

Keras builds whatever a file's configuration names, and some of what it has runs code,
fetches addresses or reads files even in safe mode (CVE-2025-1550, CVE-2025-8747,
CVE-2025-9905, CVE-2025-9906, CVE-2025-12058). So only these names go through: plain
layers and what configures them. Whatever a later Keras adds is refused until it is
written here.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from corpus.problem import Problem

__all__ = ["refuse_what_could_run"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODELS = frozenset({"Functional", "Model", "Sequential"})
# Under which modules Keras 2 and 3 write these.
MODEL_MODULES = (
    *("keras", "keras.models", "keras.engine.functional", "keras.engine.sequential"),
    *("keras.src.engine.functional", "keras.src.engine.sequential"),
    *("keras.src.models.functional", "keras.src.models.sequential"),
)

# No Lambda, no wrappers of other frameworks' code, and nothing that reads a
# vocabulary's file (StringLookup, IntegerLookup, TextVectorization).
LAYERS = _words(
    """
    InputLayer Input Dense EinsumDense Embedding Identity Masking Activation
    Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose
    Convolution1D Convolution2D Convolution3D
    DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D
    SeparableConvolution1D SeparableConvolution2D
    AveragePooling1D AveragePooling2D AveragePooling3D
    MaxPooling1D MaxPooling2D MaxPooling3D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization
    RMSNormalization SpectralNormalization Normalization Rescaling
    Dropout AlphaDropout GaussianDropout GaussianNoise ActivityRegularization
    SpatialDropout1D SpatialDropout2D SpatialDropout3D
    ELU LeakyReLU PReLU ReLU Softmax
    Add Average Concatenate Dot Maximum Minimum Multiply Subtract
    Flatten Permute RepeatVector Reshape
    Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D
    ZeroPadding1D ZeroPadding2D ZeroPadding3D Resizing CenterCrop
    LSTM LSTMCell GRU GRUCell SimpleRNN SimpleRNNCell RNN StackedRNNCells
    ConvLSTM1D ConvLSTM2D ConvLSTM3D Bidirectional TimeDistributed
    Attention AdditiveAttention MultiHeadAttention GroupQueryAttention
    MelSpectrogram STFTSpectrogram
    RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation
    RandomTranslation RandomZoom
    """
)
INITIALIZERS = _words(
    """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal
    LecunUniform Ones Orthogonal RandomNormal RandomUniform TruncatedNormal
    VarianceScaling Zeros
    """
)
REGULARIZERS = frozenset({"L1", "L1L2", "L2", "OrthogonalRegularizer"})
CONSTRAINTS = frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"})
ACTIVATIONS = _words(
    """
    celu elu exponential gelu glu hard_sigmoid hard_silu hard_swish leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu softmax softplus softsign
    squareplus swish tanh
    """
)
OPERATIONS = _words(
    """
    Abs Absolute Add Clip Concatenate Divide Exp ExpandDims GetItem Log Max Maximum Mean
    Min Minimum Multiply Negative Power Repeat Reshape Sqrt Square Squeeze Stack Std
    Subtract Sum Tile Transpose TrueDivide Var
    """
)
# Values that are no objects.
PLAIN = frozenset(
    {"__keras_tensor__", "__slice__", "__ellipsis__", "__tuple__", "TensorShape"}
)

ALLOWED = frozenset(
    {
        *PLAIN,
        # As files of Keras 2.12 and before have it, without modules.
        *(MODELS | LAYERS | INITIALIZERS | REGULARIZERS | CONSTRAINTS),
        *(f"{module}.{name}" for module in MODEL_MODULES for name in MODELS),
        *(f"keras.layers.{name}" for name in LAYERS),
        *(f"keras.initializers.{name}" for name in INITIALIZERS),
        *(f"keras.regularizers.{name}" for name in REGULARIZERS),
        *(f"keras.constraints.{name}" for name in CONSTRAINTS),
        *(f"keras.src.ops.numpy.{name}" for name in OPERATIONS),
        "keras.DTypePolicy",
        "keras.src.applications.convnext.LayerScale",
    }
)


def refuse_what_could_run(config: Any, *, path: Path) -> None:
    """See that a model's configuration names plain layers only.

    Args:
        config: The JSON value, as the file has it.
        path: The file, for the sentence.

    Raises:
        Problem: If it names anything else.
    """
    strange = sorted(set(_strange(config)))
    if strange:
        raise Problem(
            f"{path} contains {', '.join(strange)}, which is none of Keras' plain "
            f"layers and could run code; it is not loaded: save the part of the "
            f"network that is needed without it, or as ONNX."
        )


def _strange(config: Any) -> Iterator[str]:
    """Yield the full names of what is not on the list."""
    if isinstance(config, Mapping):
        if "class_name" in config:
            yield from _object(config)
        for value in config.values():
            yield from _strange(value)
    elif isinstance(config, list):
        for value in config:
            yield from _strange(value)


def _object(config: Mapping[str, Any]) -> Iterator[str]:
    name, module = str(config["class_name"]), config.get("module")
    if name == "function":
        function = str(config.get("config"))
        if module != "builtins" or function not in ACTIVATIONS:
            yield f"{module}.{function}"
        allowed_as = function
    else:
        full = f"{module}.{name}" if module else name
        if full not in ALLOWED:
            yield full
        allowed_as = name
    # A class that somebody registered under this name would come before Keras' own.
    registered = config.get("registered_name")
    if registered not in (None, allowed_as, name):
        yield str(registered)
