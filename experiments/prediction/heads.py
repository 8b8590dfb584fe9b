"""A bundle's trained heads, asked about features."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.bundle.contents import Bundle
from experiments.bundle.specimens import FILE, read_specimens
from experiments.bundle.trust import tempered

__all__ = ["Heads"]

Features = Mapping[str, Sequence[np.ndarray]]
"""By modality what heads are fed of the same n clips."""


class Heads:
    """The heads of a bundle, each read when it is first asked.

    Attributes:
        bundle: The bundle.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._read: dict[str, Any] = {}

    def head(self, system: str) -> Any:
        """Return a system's `classifiers.saved.TrainedHead`."""
        if system not in self._read:
            from classifiers.saved import TrainedHead  # Keras: where heads are asked

            folder = self.bundle.head_folder(system)
            self._read[system] = TrainedHead.load(
                folder, expect={"labels": list(self.bundle.labels)}
            )
        return self._read[system]

    def base_of(self, modality: str) -> str:
        """Return the system that takes one modality alone."""
        return self.bundle.facts["answers"][modality]

    def unfit(self, modality: str, row: np.ndarray) -> str:
        """Say why a branch's head cannot be fed a clip's features; "" if it can."""
        card = self.head(self.base_of(modality)).card
        width, shape = card["width"], card.get("shape")
        if np.shape(row)[-1] != width or (
            shape is not None and len(np.shape(row)) != len(shape)
        ):
            return (
                f"it gives {np.shape(row)[-1]} numbers where {width} were learned; its "
                f"length is unlike that of all takes in training"
            )
        return ""

    def differences(self) -> dict[str, float]:
        """Return how far answers here are from those given then, by system.

        The largest difference of a probability, over the bundle's specimens.
        """
        rows, said = read_specimens(self.bundle.folder / FILE)
        return {
            system: float(np.abs(self.ask(system, rows, calibrated=False) - p).max())
            for system, p in said.items()
        }

    def ask(
        self, system: str, rows: Features, *, calibrated: bool = True
    ) -> np.ndarray:
        """Return a system's probabilities, shape (n, labels).

        Args:
            system: One of the bundle's.
            rows: Features of all modalities that it takes.
            calibrated: Whether they are tempered, or as the network gives them.
        """
        from classifiers.penultimate import probabilities
        from stacking.holdout import stack_features

        facts = self.bundle.facts["systems"][system]
        modalities = facts["modalities"]
        if "stands_on" in facts:
            base = [self.head(name) for name in facts["stands_on"]]
            features = [rows[name] for name in modalities]
            says = self.bundle.recipe.fusion.says
            inputs = stack_features(base, features, says=says)
        else:
            inputs = rows[modalities[0]]
        said = probabilities(self.head(system), inputs)
        if not calibrated:
            return said
        return tempered(said, self.bundle.facts["trust"][system]["temperature"])
