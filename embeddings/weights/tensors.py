"""What is in a weights file: arrays by name, read without running anything in it."""

import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from corpus import files
from corpus.download import looks_like_a_page
from corpus.problem import Problem
from embeddings.weights import torch_file

__all__ = [
    "check_numbers",
    "check_tensors",
    "checkpoint_prefix",
    "holds_tensors",
    "random_tensors",
    "read_tensors",
    "reads_from_its_end",
    "refuse_what_is_no_weights",
    "write_tensors",
]


ZIPS = {".npz", ".task", ".keras"}
NETWORKS = {".tflite", ".task", ".keras", ".onnx"}  # for adaptors to open


def holds_tensors(path: Path) -> bool:
    """Say whether `read_tensors` is for it, and not an adaptor that runs networks."""
    return path.suffix.lower() not in NETWORKS


def reads_from_its_end(path: Path) -> bool:
    """Say whether a file is a zip, which may have anything before it."""
    return path.suffix.lower() in ZIPS


def checkpoint_prefix(path: Path) -> Path:
    """Return where the variables of a SavedModel folder, or a checkpoint, begin."""
    return path / "variables" / "variables" if path.is_dir() else path


def refuse_what_is_no_weights(path: Path) -> None:
    """Look at a file's first bytes.

    Raises:
        Problem: If it is empty, a web page, a Git LFS pointer, or plainly cut short.
    """
    with open(path, "rb") as file:
        head = file.read(512)
    suffix = path.suffix.lower()
    if looks_like_a_page(head):
        raise Problem(
            f"{path} is a web page (HTML) and not weights, as a proxy or a login page "
            f"leaves it; remove it and fetch the file again."
        )
    if head.startswith(b"version https://git-lfs"):
        raise Problem(
            f"{path} is a Git LFS pointer and not weights; fetch the file it points to."
        )
    if not head:
        raise Problem(f"{path} is empty; remove it and fetch the file again.")
    if suffix in ZIPS and head.startswith(b"PK") and not zipfile.is_zipfile(path):
        raise _truncated(path)  # a zip's list of contents is at its end
    if suffix == ".tflite" and head[4:8] != b"TFL3":
        raise Problem(f"{path} is no LiteRT network; remove it and fetch it again.")


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of a weights file, under the names they have there.

    Nothing in the file is executed: HDF5 and npz are read as arrays (never as a Keras
    model, never as pickles), a SavedModel's graph is left alone.

    Args:
        path: `.npz`; `.h5` or `.hdf5` (Keras weights or whole models, old and new);
            `.t7`, `.pt` or `.pth` (of PyTorch, see `embeddings.weights.torch_file`);
            a SavedModel folder; or a TensorFlow checkpoint (V1 file or V2 prefix).

    Returns:
        Arrays by name, in the file's order; names in HDF5 are those of its groups,
        such as "conv1/conv1/kernel:0".

    Raises:
        Problem: If the file is a web page, truncated, or none of these.
    """
    if path.is_file():
        refuse_what_is_no_weights(path)
    readers = {".npz": _read_npz, ".h5": _read_hdf5, ".hdf5": _read_hdf5}
    readers |= dict.fromkeys(torch_file.SUFFIXES, torch_file.read_torch)
    return readers.get(path.suffix.lower(), _read_checkpoint)(path)


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _unreadable(path, "an .npz file of arrays") from error


def _read_hdf5(path: Path) -> dict[str, np.ndarray]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return {name: node[()] for name, node in _datasets(file)}
    except (OSError, KeyError, RuntimeError) as error:
        if "truncated file" in str(error):
            raise _truncated(path) from error
        raise _unreadable(path, "an HDF5 file") from error


def _datasets(file) -> Iterable[tuple]:
    """Yield names and datasets, by the layers' order where the file tells it."""
    import h5py

    root = file.get("model_weights", file)
    for layer in root.attrs.get("layer_names", ()):
        group = root[_text(layer)]
        for weight in group.attrs.get("weight_names", ()):
            yield f"{_text(layer)}/{_text(weight)}", group[_text(weight)]
    if "layer_names" not in root.attrs:
        found: list[tuple] = []
        root.visititems(lambda name, node: found.append((name, node)))
        yield from (pair for pair in found if isinstance(pair[1], h5py.Dataset))


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _read_checkpoint(path: Path) -> dict[str, np.ndarray]:
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(str(checkpoint_prefix(path)))
        shapes = reader.get_variable_to_shape_map()
        kinds = reader.get_variable_to_dtype_map()
        names = [name for name in sorted(shapes) if kinds[name].is_floating]
        return {name: reader.get_tensor(name) for name in names}
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise _unreadable(path, "a TensorFlow checkpoint") from error


def _unreadable(path: Path, kind: str) -> Problem:
    return Problem(
        f"{path} cannot be read as {kind}; it is truncated or something else: remove "
        f"it and fetch it again."
    )


def _truncated(path: Path) -> Problem:
    return Problem(
        f"{path} is truncated, its end is missing after {path.stat().st_size:,} bytes; "
        f"remove it and fetch it again."
    )


def check_tensors(
    tensors: Mapping[str, np.ndarray],
    shapes: Mapping[str, tuple[int, ...]],
    *,
    path: Path,
) -> dict[str, np.ndarray]:
    """Return the wanted tensors as float32, if they can be a trained network's.

    Args:
        tensors: By canonical name, "conv1/kernel"; more than wanted is fine.
        shapes: The wanted names and their shapes.
        path: The file they come from, for the sentence.

    Raises:
        Problem: If one is missing, of another shape, not finite, or a kernel whose
            numbers are all the same.
    """
    missing = [name for name in shapes if name not in tensors]
    if missing:
        more = f" and {len(missing) - 1} others" if missing[1:] else ""
        raise Problem(
            f"{path} lacks {missing[0]}{more}; these are weights of another network "
            f"or without the layers needed: give the full file."
        )
    for name, shape in shapes.items():
        tensor = np.asarray(tensors[name])
        if tensor.shape != tuple(shape):
            raise Problem(
                f"{name} in {path} has the shape {tensor.shape} instead of "
                f"{tuple(shape)}; these are weights of another network."
            )
    check_numbers({name: tensors[name] for name in shapes}, path=path)
    return {name: np.asarray(tensors[name], np.float32) for name in shapes}


def check_numbers(tensors: Mapping[str, np.ndarray], *, path: Path) -> None:
    """See that tensors, whatever network they are of, can be a trained one's.

    Args:
        tensors: By any name.
        path: The file they come from, for the sentence.

    Raises:
        Problem: If there are none, one is not finite, or one of more than one
            dimension has the same number throughout.
    """
    if not tensors:
        raise Problem(f"{path} holds no weights; give a file that does.")
    for name, tensor in tensors.items():
        tensor = np.asarray(tensor)
        if tensor.dtype.kind != "f":
            continue
        if not np.isfinite(tensor).all():
            raise Problem(
                f"{name} in {path} holds NaN or infinity; the file is damaged: "
                f"remove it and fetch it again."
            )
        if tensor.ndim > 1 and tensor.size > 1 and np.ptp(tensor) == 0:
            raise Problem(
                f"{name} in {path} is the same number throughout; the network was "
                f"never trained, or the file is damaged: fetch it again."
            )


def random_tensors(
    shapes: Mapping[str, tuple[int, ...]], seed: int
) -> dict[str, np.ndarray]:
    """Return random weights: He-normal kernels (He et al. 2015, 2.2), biases of zero.

    They are numpy's, so that they are the same under every Keras backend; each tensor
    depends on its own name and the seed only.

    Args:
        shapes: By canonical name; one-dimensional tensors are biases. The last axis
            of the others counts a layer's outputs.
        seed: Not negative.
    """
    tensors = {}
    for name, shape in shapes.items():
        if len(shape) == 1:
            tensors[name] = np.zeros(shape, np.float32)
            continue
        rng = np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))
        fan_in = int(np.prod(shape[:-1]))
        # Drawn in float64: rounding hides what mathematical libraries differ in.
        kernel = rng.standard_normal(shape) * np.sqrt(2.0 / fan_in)
        tensors[name] = kernel.astype(np.float32)
    return tensors


def write_tensors(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
    """Write tensors as our own `.npz`, whole or not at all."""
    with files.whole(path) as file:
        np.savez(file, **tensors)
