"""The embeddings of a grid: made once for all backbones, and which of them fail."""

import dataclasses
import errno
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpus.index import Index
from corpus.problem import Problem
from embeddings.backbone import Backbone
from embeddings.extract import DISK_ERRORS
from experiments.extraction import embeddable, extract_takes
from experiments.show import Show

__all__ = ["Extracted", "extract_grid", "with_media"]

Backbones = Mapping[str, Mapping[str, Backbone]]
"""By modality and name."""

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Extracted:
    """What an extraction left.

    Attributes:
        index: The takes that every backbone embedded, but for those that `failed`.
        failed: Why a backbone embedded not one take, by name.
        lost: Takes that are left out: `take`, `backbone` and `why` of each.
    """

    index: Index
    failed: Mapping[str, str]
    lost: tuple[Mapping[str, str], ...]


def with_media(
    index: Index, backbones: Backbones
) -> tuple[Index, dict[str, str], list[str]]:
    """Keep the takes that every backbone has a file of, or has in its table.

    Returns:
        The takes; by name of a backbone why it has none at all; and in sentences how
        many takes the others lack.
    """
    lacking, said = {}, []
    for modality, of in backbones.items():
        for name, backbone in of.items():
            try:
                index, left_out = embeddable(index, {modality: backbone})
            except Problem as problem:
                lacking[name] = str(problem)
            else:
                said += left_out.values()
    return index, lacking, said


def extract_grid(
    index: Index, backbones: Backbones, artifacts: Path, *, show: Show, **work: Any
) -> Extracted:
    """Embed what the stores lack, files opened once for all backbones of a modality.

    Args:
        index: The takes.
        backbones: By modality and name.
        artifacts: The folder of `embeddings/` and `faces/`.
        show: Where progress goes.
        work: `workers` and `verify`, see `extraction.extract_takes`.

    Raises:
        OSError: If the disk is full.
    """
    failed: dict[str, str] = {}
    lost: list[dict[str, str]] = []
    for modality, of in backbones.items():
        whys = _extract(index, modality, of, artifacts, show=show, **work)
        for name, by_take in whys.items():
            if len(by_take) == len(index):
                failed[name] = next(iter(by_take.values()))
            else:
                lost += [
                    {"take": take, "backbone": name, "why": why}
                    for take, why in by_take.items()
                ]
    gone = {row["take"] for row in lost}
    takes = index.takes[~index.takes["take"].isin(gone)].reset_index(drop=True)
    return Extracted(dataclasses.replace(index, takes=takes), failed, tuple(lost))


def _extract(
    index: Index, modality: str, backbones: Mapping[str, Backbone], *where: Any, **work
) -> dict[str, dict[str, str]]:
    """Return for each backbone why which take failed; together first, then alone."""
    if not backbones:
        return {}
    try:
        outcome = extract_takes(
            index, modality, list(backbones.values()), *where, **work
        )
        whys = {source.take: why for source, why in outcome.failed}
    except Exception as error:  # a network that cannot be opened, most often
        if isinstance(error, OSError) and error.errno in {*DISK_ERRORS, errno.EACCES}:
            raise
        log.info("extraction failed", exc_info=True)
        why = str(error)
        if not isinstance(error, Problem):
            why = f"{type(error).__name__}: {error}"
        whys = dict.fromkeys(index.takes["take"], why)
    if not whys or len(backbones) == 1:
        return dict.fromkeys(backbones, whys)
    # Who is it? One that fails must not take the others with it.
    some = index.takes[index.takes["take"].isin(whys)].reset_index(drop=True)
    index = dataclasses.replace(index, takes=some)
    return {
        name: _extract(index, modality, {name: backbone}, *where, **work)[name]
        for name, backbone in backbones.items()
    }
