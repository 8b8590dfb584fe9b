"""A backbone put together from its parts: how media become examples, and a network."""

from collections.abc import Callable
from typing import Any

import numpy as np

from embeddings.backbone import (
    NO_WEIGHTS,
    About,
    BackboneSpec,
    Examples,
    WeightsRecord,
)

__all__ = ["Frozen", "Network"]

Network = Callable[[np.ndarray], np.ndarray]
"""Takes `spec.batch` examples; returns their embeddings, shape (n, *spec.shape)."""


class Frozen:
    """A `embeddings.backbone.Backbone` made of two functions.

    Attributes:
        spec: What changes its numbers.
        weights: Where its weights come from.
        about: What a list says of it.
    """

    def __init__(
        self,
        spec: BackboneSpec,
        *,
        prepare: Callable[[Any], Examples],
        network: Callable[[], Network] | None = None,
        weights: WeightsRecord = NO_WEIGHTS,
        about: About | None = None,
    ) -> None:
        """Put a backbone together.

        Args:
            spec: What changes its numbers, all settings of both functions among it.
            prepare: Turns media into examples, without Keras; picklable (a function
                of a module, a partial of one, or a small dataclass).
            network: Opens the network, at the first batch; picklable. None where
                `prepare` does all the work and its examples are the embeddings.
            weights: Where its weights come from.
            about: What a list says of it.
        """
        self.spec = spec
        self.weights = weights
        self.about = about or About()
        self._prepare = prepare
        self._open = network
        self._network: Network | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the network behind: worker processes need none."""
        return {**self.__dict__, "_network": None}

    def prepare(self, media: Any) -> Examples:
        """Turn a take's media into examples, on the host."""
        return self._prepare(media)

    def embed(self, array: np.ndarray) -> np.ndarray:
        """Return the embeddings of `spec.batch` examples, float32."""
        if self._open is None:
            return np.asarray(array, np.float32)
        if self._network is None:
            self._network = self._open()
        return np.asarray(self._network(array), np.float32)
