"""A network in a SavedModel folder, TensorFlow's own format and TF-Hub's."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from embeddings.adaptors.opened import Opened, one_of
from embeddings.weights.tensors import refuse_what_is_no_weights

__all__ = ["open_saved_model"]

GRAPH = "saved_model.pb"

# A SavedModel is a program. These families of operations read or write files, reach
# other processes or machines, or call Python; no network needs them.
REFUSED = re.compile(
    r"File|PyFunc|Dataset|Iterator|Reader|Record|Sql|LMDB|Snapshot|Summary|Debug"
    r"|PrintV2|Remote|Rpc|Service|ImportEvent|LoadAndRemap|VocabRemapping|Checkpoint"
    r"|^Save|^Restore|Save$|DistributedSave|^Sharded"
)
# Every SavedModel has these, in the functions by which it would save itself.
SAVING = frozenset({"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename"})

# What exporters call the function that serves, best first.
SIGNATURES = ("serving_default", "default", "serve")


def open_saved_model(path: Path, *, tensor: str | None = None) -> Opened:
    """Open the network of a SavedModel folder.

    A SavedModel holds a graph of TensorFlow's operations. It can run no Python, but
    some operations read or write files; a graph that has one is not loaded.

    Args:
        path: The folder, with `saved_model.pb` in it.
        tensor: Which output is wanted, by its name; None for the only one.

    Returns:
        A network that takes rows, see `Opened`.

    Raises:
        Problem: If it is no such folder, has a refused operation, or no such output.
    """
    refuse_what_could_reach_out(path)
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(path))
    except Exception as error:  # whatever TensorFlow stumbles over in it
        raise Problem(
            f"{path} cannot be loaded as a SavedModel ({_first_line(error)}); it is "
            f"incomplete or damaged: fetch it again."
        ) from error
    function, spec, name = _serving(path, loaded)
    for variable in function.variables:
        if variable.dtype.is_floating and not np.isfinite(variable.numpy()).all():
            raise Problem(
                f"{variable.name} in {path} holds NaN or infinity; the folder is "
                f"damaged: fetch it again."
            )

    def run(array: np.ndarray) -> dict[str, Any]:
        given = tf.constant(array)
        return _by_name(function(given) if name is None else function(**{name: given}))

    names = sorted(_by_name(function.structured_outputs))  # they come in no order
    if tensor is None and len(names) != 1:
        raise Problem(
            f"{path} has {len(names)} outputs, {', '.join(names)}; name one of them as "
            f"its `tensor`."
        )
    wanted = one_of("tensor", tensor or names[0], names, path=path)
    shape = () if spec.shape.rank is None else tuple(spec.shape)
    # `loaded` is kept by the closure: a function alone lets its variables go.
    return Opened(
        path,
        shape,
        np.dtype(spec.dtype.as_numpy_dtype),
        lambda array, _kept=loaded: run(array)[wanted].numpy(),
        sum(variable.shape.num_elements() for variable in function.variables),
    )


def _serving(path: Path, loaded: Any) -> tuple[Any, Any, str | None]:
    """The function that serves, what it takes, and as what; None: by position."""
    import tensorflow as tf

    signatures = dict(getattr(loaded, "signatures", {}))
    known = [name for name in SIGNATURES if name in signatures] or list(signatures)
    if known and (known[0] in SIGNATURES or len(known) == 1):
        function = signatures[known[0]]
        given = function.structured_input_signature[1]
        if len(given) == 1:
            ((name, spec),) = given.items()
            return function, spec, name
        raise Problem(
            f"{path} takes {len(given)} inputs at once; a backbone has exactly one."
        )
    functions = loaded.__call__.concrete_functions if callable(loaded) else ()
    for function in functions:
        given = tf.nest.flatten(function.structured_input_signature)
        given = [each for each in given if isinstance(each, tf.TensorSpec)]
        if len(given) == 1:
            return function, given[0], None
    raise Problem(
        f"{path} has no function that takes one input and serves "
        f"({', '.join(signatures) or 'no signature at all'}); export it again with a "
        f"signature `serving_default`."
    )


def _by_name(outputs: Any) -> dict[str, Any]:
    """A function's outputs by name; those of a tuple are output_0, output_1..."""
    if isinstance(outputs, dict):
        return outputs
    if not isinstance(outputs, (list, tuple)):
        outputs = [outputs]
    return {f"output_{number}": output for number, output in enumerate(outputs)}


def refuse_what_could_reach_out(path: Path) -> None:
    """Read a SavedModel's graph, without loading it.

    Raises:
        Problem: If it is none, or holds an operation that reaches beyond numbers.
    """
    file = path / GRAPH
    if not file.is_file():
        raise Problem(f"{path} is no SavedModel folder: it has no {GRAPH}.")
    refuse_what_is_no_weights(file)
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    try:
        model = SavedModel.FromString(file.read_bytes())
    except DecodeError as error:
        raise Problem(
            f"{file} cannot be read as a SavedModel; it is truncated or something "
            f"else: fetch it again."
        ) from error
    # All others are run by TensorFlow 1's rules, node by node.
    graphs = list(model.meta_graphs)
    if len(graphs) != 1 or not graphs[0].HasField("object_graph_def"):
        raise Problem(
            f"{path} was saved by TensorFlow 1, whose graphs cannot be checked; export "
            f"it again with `tf.saved_model.save` of TensorFlow 2."
        )
    found = sorted(set(_reaching(graphs[0])))
    if found:
        raise Problem(
            f"{path} contains {', '.join(found)}, which could read or write files; it "
            f"is not loaded: export the network without it."
        )


def _reaching(graph: Any) -> Iterator[str]:
    """Yield the refused operations of a graph and its functions."""
    saving = _saving_functions(graph)
    for node in graph.graph_def.node:  # the loader runs none of these
        if REFUSED.search(node.op) and node.op not in SAVING:
            yield node.op
    for function in graph.graph_def.library.function:
        for node in function.node_def:
            own = node.op in SAVING and function.signature.name in saving
            if REFUSED.search(node.op) and not own:
                yield node.op


def _saving_functions(graph: Any) -> set[str]:
    """Names of the functions that save and restore, if nothing else can call them.

    The loader never calls them: it restores variables by itself.
    """
    saver = graph.saver_def
    entries = {
        name.partition(":")[0]
        for name in (saver.save_tensor_name, saver.restore_op_name)
    }
    saving: set[str] = set()
    others: set[str] = set(graph.object_graph_def.concrete_functions)
    for node in graph.graph_def.node:
        (saving if node.name in entries else others).update(_called(node))
    for function in graph.graph_def.library.function:
        for node in function.node_def:
            others.update(_called(node))
    return saving - others


def _called(node: Any) -> Iterator[str]:
    """Yield the names of the functions that a node may call."""
    yield node.op
    for value in node.attr.values():
        if value.HasField("func"):
            yield value.func.name
        for function in value.list.func:
            yield function.name


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
