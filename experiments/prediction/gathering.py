"""What there is of a clip to go by: its embeddings, read, looked over, and fed."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from corpus.problem import Problem
from embeddings.backbone import Backbone
from embeddings.store import Embedding, Store
from experiments.bundle.contents import Bundle
from experiments.features import fed
from experiments.prediction.heads import Heads
from experiments.prediction.notice import notice_faces, notice_sound
from experiments.prediction.pieces import Piece
from experiments.prediction.plan import Part

__all__ = ["Gathering", "Material"]

BLOCKS = 4  # of a long video, in memory


@dataclasses.dataclass
class Material:
    """What there is of one part to go by.

    Attributes:
        part: The part.
        embeddings: By modality.
        rows: By modality, what its head is fed.
        missing: By modality, why there is nothing.
        warnings: What must be known.
        coverage: Share of frames with a face; None without picture.
    """

    part: Part
    embeddings: dict[str, Embedding]
    rows: dict[str, np.ndarray]
    missing: dict[str, str]
    warnings: list[str]
    coverage: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gathering:
    """Gathers what was embedded of clips.

    Attributes:
        bundle: The bundle.
        heads: Its heads.
        backbones: By modality, those that are asked.
        work: The folder of the store.
        failed: Why pieces could not be embedded, by "modality name": sound and picture
            of one file are pieces of one name.
    """

    bundle: Bundle
    heads: Heads
    backbones: Mapping[str, Backbone]
    work: Path
    failed: Mapping[str, str]
    _blocks: dict[str, Embedding] = dataclasses.field(default_factory=dict, repr=False)

    def fed(self, modality: str, embedding: Embedding) -> np.ndarray:
        """Return what a branch's head is fed of an embedding."""
        branch = getattr(self.bundle.recipe, modality)
        alone = self.bundle.facts["branches"][modality]["alone"]
        return fed(embedding, branch, alone=alone)

    def read(self, modality: str, piece: Piece) -> Embedding:
        """Read a piece's embeddings."""
        return Store(self.work / "embeddings", self.backbones[modality].spec).read(
            piece
        )

    def material(self, part: Part) -> Material:
        """Gather what there is of a part."""
        material = Material(part, {}, {}, {}, [])
        for name in self.backbones:
            if name not in part.look.media:
                material.missing[name] = part.look.missing[name]
                continue
            try:
                embedding, coverage = self._embedding(part, name)
            except Problem as problem:
                why = str(problem).rstrip(".").partition(";")[0]
                material.missing[name] = why
                if name == "visual" and "shows no face" in why:
                    material.coverage = 0.0
                    material.missing[name] = "no face in any frame"
                continue
            if name == "audio":
                noticed = notice_sound(embedding)
            else:
                material.coverage = coverage
                noticed = notice_faces(embedding, coverage)
            missing = noticed.missing
            if not missing:
                row = self.fed(name, embedding)
                missing = self.heads.unfit(name, row)
            if missing:
                material.missing[name] = missing
                continue
            material.warnings += noticed.warnings
            several = len(embedding.array) > 1
            if several and self.bundle.facts["branches"][name]["alone"]:
                material.warnings.append(
                    f"only the first of {len(embedding.array)} stretches of {name} was "
                    f"asked about"
                )
            material.embeddings[name], material.rows[name] = embedding, row
        return material

    def _embedding(self, part: Part, name: str) -> tuple[Embedding, float | None]:
        """Return a part's embeddings of one modality, and how many frames have a face.

        Raises:
            Problem: If there are none.
        """
        pieces = part.pieces.get(name, ())
        read = [(piece, self._read_block(name, piece)) for piece in pieces]
        there = [(piece, found) for piece, found in read if found is not None]
        if not there:
            why = [self.failed[f"{name} {piece.take}"] for piece in pieces]
            raise Problem(why[0] if why else "it has ended by then")
        spans = [(piece.start, piece.end) for piece in pieces]
        if not part.windowed or spans == [(part.start, part.end)]:
            found = there[0][1]
            return found, _coverage(found)
        # Blocks of frames, of which some may reach beyond the window.
        weights, covered, some = [], [], []
        for piece, found in read:
            weights.append(min(piece.end, part.end) - max(piece.start, part.start))
            inside = None
            if found is not None:
                inside = (found.time >= part.start) & (found.time < part.end)
                some.append(_where(found, inside))
            share = found.extra["found"][inside] if found is not None else np.zeros(1)
            covered.append(float(np.mean(share)) if len(share) else 0.0)
        if not sum(len(one.time) for one in some):
            raise Problem("no face in any frame")
        return _joined(some), float(np.average(covered, weights=weights))

    def _read_block(self, name: str, piece: Piece) -> Embedding | None:
        """Read a piece's embeddings, None if there are none; a few are kept."""
        key = f"{name} {piece.take}"
        if key in self.failed:
            return None
        if key not in self._blocks:
            while len(self._blocks) >= BLOCKS:
                del self._blocks[next(iter(self._blocks))]
            self._blocks[key] = self.read(name, piece)
        return self._blocks[key]


def _coverage(embedding: Embedding) -> float | None:
    share = embedding.extra.get("coverage")
    return None if share is None else float(share[0])


def _where(embedding: Embedding, rows: np.ndarray) -> Embedding:
    extra = {name: array[rows] for name, array in embedding.extra.items()}
    return Embedding(embedding.array[rows], embedding.time[rows], extra)


def _joined(embeddings: Sequence[Embedding]) -> Embedding:
    names = set.intersection(*(set(one.extra) for one in embeddings))
    return Embedding(
        np.concatenate([one.array for one in embeddings]),
        np.concatenate([one.time for one in embeddings]),
        {n: np.concatenate([one.extra[n] for one in embeddings]) for n in names},
    )
