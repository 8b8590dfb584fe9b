"""The cells of an ablation: a system, a protocol, a seed and a fold, in a folder.

A finished cell is a folder named by the digest of all it depends on, with its head,
what that says of the takes, its predictions, and last `cell.json`. So a killed
ablation goes on, a larger grid uses what a smaller one left, and nothing stale is read.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corpus
from classifiers.train import RECIPE
from corpus.files import digest, file_safe
from corpus.splits import Split
from experiments.ablation.grid import System

if TYPE_CHECKING:
    from experiments.ablation.classroom import Classroom

__all__ = ["DONE", "PREDICTIONS", "Cell", "identify"]

DONE, PREDICTIONS = "cell.json", "predictions.csv"

# By which takes that watch a training are chosen.
KINSHIP = ["take", "corpus", "speaker", "sex", "vocal_channel", "intensity"]
KINSHIP += ["statement", "repetition"]


@dataclasses.dataclass(frozen=True)
class Cell:
    """One training, or one mean of two.

    Attributes:
        system: What is trained.
        split: Which takes are in which part; one fold of it.
        digest: Of the whole split.
        seed: Of the initialisation.
        folder: Where it goes.
        members: Folders of the base cells that it needs.
    """

    system: System
    split: Split
    digest: str
    seed: int
    folder: Path
    members: tuple[Path, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it is finished."""
        return (self.folder / DONE).is_file()


def identify(
    system: System,
    split: Split,
    seed: int,
    *,
    fold: int,
    folder: Path,
    room: "Classroom",
    members: Sequence[Cell] = (),
) -> Cell:
    """Return a cell, whose folder is named by all that its numbers depend on.

    Args:
        system: What is trained.
        split: Its split.
        seed: Its seed.
        fold: Which fold of the split.
        folder: Of all cells.
        room: What all cells share.
        members: The base cells that it needs.
    """
    recipe = room.recipe
    part = dataclasses.replace(split, table=split.of_fold(fold))
    depends: dict[str, Any] = {
        "emostack": corpus.__version__,
        "recipe": RECIPE,
        "system": system.kind,
        "labels": list(recipe.corpus.emotions),
        "split": part.digest,
        "protocol": split.protocol,
        "seed": seed,
    }
    if system.kind == "single":
        entry = room.entries[system.members[0]]
        medium = entry.backbone.spec.modality
        columns = [*KINSHIP, "emotion", "sound_sha256", f"{medium}_file_sha256"]
        depends |= {
            "backbone": entry.backbone.spec.key,
            "branch": dataclasses.asdict(
                dataclasses.replace(entry.branch, backbone="", weights="")
            ),
            "takes": room.index.takes[columns].to_numpy().tolist(),
            "tune": room.tune,
        }
    else:
        depends["members"] = [cell.folder.name for cell in members]
    if system.kind == "stacked":
        depends["fusion"] = dataclasses.asdict(recipe.fusion)
        depends["apart"] = recipe.protocol.separate_identical_sound
    where = f"{split.protocol}-seed-{seed}"
    where += f"-fold-{fold}" if len(split.folds) > 1 else ""
    name = f"{file_safe(system.name)[:80]}-{digest(depends)[:12]}"
    bases = tuple(cell.folder for cell in members)
    place = folder / file_safe(where) / name
    return Cell(system, part, split.digest, seed, place, bases)
