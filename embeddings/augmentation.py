"""Augmented copies: a take's media, changed at random before a backbone sees them.

A copy is a *variant* of a take ("copy1", "copy2", ...). What is changed is a frozen
part of the spec, and so in the store's key; by how much is drawn from (seed, take,
variant), so that a copy is the same on every machine.
"""

import dataclasses
from typing import Any, Protocol

import numpy as np

from corpus.files import digest
from embeddings.backbone import (
    About,
    Backbone,
    BackboneSpec,
    Examples,
    WeightsRecord,
)
from embeddings.store import Source

__all__ = ["Augmentation", "Augmented", "Change", "media_of"]


class Change(Protocol):
    """Changes media at random; a picklable dataclass, its fields the settings."""

    def __call__(self, media: Any, rng: np.random.Generator) -> Any:
        """Return changed media of the same kind."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How copies differ from what was recorded.

    Attributes:
        change: What is done, a dataclass of plain values.
        seed: Draws by how much.
    """

    change: Change
    seed: int = 0

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes a copy's numbers, JSON values."""
        return {**dataclasses.asdict(self.change), "seed": self.seed}

    def __call__(self, media: Any, source: Source) -> Any:
        """Return a copy's media.

        Args:
            media: As they were recorded.
            source: The copy; its take and variant draw what becomes of them.
        """
        drawn = digest(["augmentation", self.seed, source.take, source.variant])
        return self.change(media, np.random.default_rng(int(drawn[:16], 16)))


class Augmented:
    """A `embeddings.backbone.Backbone` that sees augmented copies only.

    The recordings themselves stay with the plain backbone, under its own key.

    Attributes:
        plain: The backbone that sees what was recorded.
        augmentation: How copies differ.
        spec: That of the plain one, with the augmentation among the preprocessing.
    """

    def __init__(self, plain: Backbone, augmentation: Augmentation) -> None:
        self.plain, self.augmentation = plain, augmentation
        how = {**plain.spec.preprocessing, "augmentation": augmentation.settings}
        self.spec: BackboneSpec = dataclasses.replace(plain.spec, preprocessing=how)

    @property
    def weights(self) -> WeightsRecord:
        """Where the weights come from."""
        return self.plain.weights

    @property
    def about(self) -> About:
        """What a list says of it."""
        return self.plain.about

    @property
    def view(self) -> Any:
        """How it wants faces cut out; of backbones for pictures."""
        return self.plain.view

    @property
    def detector(self) -> Any:
        """What finds the faces it wants; of backbones for pictures."""
        return self.plain.detector

    def prepare(self, media: Any) -> Examples:
        """Turn a copy's media into examples, on the host."""
        return self.plain.prepare(media)

    def embed(self, array: np.ndarray) -> np.ndarray:
        """Return the embeddings of `spec.batch` examples."""
        return self.plain.embed(array)


def media_of(backbone: Backbone, media: Any, source: Source) -> Any:
    """Return what a backbone is to be given: media as recorded, or a copy's.

    Args:
        backbone: A plain one, or an `Augmented` one.
        media: As recorded.
        source: The sample.

    Raises:
        ValueError: If a copy is asked of a plain backbone, or a recording of an
            augmented one: they would be stored under each other's key.
    """
    if bool(source.variant) != isinstance(backbone, Augmented):
        raise ValueError(
            f"{backbone.spec.name} cannot embed the variant {source.variant!r} of "
            f"{source.take}"
        )
    if isinstance(backbone, Augmented):
        return backbone.augmentation(media, source)
    return media
