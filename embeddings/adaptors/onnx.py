"""A network in an ONNX file, on the processor, by ONNX Runtime."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from embeddings.adaptors.opened import Opened, one_of
from embeddings.weights.tensors import refuse_what_is_no_weights

__all__ = ["open_onnx"]

# Field numbers of onnx.proto (ONNX, IR version 3 and later).
MODEL_GRAPH = 7
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_OUTPUT = 1, 5, 12
NODE_OUTPUT, NODE_ATTRIBUTE, VALUE_NAME = 2, 5, 1
ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS = (5, 10), (6, 11)
TENSOR_DIMENSION = 1
TENSOR_EXTERNAL = (13, 14)  # where its data are, and whether there

# How ONNX Runtime names the types of tensors.
DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


def open_onnx(path: Path, *, tensor: str | None = None) -> Opened:
    """Open an ONNX network.

    Args:
        path: A `.onnx` file with one input, and all weights in itself.
        tensor: Whose values are wanted: an output, or any tensor inside. None for
            the only output.

    Returns:
        A network that takes rows, see `Opened`.

    Raises:
        Problem: If ONNX Runtime is missing, the file is no such network, or it has
            no tensor of that name.
    """
    runtime = _runtime()
    refuse_what_is_no_weights(path)
    data = path.read_bytes()
    try:
        outputs, inner, external, parameters = _told(memoryview(data))
    except (IndexError, RecursionError, TypeError, ValueError) as error:
        raise _unreadable(path, "it ends early or is something else") from error
    if external:
        raise Problem(
            f"{path} keeps its weights in other files; save it as one, by "
            f"`onnx.save(onnx.load(...), ..., save_as_external_data=False)`."
        )
    if tensor is None:
        if len(outputs) > 1:
            raise Problem(
                f"{path} has {len(outputs)} outputs, {', '.join(outputs)}; name one of "
                f"them, or a tensor inside, as its `tensor`."
            )
    elif one_of("tensor", tensor, [*outputs, *inner], path=path) not in outputs:
        data += _as_output(tensor)
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what is wrong comes as an exception
    try:
        session = runtime.InferenceSession(
            data, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # its own classes, of no common kind
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise _unreadable(path, lines[0].rstrip(".")) from error
    return _opened(path, session, tensor, parameters)


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise Problem(
            "ONNX Runtime is not installed; run `pip install emostack[onnx]`."
        ) from error
    return onnxruntime


def _opened(path: Path, session: Any, tensor: str | None, parameters: int) -> Opened:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise Problem(
            f"{path} takes {len(inputs)} inputs at once; a backbone has exactly one."
        )
    (given,) = inputs
    if given.type not in DTYPES:
        raise Problem(f"{path} takes {given.type}; a backbone takes plain numbers.")
    wanted = tensor or session.get_outputs()[0].name
    return Opened(
        path,
        # Open lengths have names, or none.
        tuple(length if isinstance(length, int) else None for length in given.shape),
        np.dtype(DTYPES[given.type]),
        lambda array: session.run([wanted], {given.name: array})[0],
        parameters,
    )


def _told(data: memoryview) -> tuple[list[str], list[str], bool, int]:
    """Tell a model's outputs, inner tensors, weights elsewhere, and number of weights.

    Read off the bytes: ONNX Runtime tells it not, and the package `onnx` is large.
    """
    outputs: list[str] = []
    inner: list[str] = []
    external, parameters = False, 0
    for graph in _parts(data, MODEL_GRAPH):
        external |= _has_external_weights(graph)
        parameters += sum(map(_size, _parts(graph, GRAPH_INITIALIZER)))
        for value in _parts(graph, GRAPH_OUTPUT):
            outputs += [_text(name) for name in _parts(value, VALUE_NAME)]
        for node in _parts(graph, GRAPH_NODE):
            inner += [_text(name) for name in _parts(node, NODE_OUTPUT)]
    if not outputs:
        raise ValueError("no graph with outputs")
    inner = [name for name in inner if name and name not in outputs]
    return outputs, inner, external, parameters


def _size(tensor: memoryview) -> int:
    fields = _fields(tensor)
    return math.prod(value for number, value in fields if number == TENSOR_DIMENSION)


def _has_external_weights(graph: memoryview) -> bool:
    """Whether a graph, or one inside it (a branch, a loop), has weights elsewhere."""
    tensors = list(_parts(graph, GRAPH_INITIALIZER))
    for node in _parts(graph, GRAPH_NODE):
        for attribute in _parts(node, NODE_ATTRIBUTE):
            tensors += _parts(attribute, *ATTRIBUTE_TENSORS)
            if any(map(_has_external_weights, _parts(attribute, *ATTRIBUTE_GRAPHS))):
                return True
    return any(
        number in TENSOR_EXTERNAL and value != 0
        for tensor in tensors
        for number, value in _fields(tensor)
    )


def _parts(message: memoryview, *wanted: int) -> Iterator[memoryview]:
    """Yield the strings or messages that a message has in some fields."""
    for number, value in _fields(message):
        if number in wanted and isinstance(value, memoryview):
            yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield the fields of a message in Protocol Buffers' wire format."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield number, value
            continue
        if kind == 2:
            length, place = _varint(message, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"no such kind of field: {kind}")
        if place + length > len(message):
            raise ValueError("ends early")
        yield number, message[place : place + length]
        place += length


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("no number has more than ten bytes")


def _text(name: memoryview) -> str:
    return bytes(name).decode()


def _as_output(tensor: str) -> bytes:
    """Return what makes an inner tensor an output, appended to a model's bytes.

    Messages put one after the other are merged, by the wire format's own rule.
    """
    output = _field(GRAPH_OUTPUT, _field(VALUE_NAME, tensor.encode()))
    return _field(MODEL_GRAPH, output)


def _field(number: int, content: bytes) -> bytes:
    length, size = b"", len(content)
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def _unreadable(path: Path, reason: str) -> Problem:
    return Problem(
        f"{path} cannot be read as an ONNX network ({reason}); it is truncated or "
        f"something else: fetch it again."
    )
