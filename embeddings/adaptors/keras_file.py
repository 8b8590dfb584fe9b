"""A whole Keras model in a file: `.keras`, or HDF5 of any Keras since 2015."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from embeddings.adaptors.keras_config import refuse_what_could_run
from embeddings.adaptors.opened import Opened, one_of
from embeddings.weights.tensors import refuse_what_is_no_weights

__all__ = ["open_keras"]


def open_keras(path: Path, *, layer: str | None = None) -> Opened:
    """Open a Keras model with one input.

    What the file names is checked before Keras sees it, and Keras loads it in its
    safe mode, without training settings.

    Args:
        path: A `.keras` archive, or `.h5` or `.hdf5`.
        layer: Whose output is wanted; None for the model's own.

    Returns:
        A network that takes rows, see `Opened`; it runs on any Keras backend.

    Raises:
        Problem: If it is no whole model, could run code, or has no such layer.
    """
    refuse_what_is_no_weights(path)
    # By the ending, as Keras decides: a file may be both a zip archive and HDF5.
    read = _config_of_archive if path.suffix == ".keras" else _config_of_hdf5
    try:
        config, outside = read(path)
        refuse_what_could_run(config, path=path)
    except Problem:
        raise
    except Exception as error:  # of zip, JSON or HDF5, or nested beyond all depth
        raise _unreadable(path, error) from error
    if config is None:
        raise Problem(
            f"{path} holds weights and no network; name the network they belong to as "
            f'`architecture`, such as architecture = "mobilenetv2.imagenet".'
        )
    if outside:
        raise Problem(
            f"{path} points to data outside of it ({outside[0]}); it is not loaded: "
            f"fetch the file from its source."
        )
    model = _loaded(path)
    if len(model.inputs) != 1:
        raise Problem(
            f"{path} takes {len(model.inputs)} inputs at once; a backbone has exactly "
            f"one."
        )
    return _opened(path, model, layer)


def _config_of_archive(path: Path) -> tuple[Any, list[str]]:
    """A model's configuration, and what in its weights other files have."""
    import h5py

    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        # Its optimizer and losses: they are not loaded.
        config.pop("compile_config", None)
        outside = []
        if "model.weights.h5" in archive.namelist():
            with archive.open("model.weights.h5") as member, h5py.File(member) as file:
                outside = _outside(file)
    return config, outside


def _config_of_hdf5(path: Path) -> tuple[Any, list[str]]:
    import h5py

    with h5py.File(path, "r") as file:
        text = file.attrs.get("model_config")
        return (None if text is None else json.loads(text)), _outside(file)


def _outside(group: Any) -> list[str]:
    """Names in an HDF5 file whose data other files have."""
    import h5py

    found = []
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            found.append(f"{group.name}/{name}")
        elif isinstance(node := group[name], h5py.Group):
            found += _outside(node)
        elif node.external or node.is_virtual:
            found.append(node.name)
    return found


def _loaded(path: Path):
    import keras

    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # whatever Keras stumbles over in a stranger's file
        raise _unreadable(path, error) from error
    if not getattr(model, "inputs", None):
        raise Problem(
            f"{path} holds a network that never learned its input's shape; save it "
            f"with an Input layer."
        )
    for variable in model.variables:
        values = np.asarray(keras.ops.convert_to_numpy(variable))
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise Problem(
                f"{variable.path} in {path} holds NaN or infinity; the file is "
                f"damaged: fetch it again."
            )
    return model


def _opened(path: Path, model: Any, layer: str | None) -> Opened:
    import keras

    if layer is None:
        if len(model.outputs) != 1:
            raise Problem(
                f"{path} has {len(model.outputs)} outputs; name the `layer` of one: "
                f"{', '.join(model.output_names)}."
            )
        (output,) = model.outputs
    else:
        names = [each.name for each in model.layers]
        one_of("layer", layer, names, path=path)
        output = model.get_layer(layer).output
    try:
        part = keras.Model(model.inputs[0], output)
    except (AttributeError, ValueError) as error:
        raise Problem(
            f"the output of {layer!r} in {path} cannot be had by itself; name a layer "
            f"before or after it."
        ) from error
    dtype = keras.backend.standardize_dtype(model.inputs[0].dtype)
    return Opened(
        path,
        tuple(model.inputs[0].shape),
        np.dtype(object if dtype == "string" else dtype),
        part.predict_on_batch,
        part.count_params(),
    )


def _unreadable(path: Path, error: Exception) -> Problem:
    first = (str(error).strip().splitlines() or [""])[0].rstrip(".")
    return Problem(
        f"{path} cannot be read as a Keras model ({type(error).__name__}: {first}); it "
        f"is truncated or something else: fetch it again, or save it again by a Keras "
        f"of today."
    )
