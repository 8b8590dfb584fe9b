"""Which numbers of a weights file go into which layer of a Keras network."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corpus.problem import Problem
from embeddings.weights.tensors import check_tensors, random_tensors

__all__ = ["Layout", "arranged", "layers_by_name", "random_weights", "weights_by_name"]


@dataclasses.dataclass(frozen=True)
class Layout:
    """The weights of a network: what they are called, and where files keep them.

    Attributes:
        shapes: By canonical name, "block1_conv1/kernel", in Keras' own order, which is
            the order of the official files.
        archive: Canonical names by those of Keras 3's `.weights.h5`, which counts
            layers by their kind: "layers/conv2d_1/vars/0".
        kinds: Kinds of layers that have no names, only numbers: "conv2d".
    """

    shapes: Mapping[str, tuple[int, ...]]
    archive: Mapping[str, str]
    kinds: frozenset[str]

    @classmethod
    def of(cls, model) -> "Layout":
        """Return the layout of a Keras model."""
        weights = weights_by_name(model)
        names = {variable.path: name for name, variable in weights.items()}
        return cls(
            shapes={name: tuple(one.shape) for name, one in weights.items()},
            archive={
                place: names[variable.path]
                for place, variable in _archived(model.layers)
                if variable.path in names
            },
            kinds=frozenset(
                _kind_and_number(layer)[0] for layer in model.layers if layer.weights
            )
            - {""},
        )


def layers_by_name(model) -> dict[str, Any]:
    """Return a model's layers by names that do not depend on what was built before.

    Keras numbers layers without a name through a whole process, "conv2d_95"; here
    they are numbered as in a process of their own.
    """
    numbers: dict[str, list[int]] = {}
    for kind, number in map(_kind_and_number, model.layers):
        numbers.setdefault(kind, []).append(number)
    named = {}
    for layer in model.layers:
        kind, number = _kind_and_number(layer)
        if kind:
            named[_numbered(kind, sorted(numbers[kind]).index(number))] = layer
        else:
            named[layer.name] = layer
    return named


def weights_by_name(model) -> dict[str, Any]:
    """Return a model's variables by canonical name, in the order of Keras' files."""
    weights = {}
    for name, layer in layers_by_name(model).items():
        for variable in layer.trainable_weights + layer.non_trainable_weights:
            # A layer within a layer has a name of its own.
            *_, owner, kind = variable.path.split("/")
            if re.fullmatch(r"variable(_\d+)?", kind):  # so is its attribute then
                kind = next(key for key, one in vars(layer).items() if one is variable)
            weights[f"{name if owner == layer.name else owner}/{kind}"] = variable
    return weights


def _kind_and_number(layer) -> tuple[str, int]:
    """Kind and number of a layer whose name Keras made up; "" and 0 of any other."""
    kind = _snake(type(layer).__name__)
    match = re.fullmatch(rf"{kind}(?:_(\d+))?", layer.name)
    return (kind, int(match[1] or 0)) if match else ("", 0)


def _snake(name: str) -> str:
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _numbered(kind: str, number: int) -> str:
    return f"{kind}_{number}" if number else kind


def _archived(layers, under: str = "") -> Iterator[tuple[str, Any]]:
    """Yield variables with the names that Keras 3's `.weights.h5` gives them."""
    seen: Counter = Counter()
    for layer in layers:
        kind = _snake(type(layer).__name__)
        place = f"{under}layers/{_numbered(kind, seen[kind])}"
        seen[kind] += 1
        if hasattr(layer, "layers"):
            yield from _archived(layer.layers, f"{place}/")
            continue
        variables = layer.trainable_weights + layer.non_trainable_weights
        for number, variable in enumerate(variables):
            yield f"{place}/vars/{number}", variable


def arranged(
    tensors: Mapping[str, np.ndarray], layout: Layout, *, path: Path
) -> dict[str, np.ndarray]:
    """Return a file's tensors under the canonical names of a network.

    By order and shape where the file is in order, which is how Keras itself reads its
    official files (many have names that have since changed), as long as that
    contradicts no name. Else by name, of whatever age: "conv_W_1:0" of 2016,
    "conv/kernel:0", "layers/conv2d/vars/0", our own "conv/kernel".

    Args:
        tensors: Of `embeddings.weights.tensors.read_tensors`, in the file's order.
        layout: Of the network.
        path: The file, for sentences.

    Raises:
        Problem: If they are another network's, damaged, or not all there.
    """
    wanted = _by_name(tensors, layout)
    ordered = {} if path.suffix == ".npz" else _by_order(tensors, layout)
    sure = {
        name: place
        for name, place in wanted.items()
        if not re.fullmatch(rf"({'|'.join(layout.kinds)})(_\d+)?/.*", name)
    }
    if ordered and (sure.items() <= ordered.items() or len(wanted) < len(ordered)):
        wanted = ordered
    checked = check_tensors(
        {name: tensors[place] for name, place in wanted.items()},
        layout.shapes,
        path=path,
    )
    places = list(tensors)
    last = max(map(places.index, wanted.values()))
    for place in places[:last]:
        if np.ndim(tensors[place]) > 2 and place not in wanted.values():
            raise Problem(
                f"{path} holds {place}, which this network has not, between layers "
                f"that it has; these are weights of a larger one."
            )
    return checked


def _by_name(tensors: Mapping[str, np.ndarray], layout: Layout) -> dict[str, str]:
    """The file's names by canonical names, as far as they can be told."""
    wanted: dict[str, list[str]] = {}
    for name in layout.shapes:
        layer, _, kind = name.rpartition("/")
        wanted.setdefault(layer, []).append(kind)
    numbers = _numbers(tensors, layout.kinds)
    named = {}
    for place, tensor in tensors.items():
        if place in layout.archive:
            named[layout.archive[place]] = place
            continue
        *parts, last = place.split("/")
        layer = next(filter(wanted.__contains__, _runs(parts, numbers)), None)
        if layer is None:
            continue
        kind = _kind(last, np.ndim(tensor), wanted[layer])
        if kind:
            named[f"{layer}/{kind}"] = place
    return named


def _numbers(tensors: Mapping[str, np.ndarray], kinds: frozenset[str]) -> dict:
    """What layers without names would be called if nothing was built before."""
    found: dict[str, set[int]] = {}
    for place in tensors:
        for part in place.split("/"):
            kind, _, number = part.rpartition("_")
            if number.isdigit() and kind in kinds:
                found.setdefault(kind, set()).add(int(number))
            elif part in kinds:
                found.setdefault(part, set()).add(0)
    return {
        _numbered(kind, number): _numbered(kind, place)
        for kind, those in found.items()
        for place, number in enumerate(sorted(those))
    }


def _runs(parts: list[str], numbers: Mapping[str, str]) -> Iterator[str]:
    """Yield what may be a layer's name in a path, longest first.

    Keras 2 had slashes in names, where Keras 3 has underscores.
    """
    for length in range(len(parts), 0, -1):
        for start in range(len(parts) - length + 1):
            run = "_".join(parts[start : start + length])
            yield numbers.get(run, run)


def _kind(last: str, axes: int, wanted: list[str]) -> str | None:
    """Which of a layer's weights one is, by its name or else by its axes."""
    plain = last.partition(":")[0]
    if plain in wanted:
        return plain
    kernels = [kind for kind in wanted if kind.endswith("kernel")]
    if len(wanted) == 1 or (axes > 1 and len(kernels) == 1):
        return (kernels or wanted)[0]
    return "bias" if axes == 1 and set(wanted) == {"kernel", "bias"} else None


def _by_order(tensors: Mapping[str, np.ndarray], layout: Layout) -> dict[str, str]:
    """The file's names by canonical names, if its order fits; else nothing."""
    places = [
        place
        for place in tensors
        # Where Keras' own files keep ImageNet's statistics, which are in `scaling`.
        if not re.match(r"(.*_)?normalization(_\d+)?/", place)
        or re.match(r"(.*_)?(batch|layer)_?normalization", place)
    ]
    if len(places) < len(layout.shapes):
        return {}
    fitting = dict(zip(layout.shapes, places, strict=False))
    fits = all(
        np.shape(tensors[place]) == layout.shapes[name]
        for name, place in fitting.items()
    )
    return fitting if fits else {}


def random_weights(layout: Layout, seed: int) -> dict[str, np.ndarray]:
    """Return random weights, with normalisations that change nothing.

    Args:
        layout: Of the network.
        seed: Not negative.
    """
    weights = random_tensors(layout.shapes, seed)
    for name, tensor in weights.items():
        if name.endswith(("/gamma", "/moving_variance")):
            tensor[:] = 1
        elif tensor.ndim == 4 and tensor.shape[-1] == 1 < tensor.shape[-2]:
            # Each channel by itself: its fan-in is the window.
            tensor *= np.float32(np.sqrt(tensor.shape[-2]))
    return weights
