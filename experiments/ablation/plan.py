"""What an ablation has to do: which takes, which backbones, how they are parted."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.files import file_safe
from corpus.index import Index
from corpus.problem import Problem
from corpus.splits import Split, check_classes, make_split
from embeddings.backbone import Backbone
from experiments.ablation.extraction import with_media
from experiments.ablation.grid import Axes, make_backbones
from experiments.ablation.tuning import check_tunable
from experiments.run import Run
from experiments.show import SILENCE, Show
from experiments.takes import index_takes, select_takes

__all__ = ["Plan", "make_splits", "plan"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What there is to do, before anything is decoded.

    Attributes:
        index: The takes that have the media every backbone needs.
        backbones: By modality and name.
        lacking: Why a backbone is not to be had, by name.
        left_out: In sentences, which takes are.
    """

    index: Index
    backbones: Mapping[str, Mapping[str, Backbone]]
    lacking: Mapping[str, str]
    left_out: tuple[str, ...]

    def without(self, failed: Mapping[str, str]) -> "Plan":
        """Return the plan without some backbones.

        Raises:
            Problem: If none is left.
        """
        left = {
            modality: {name: one for name, one in of.items() if name not in failed}
            for modality, of in self.backbones.items()
        }
        lacking = {**self.lacking, **failed}
        if not any(left.values()):
            raise Problem("; ".join(lacking.values()))
        return dataclasses.replace(self, backbones=left, lacking=lacking)

    @property
    def by_name(self) -> dict[str, Backbone]:
        """All backbones by name."""
        return {name: one for of in self.backbones.values() for name, one in of.items()}


def plan(
    run: Run,
    data: Path | Sequence[Path],
    axes: Axes,
    *,
    show: Show = SILENCE,
    limit: int | None = None,
    **work: Any,
) -> Plan:
    """Find the backbones and index the corpus; see that the grid can be worked on.

    Arguments are those of `experiments.ablation.ablate`.

    Raises:
        Problem: If a name or value is wrong, no backbone is to be had, or no take.
    """
    recipe = run.recipe
    if axes.tune:
        check_tunable(recipe, axes.heads)
    if recipe.copies.wanted:
        raise Problem(
            "an ablation trains on no augmented copies; set copies.per_take=0, or use "
            "`emostack reproduce`."
        )
    backbones, lacking = make_backbones(recipe, axes, run.artifacts)
    index = index_takes(
        data, run.index_folder, reader=recipe.corpus.reader, show=show, **work
    )
    oddities = run.manifest["oddities"] = index.facts["oddities"]
    index, without, said = with_media(select_takes(index, recipe.corpus), backbones)
    index = index.head(limit) if limit else index
    left_out = (*oddities.get("unreadable", []), *said)
    return Plan(index, backbones, lacking, left_out).without(without)


def make_splits(
    run: Run, index: Index, axes: Axes
) -> dict[tuple[str, int], Split | str]:
    """Make each protocol's and seed's split, or say why there is none."""
    protocol, splits = run.recipe.protocol, {}
    for name in axes.protocols:
        for seed in axes.seeds:
            try:
                split = make_split(
                    index,
                    protocol=name,
                    ratios=protocol.ratios,
                    seed=seed,
                    separate_identical_sound=protocol.separate_identical_sound,
                )
                check_classes(split, index.takes, run.recipe.corpus.emotions)
            except Problem as problem:
                splits[name, seed] = str(problem)
                continue
            splits[name, seed] = split
            path = run.folder / "splits" / file_safe(name) / f"seed-{seed}.csv"
            if not path.is_file() or f'"{split.digest}"' not in path.read_text():
                split.write(path)
    return splits
