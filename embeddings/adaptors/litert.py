"""A network in a LiteRT file (`.tflite`), on the processor."""

import warnings
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.adaptors.opened import Opened, one_of
from embeddings.weights.tensors import refuse_what_is_no_weights

__all__ = ["open_litert", "read_constants"]


def open_litert(path: Path, *, tensor: str | None = None) -> Opened:
    """Open a LiteRT network.

    It runs with the XNNPACK delegate, LiteRT's default. Where weights are of eight
    bits and activations are not (YAMNet's file), it rounds activations row by row;
    LiteRT's own kernels, which round them as a whole, are much farther from float32
    (17 % instead of 2 % of YAMNet's embeddings of speech, root mean square).

    Args:
        path: A `.tflite` file with one input.
        tensor: Whose values are wanted: an output, or any tensor inside. None for
            the only output.

    Returns:
        A network that takes rows, see `Opened`. Quantised inputs and outputs are
        scaled here: rows and results are plain numbers.

    Raises:
        Problem: If the file is no such network, or has no tensor of that name.
    """
    refuse_what_is_no_weights(path)
    outputs, inner = _named(path)
    if tensor is None:
        if len(outputs) != 1:
            raise Problem(
                f"{path} has {len(outputs)} outputs, {', '.join(outputs)}; name one of "
                f"them, or a tensor inside, as its `tensor`."
            )
        (tensor,) = outputs
    one_of("tensor", tensor, [*outputs, *inner], path=path)
    interpreter = _interpreter(path, preserve=tensor not in outputs)
    inputs = interpreter.get_input_details()
    if len(inputs) != 1:
        raise Problem(
            f"{path} takes {len(inputs)} inputs at once; a backbone has exactly one."
        )
    # By place and not by name: a network may use one name twice.
    number = outputs[tensor] if tensor in outputs else inner[tensor]
    return _opened(path, interpreter, inputs[0], number)


def _named(path: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Numbers of a network's outputs and of its other tensors, by name."""
    interpreter = _interpreter(path, preserve=False)
    outputs = {each["name"]: each["index"] for each in interpreter.get_output_details()}
    inner = {
        each["name"]: each["index"]
        for each in interpreter.get_tensor_details()
        if each["name"] and each["name"] not in outputs
    }
    return outputs, inner


def _interpreter(path: Path, *, preserve: bool):
    from ai_edge_litert.interpreter import Interpreter

    try:
        with warnings.catch_warnings():
            # It warns that tensors inside cost memory; they are what is asked for.
            warnings.simplefilter("ignore", UserWarning)
            interpreter = Interpreter(
                model_path=str(path), experimental_preserve_all_tensors=preserve
            )
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise _unreadable(path, error) from error
    return interpreter


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem(
        f"{path} cannot be read as a LiteRT network ({_first_line(error)}); it is "
        f"truncated or something else: fetch it again."
    )


def _opened(path: Path, interpreter, given: dict, number: int) -> Opened:
    signature = given["shape_signature"]
    signature = signature if len(signature) else given["shape"]
    details = {each["index"]: each for each in interpreter.get_tensor_details()}

    def call(array: np.ndarray) -> np.ndarray:
        place = given["index"]
        if tuple(interpreter.get_input_details()[0]["shape"]) != array.shape:
            interpreter.resize_tensor_input(place, array.shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(place, _quantised(array, given))
        interpreter.invoke()
        return _plain(interpreter.get_tensor(number), details[number])

    shape = tuple(None if length < 0 else int(length) for length in signature)
    return Opened(path, shape, np.dtype(np.float32), call)


def _quantised(array: np.ndarray, details: dict) -> np.ndarray:
    scale, zero = details["quantization"]
    if not scale:
        return array.astype(details["dtype"])
    limits = np.iinfo(details["dtype"])
    levels = np.round(array / scale) + zero
    return np.clip(levels, limits.min, limits.max).astype(details["dtype"])


def _plain(array: np.ndarray, details: dict) -> np.ndarray:
    scale, zero = details["quantization"]
    if not scale or np.issubdtype(array.dtype, np.floating):
        return array
    return (array.astype(np.float32) - zero) * np.float32(scale)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def read_constants(path: Path) -> dict[str, np.ndarray]:
    """Read the weights of a LiteRT file, without running it.

    Args:
        path: A `.tflite` file.

    Returns:
        Arrays by name; quantised ones as the float32 numbers they stand for.

    Raises:
        Problem: If the file is no such network.
    """
    refuse_what_is_no_weights(path)
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(model_path=str(path))
    except (RuntimeError, ValueError) as error:
        raise _unreadable(path, error) from error
    constants: dict[str, np.ndarray] = {}
    for details in interpreter.get_tensor_details():
        try:
            # Before memory is allocated only what the file itself holds has values.
            array = interpreter.get_tensor(details["index"])
        except ValueError:
            continue
        scales = details["quantization_parameters"]["scales"]
        if len(scales):
            zeros = details["quantization_parameters"]["zero_points"]
            axis = details["quantization_parameters"]["quantized_dimension"]
            sides = [-1 if place == axis else 1 for place in range(array.ndim)]
            sides = sides if len(scales) > 1 else [1] * array.ndim
            array = (array - zeros.reshape(sides)) * scales.reshape(sides)
        constants.setdefault(details["name"], array.astype(np.float32))
    return constants
