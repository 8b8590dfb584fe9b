"""Augmented copies: a take's media, changed at random before a backbone sees them.

A copy is a *variant* of a take ("copy1", "copy2", ...). What is changed is a frozen
part of the spec, and so in the store's key; how strongly is drawn from (seed, medium,
take, variant), so that the same copy is drawn on every machine.
"""

import dataclasses
from typing import Any

import numpy as np

from corpus.files import digest
from corpus.variants import copy_number
from embeddings.backbone import (
    About,
    Backbone,
    BackboneSpec,
    Examples,
    WeightsRecord,
)
from embeddings.change import Change
from embeddings.store import Source

__all__ = ["Augmentation", "Augmented", "media_of"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How copies differ from what was recorded; picklable.

    Attributes:
        change: What is done.
        seed: Draws how strongly.
    """

    change: Change
    seed: int = 0

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes a copy's numbers, JSON values."""
        return {**self.change.settings, "seed": self.seed}

    def strengths(self, source: Source) -> dict[str, float]:
        """Return how strong each effect of a copy is, in the units of its setting.

        Args:
            source: The copy.

        Raises:
            ValueError: If it is no copy.
        """
        number = copy_number(source.variant)
        return self.change.draw(self._rng(source), number=number)

    def __call__(self, media: Any, source: Source) -> Any:
        """Return a copy's media; those given stay as they are.

        Args:
            media: As they were recorded.
            source: The copy; its take and variant draw what becomes of them.

        Raises:
            ValueError: If it is no copy.
        """
        rng = self._rng(source)
        strengths = self.change.draw(rng, number=copy_number(source.variant))
        return self.change.apply(media, strengths, rng)

    def _rng(self, source: Source) -> np.random.Generator:
        # The medium is in it, so that loud noise does not always go with low contrast.
        what = [self.change.medium, self.seed, source.take, source.variant]
        return np.random.default_rng(int(digest(["augmentation", *what])[:16], 16))


class Augmented:
    """A `embeddings.backbone.Backbone` that sees augmented copies only.

    The recordings themselves stay with the plain backbone, under its own key.

    Attributes:
        plain: The backbone that sees what was recorded.
        augmentation: How copies differ.
        spec: That of the plain one, with the augmentation among the preprocessing.
    """

    def __init__(self, plain: Backbone, augmentation: Augmentation) -> None:
        """Wrap a backbone.

        Raises:
            ValueError: If it is augmented already, or the change is of another medium.
        """
        if isinstance(plain, Augmented):
            raise ValueError(f"{plain.spec.name} is augmented already")
        if plain.spec.modality != augmentation.change.medium:
            raise ValueError(
                f"{plain.spec.name} takes {plain.spec.modality}, and the augmentation "
                f"changes {augmentation.change.medium}"
            )
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
        """Turn a copy's media into examples, on the host.

        Args:
            media: Changed already, as `media_of` returns them.
        """
        return self.plain.prepare(media)

    def embed(self, array: np.ndarray) -> np.ndarray:
        """Return the embeddings of `spec.batch` examples."""
        return self.plain.embed(array)


def media_of(backbone: Backbone, media: Any, source: Source) -> Any:
    """Return what a backbone is to be given: media as recorded, or a copy's.

    Args:
        backbone: A plain one, or an `Augmented` one.
        media: As recorded, faces in the backbone's own view: what is kept of them on
            disk is always the recording's.
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
