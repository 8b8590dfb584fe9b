"""Confusion matrices for reading: counts with the recall of each row."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.confusion import recalls
from evaluation.systems import trained_on

__all__ = ["matrices", "trained_matrix"]

# Beyene 2019, chapter 6.
THESIS_TABLES = {("stacked", "stack"): "Table 2", ("stacked", "test"): "Table 3"}


def trained_matrix(
    metrics: Mapping[str, Any], system: str
) -> tuple[np.ndarray | None, str]:
    """Sum the matrices of the parts a system learned from, and name those."""
    scores = metrics["systems"][system]
    parts = [part for part in trained_on(system) if part in scores]
    if not parts:
        return None, ""
    matrix = np.sum([scores[part]["confusion"] for part in parts], axis=0)
    return matrix, " + ".join(parts)


def matrices(
    metrics: Mapping[str, Any], systems: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Give each system's matrices: of what it was trained on (Table 2), test (Table 3).

    Args:
        metrics: Content of `metrics.json`.
        systems: Of its systems.

    Returns:
        By system a list of `part`, `says` (what that part is to it), `rows` (each
        `counts`, `recall`, `n`), `n` and `thesis` (the table that shows the same).
    """
    result: dict[str, list[dict[str, Any]]] = {}
    for system in systems:
        trained, part = trained_matrix(metrics, system)
        kinds = [(part, "a part it was trained on", trained)]
        tested = metrics["systems"][system].get("test")
        if tested:
            kinds.append(("test", "takes it never saw", np.array(tested["confusion"])))
        result[system] = [
            {
                "part": part,
                "says": says,
                "rows": [
                    {"counts": row.tolist(), "recall": recall, "n": int(row.sum())}
                    for row, recall in zip(matrix, recalls(matrix), strict=True)
                ],
                "n": int(matrix.sum()),
                "thesis": THESIS_TABLES.get((system, part)),
            }
            for part, says, matrix in kinds
            if matrix is not None
        ]
    return result
