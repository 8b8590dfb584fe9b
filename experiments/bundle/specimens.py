"""A few tested takes in a bundle: what heads were fed of them, and what they said.

With them anybody can see, on any machine and of any export, that a system still gives
the numbers that it gave. They are features, not recordings.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpus.files import whole
from corpus.problem import Problem
from evaluation.predictions import P, labels_of

__all__ = ["COUNT", "FILE", "Specimens", "read_specimens", "write_specimens"]

FILE = "specimens.npz"
COUNT = 3

Specimens = tuple[dict[str, list[np.ndarray]], dict[str, np.ndarray]]
"""By modality the features of some takes; by system the probabilities of them."""


def write_specimens(
    path: Path,
    rows: Mapping[str, Mapping[str, np.ndarray]],
    predictions: pd.DataFrame,
    systems: Sequence[str],
) -> None:
    """Write some takes' features, and what was said of them.

    Args:
        path: An npz file.
        rows: By take, then by modality: features.
        predictions: Of one seed and fold, of those takes among others.
        systems: Whose.
    """
    arrays: dict[str, np.ndarray] = {"takes": np.array(list(rows))}
    for number, features in enumerate(rows.values()):
        arrays |= {f"{name}/{number}": array for name, array in features.items()}
    columns = [f"{P}{label}" for label in labels_of(predictions)]
    plain = predictions[predictions["variant"].eq("")]
    for system in systems:
        said = plain[plain["system"] == system].set_index("take")
        arrays[f"said/{system}"] = said.loc[list(rows), columns].to_numpy(np.float64)
    with whole(path) as file:
        np.savez(file, **arrays)


def read_specimens(path: Path) -> Specimens:
    """Read what `write_specimens` wrote.

    Raises:
        Problem: If it is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            count = len(file["takes"])
            names = [name.partition("/") for name in file.files if "/" in name]
            modalities = dict.fromkeys(n for n, _, rest in names if n != "said")
            systems = [rest for n, _, rest in names if n == "said"]
            return (
                {m: [file[f"{m}/{at}"] for at in range(count)] for m in modalities},
                {system: file[f"said/{system}"] for system in systems},
            )
    except (OSError, ValueError, KeyError) as error:
        raise Problem(f"{path} is damaged ({error}); copy the bundle again.") from error
