"""Tensors of a PyTorch checkpoint, read without PyTorch and without unpickling it.

Both layouts of `torch.save` are read: the zip archive of PyTorch 1.6 and later, and the
row of pickles and raw numbers of the versions before.
"""

import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.weights.pickled import (
    LARGEST_PICKLE,
    STORAGES,
    Refused,
    Storage,
    Tensor,
    follow,
    tensors_in,
)

__all__ = ["SUFFIXES", "read_torch"]

SUFFIXES = (".t7", ".t8", ".pt", ".pth")

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


def read_torch(path: Path) -> dict[str, np.ndarray]:
    """Read the tensors of a checkpoint, under the names they have there.

    Args:
        path: Written by `torch.save`: a state dictionary, or dictionaries and lists of
            anything with one in it.

    Returns:
        Arrays by name, in the file's order; names of dictionaries within dictionaries
        are joined by "/", as in "net/features.0.weight".

    Raises:
        Problem: If it is no such file, truncated, or asks for anything but tensors.
    """
    try:
        with open(path, "rb") as file:
            is_zip = file.read(4) == b"PK\x03\x04"
        return _read_zip(path) if is_zip else _read_row(path)
    except Refused as refused:
        raise Problem(
            f"{path} is not read, because it asks for {refused}, which is no tensor; "
            f"where you trust it, save its state dictionary alone, by "
            f"torch.save(net.state_dict(), ...)."
        ) from refused
    except (
        *(OSError, EOFError, ValueError, KeyError, IndexError, TypeError),
        *(AttributeError, RecursionError, OverflowError, RuntimeError),
        *(struct.error, zipfile.BadZipFile),
    ) as error:
        raise Problem(
            f"{path} cannot be read as a PyTorch checkpoint; it is truncated or "
            f"something else: remove it and fetch it again."
        ) from error


def _read_zip(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        (pickle,) = [
            name for name in archive.namelist() if name.endswith("/data.pkl")
        ]  # one, or it is no checkpoint
        folder = pickle.removesuffix("data.pkl")
        if f"{folder}byteorder" in archive.namelist():
            with archive.open(f"{folder}byteorder") as file:
                order = file.read(16)
            if order != b"little":
                raise Refused(f"numbers in the byte order {order!r}")
        if archive.getinfo(pickle).file_size > LARGEST_PICKLE:
            raise Refused("a pickle of more than 16 MB")
        with archive.open(pickle) as file:
            tensors = dict(tensors_in(follow(file)))

        def numbers(storage: Storage) -> np.ndarray:
            entry = archive.getinfo(f"{folder}data/{storage.key}")
            kind = np.dtype(STORAGES[storage.kind])
            if entry.compress_type != zipfile.ZIP_STORED:
                raise Refused("numbers that are compressed")
            if entry.file_size != storage.count * kind.itemsize:
                raise ValueError("a storage has another size than its tensors say")
            return np.frombuffer(archive.read(entry), kind)

        return _arrays(tensors, numbers)


def _read_row(path: Path) -> dict[str, np.ndarray]:
    size = path.stat().st_size
    with open(path, "rb") as file:
        if follow(file) != MAGIC or follow(file) != PROTOCOL:
            raise ValueError("no checkpoint")
        if follow(file).get("little_endian") is not True:
            raise Refused("numbers in the byte order of another processor")
        named: dict[str, Storage] = {}
        tensors = dict(tensors_in(follow(file, named)))
        found = {}
        for key in follow(file):
            (count,) = struct.unpack("<q", file.read(8))
            kind = np.dtype(STORAGES[named[key].kind])
            if count != named[key].count:
                raise ValueError("a storage has another size than its tensors say")
            if not 0 <= count * kind.itemsize <= size - file.tell():
                raise EOFError("a storage ends after the file")
            found[key] = np.frombuffer(file.read(count * kind.itemsize), kind)
        return _arrays(tensors, lambda storage: found[storage.key])


def _arrays(
    tensors: Mapping[str, Tensor], numbers: Callable[[Storage], np.ndarray]
) -> dict[str, np.ndarray]:
    arrays, read = {}, {}
    for name, tensor in tensors.items():
        key = tensor.storage.key
        if key not in read:
            read[key] = numbers(tensor.storage)
        arrays[name] = _view(tensor, read[key])
    return arrays


def _view(tensor: Tensor, numbers: np.ndarray) -> np.ndarray:
    shape, strides = tensor.shape, tensor.strides
    last = tensor.offset
    for length, stride in zip(shape, strides, strict=True):
        if length < 0 or stride < 0:
            raise ValueError("a tensor has a negative shape")
        last += max(0, length - 1) * stride
    elements = int(np.prod(shape, dtype=object))
    if tensor.offset < 0 or elements > len(numbers):
        raise ValueError("a tensor is larger than its storage")
    if elements and last >= len(numbers):
        raise ValueError("a tensor reaches beyond its storage")
    steps = [stride * numbers.itemsize for stride in strides]
    start = numbers[tensor.offset :]
    return np.lib.stride_tricks.as_strided(start, shape, steps).copy()
