"""What a joint head is shown in training: of each take, what each trunk is fed."""

import functools
import hashlib
from collections.abc import Sequence
from typing import Any

from classifiers.material import Material
from classifiers.scale import Scaler, Scalers

__all__ = ["JointMaterial"]


class JointMaterial(Material):
    """The rows of a joint head: tuples with an array for each trunk.

    Each trunk's arrays are checked, scaled and padded as those of that head alone.
    """

    @staticmethod
    def as_rows(features: Sequence[Any]) -> list[Any]:
        """Return features as rows, float32."""
        return [tuple(Material.as_rows(row)) for row in features]

    @functools.cached_property
    def trunks(self) -> tuple[Material, ...]:
        """The material of each trunk.

        Raises:
            ValueError: If a row has not one array for each trunk.
        """
        heads = self.head.trunks
        if strange := {len(row) for row in self.rows} - {len(heads)}:
            raise ValueError(f"a row of {min(strange)} arrays for {len(heads)} trunks")
        return tuple(
            Material(
                head=head,
                rows=[row[place] for row in self.rows],
                targets=self.targets,
                takes=self.takes,
                labels=self.labels,
                validation=self.validation,
            )
            for place, head in enumerate(heads)
        )

    @property
    def width(self) -> tuple[int, ...]:
        """Numbers in one embedding, by trunk."""
        return tuple(trunk.width for trunk in self.trunks)

    @property
    def shape(self) -> tuple[tuple[int, ...], ...]:
        """Of a take's features; of several lengths the longest; by trunk."""
        return tuple(trunk.shape for trunk in self.trunks)

    @property
    def size(self) -> tuple[int | tuple[int, ...], ...]:
        """What the head's `build` is told of each trunk."""
        return tuple(trunk.size for trunk in self.trunks)

    @property
    def facts(self) -> dict[str, Any]:
        """What the card says: `width` and `shape` by trunk, the latter of pictures."""
        each = [trunk.facts for trunk in self.trunks]
        return {key: [own.get(key) for own in each] for key in ("width", "shape")}

    @property
    def longest(self) -> tuple[int, ...]:
        """Steps of the longest sequence, or rows of the highest picture, by trunk."""
        return tuple(trunk.longest for trunk in self.trunks)

    def check_rows(self) -> None:
        """Make sure that each trunk can be fed its arrays, see `Material`."""
        for trunk in self.trunks:
            trunk.check_rows()

    def sha256(self) -> str:
        """Return a hash of all numbers and targets, in hexadecimal."""
        hashes = "\n".join(trunk.sha256() for trunk in self.trunks)
        return hashlib.sha256(hashes.encode()).hexdigest()

    def scaler(self) -> Scalers:
        """Return each trunk's, see `Material`; none where it is to stay unscaled."""
        return Scalers(
            tuple(
                Scaler.none(trunk.width)
                if place in self.head.unscaled
                else trunk.scaler()
                for place, trunk in enumerate(self.trunks, start=1)
            )
        )

    def unscaled(self) -> Scalers:
        """Return the scaler that changes nothing."""
        return Scalers(tuple(trunk.unscaled() for trunk in self.trunks))
