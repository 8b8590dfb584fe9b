"""What picture backbones see of a take: its faces, found and cut once for all."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from embeddings.augmentation import media_of
from embeddings.backbone import Backbone, Examples
from embeddings.store import Source
from visual_features.faces import FaceTrack, face_tracks

__all__ = ["PrepareFaces"]


@dataclasses.dataclass(frozen=True)
class PrepareFaces:
    """Prepares takes for backbones that have a `detector` and a `view`.

    Attributes:
        store: Root of the face store.
    """

    store: Path

    def __call__(self, source: Source, backbones: Sequence[Backbone]) -> list[Examples]:
        """Find a take's faces once a detector, cut them once a view.

        Raises:
            Problem: If the video cannot be read, or a view needs a face and none is
                there.
        """
        views: dict = {}
        for backbone in backbones:
            views.setdefault(backbone.detector, {})[backbone.view] = None
        tracks: dict[tuple, FaceTrack] = {}
        for detector, wanted in views.items():
            found = face_tracks(
                source.file,
                take=source.take,
                corpus=source.corpus,
                source_sha256=source.sha256,
                detector=detector,
                views=list(wanted),
                store=self.store,
            )
            tracks |= {(detector, view): track for view, track in found.items()}
        return [
            backbone.prepare(
                media_of(backbone, tracks[backbone.detector, backbone.view], source)
            )
            for backbone in backbones
        ]
