"""A bundle's networks for other programs: from embeddings to probabilities, whole.

The scaler is in them, and a stacked system is one network: both base nets up to what
they say, and the meta-classifier. Each is read back and compared with the original on
the bundle's own specimens. What Keras cannot write, one sentence says.
"""

import dataclasses
import importlib.util
import shutil
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.files import write_json
from corpus.problem import Problem
from experiments.bundle.contents import Bundle
from experiments.bundle.specimens import FILE, read_specimens
from experiments.prediction.heads import Heads

if TYPE_CHECKING:
    import keras

__all__ = ["FORMS", "export_networks"]

FORMS = ("keras", "saved_model", "onnx")
CLOSE = 1e-4  # probabilities of an export to those of the original
STEPS = 32  # sequences are padded to multiples of it


@dataclasses.dataclass(frozen=True)
class _Whole:
    """A system as one network.

    Attributes:
        network: Takes arrays by name, and gives probabilities.
        inputs: Makes those arrays of features by modality.
    """

    network: "keras.Model"
    inputs: Callable[[dict[str, Sequence[np.ndarray]]], dict[str, np.ndarray]]


def export_networks(bundle: Bundle, folder: Path, *, form: str) -> list[str]:
    """Write each system of a bundle as one network; say how each went.

    Args:
        bundle: The bundle.
        folder: Where they go, `export.json` beside them.
        form: One of `FORMS`.

    Raises:
        Problem: If the folder cannot be used, or not one system can be written so.
    """
    _check_form(form)
    heads = Heads(bundle)
    rows, _ = read_specimens(bundle.folder / FILE)
    told, written = [], {}
    for system, facts in bundle.facts["systems"].items():
        features = {name: rows[name] for name in facts["modalities"]}
        try:
            whole = _whole(heads, system)
            whole.network(whole.inputs(features))  # ONNX is traced of a first call
            target = _write(whole.network, folder, form)
        except Problem as problem:
            told.append(f"{system}: not exported: {problem}")
            continue
        said = heads.ask(system, features, calibrated=False)
        apart = float(np.abs(_read(target, form)(whole.inputs(features)) - said).max())
        if not apart <= CLOSE:
            shutil.rmtree(target) if target.is_dir() else target.unlink()
            told.append(
                f"{system}: not exported: what {form} gives of {len(said)} takes is "
                f"{apart:.2g} from the original."
            )
            continue
        written[system] = {
            "file": target.name,
            "inputs": {
                name: list(array.shape[1:])
                for name, array in whole.inputs(features).items()
            },
            "labels": list(bundle.labels),
            "temperature": bundle.facts["trust"][system]["temperature"],
            "backbones": {
                name: bundle.facts["branches"][name]["key"] for name in features
            },
            "largest_difference": apart,
        }
        told.append(
            f"{system}: {target} (of {len(said)} real takes within {apart:.1e} of the "
            f"original)"
        )
    if not written:
        reasons = dict.fromkeys(line.partition("not exported: ")[2] for line in told)
        raise Problem(" ".join(reasons))
    write_json(
        folder / "export.json",
        {
            "bundle_digest": bundle.digest,
            "form": form,
            "systems": written,
            "limits": bundle.limits,
        },
    )
    return told


def _check_form(form: str) -> None:
    """See that what Keras needs for a form is there.

    Raises:
        Problem: If it is not.
    """
    needed = ("tf2onnx", "onnx", "onnxruntime") if form == "onnx" else ()
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise Problem(
            f"Keras writes {form} through {' and '.join(needed)}, of which "
            f"{' and '.join(missing)} cannot be found; install it (pip install "
            f"{' '.join(missing)}), or use another form."
        )


def _whole(heads: Heads, system: str) -> _Whole:
    """Return a system as one network, scalers included.

    Raises:
        Problem: If it is not made of networks alone, or asks about bags of frames.
    """
    import keras

    facts = heads.bundle.facts["systems"][system]
    names = facts.get("stands_on", [system])
    trunks = [_scaled(heads, name, prefix=f"{name}_") for name in names]
    given = {key: value for inputs, *_ in trunks for key, value in inputs.items()}
    if "stands_on" in facts:
        says = heads.bundle.recipe.fusion.says
        place = {"penultimate": 1, "probabilities": 2}[says]
        told = [trunk[place] for trunk in trunks]
        meta = heads.head(system)
        _check(meta, system)
        joined = keras.layers.Concatenate(name="said")(told)
        output = meta.model(_scaling(meta.scaler, "meta")(joined))
    else:
        output = trunks[0][2]
    network = keras.Model(given, output, name=system)

    def inputs(features: dict[str, Sequence[np.ndarray]]) -> dict[str, np.ndarray]:
        found = {}
        for name, rows in zip(names, features.values(), strict=True):
            head = heads.head(name)
            longest = -(-max(map(len, rows)) // STEPS) * STEPS
            length = (head.card.get("shape") or [longest])[0]
            raw = head.settings.inputs(rows, length=length)
            raw = raw if isinstance(raw, dict) else {"embedding": raw}
            found |= {f"{name}_{key}": value for key, value in raw.items()}
        return found

    return _Whole(network, inputs)


def _scaled(heads: Heads, name: str, *, prefix: str) -> tuple[dict[str, Any], Any, Any]:
    """Return a head's inputs, its penultimate output if any, and its probabilities."""
    import keras

    head = heads.head(name)
    _check(head, name)
    own = head.model.input
    own = own if isinstance(own, dict) else {"embedding": own}
    given = {
        f"{prefix}{key}": keras.Input(
            tensor.shape[1:], dtype=tensor.dtype, name=f"{prefix}{key}"
        )
        for key, tensor in own.items()
    }
    fed = {}
    for key in own:
        tensor = given[f"{prefix}{key}"]
        fed[key] = tensor if key == "mask" else _scaling(head.scaler, name)(tensor)
    fed = fed if isinstance(head.model.input, dict) else fed["embedding"]
    if not head.settings.has_penultimate:
        return given, None, head.model(fed)
    return given, *head.tapped(fed)


def _scaling(scaler: Any, name: str) -> Any:
    """Return a layer that does what a scaler does."""
    import keras

    constant = scaler.std == 0
    scale = np.where(constant, 0.0, 1 / np.where(constant, 1.0, scaler.std))
    offset = -scaler.mean * scale
    if scaler.mean.ndim == 2:  # a picture without channels is fed with one
        scale, offset = scale[..., None], offset[..., None]
    return keras.layers.Rescaling(
        scale.tolist(), offset.tolist(), name=f"{name}_standard_scores"
    )


def _check(head: Any, name: str) -> None:
    if not hasattr(head.model, "layers"):
        raise Problem(
            f"the {name} head ({head.card['kind']}) is no network but a scikit-learn "
            f"pipeline, which Keras cannot write; it is in the bundle as head.skops."
        )
    if getattr(head.settings, "bag", 0) or isinstance(head.card["width"], list):
        raise Problem(
            f"the {name} head is asked about bags of frames or by two trunks, whose "
            f"answers are put together outside of its network; use the bundle itself."
        )


def _write(network: "keras.Model", folder: Path, form: str) -> Path:
    """Write a network; return where.

    Raises:
        Problem: If Keras cannot write it in that form here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = (
        folder
        / {
            "keras": f"{network.name}.keras",
            "saved_model": network.name,
            "onnx": f"{network.name}.onnx",
        }[form]
    )
    if form == "keras":
        network.save(target)
        return target
    name = "tf_saved_model" if form == "saved_model" else "onnx"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of tf2onnx, on NumPy
            network.export(target, format=name, verbose=False)
    except Exception as error:  # of another library, which this one stands on
        why = str(error).strip().partition("\n")[0][:200]
        raise Problem(
            f"Keras cannot write this network as {form} ({type(error).__name__}: "
            f"{why}); use another form."
        ) from error
    return target


def _read(target: Path, form: str) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
    """Open what was written, as another program would."""
    import keras

    if form == "keras":
        network = keras.saving.load_model(target, compile=False, safe_mode=True)
        return lambda inputs: np.asarray(network(inputs))
    if form == "saved_model":
        layer = keras.layers.TFSMLayer(target, call_endpoint="serve")
        return lambda inputs: np.asarray(layer(inputs))
    import onnxruntime

    opened = onnxruntime.InferenceSession(str(target))
    return lambda inputs: opened.run(None, inputs)[0]
