"""What a recipe needs: recordings and weights, whether they are here, how to get them.

Nothing is opened for it but folders: readers go by names, weights by their records.

Example:
    >>> lacking(Place(Path("RAVDESS")).data_of(load_recipe("coppola")))
    ['there is nothing of rml in RAVDESS']
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from corpus.problem import Problem
from corpus.readers import NothingFoundError, Recording, reader
from embeddings import registry
from embeddings.catalogue import Found, describe, look
from experiments.recipe import Branch, Corpus, Recipe
from experiments.takes import MEDIUM

__all__ = [
    "Place",
    "Recordings",
    "Weights",
    "corpora_of",
    "lacking",
    "media_of",
    "weights_of",
]

# From the most to the least trusted; weights in parts are as good as the worst of them.
TRUST = ("hash", "smoke", "unverified", "unusable", "absent")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Weights:
    """The pretrained weights that one branch needs.

    Attributes:
        modality: "audio" or "visual".
        backbone: Its name.
        given: The recipe's own: a path or "random:SEED"; "" for the official ones.
        found: The official ones, as far as they are here.
        random: Whether random ones can stand in for the official ones.
        problem: Why nothing can be said of them, or "".
    """

    modality: str
    backbone: str
    given: str = ""
    found: tuple[Found, ...] = ()
    random: bool = False
    problem: str = ""

    @property
    def state(self) -> str:
        """How far they can be trusted: one of `TRUST`, "none needed", or as given."""
        if self.problem:
            return "unusable"
        if self.given or not self.found:
            return self.given or "none needed"
        return max((one.verified for one in self.found), key=TRUST.index)

    @property
    def here(self) -> bool:
        """Whether the branch can be run with what is on this machine."""
        return self.state not in ("unusable", "absent")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recordings:
    """What a place has of one corpus, judged by the names of its files.

    Attributes:
        corpus: Name of the reader.
        takes: How many takes are of the recipe's classes and channels, with all media.
        missing: What is not there, in a word or two; or "".
        lacks: The same as a clause.
    """

    corpus: str
    takes: int = 0
    missing: str = ""
    lacks: str = ""


def corpora_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the readers whose corpora a recipe needs: ("ravdess", "rml")."""
    return tuple(name.strip() for name in recipe.corpus.reader.split("+"))


def media_of(recipe: Recipe) -> tuple[str, ...]:
    """Return what every take must have: "sound", "picture" or both."""
    return tuple(MEDIUM[modality] for modality in recipe.modalities)


class Place:
    """A folder of recordings, walked once by each reader, however many recipes ask.

    Args:
        root: Of the corpus, or of several.

    Raises:
        Problem: If there is no such folder.
    """

    def __init__(self, root: Path):
        if not root.is_dir():
            raise Problem(
                f"{root} is not there; give the folder that holds the corpus."
            )
        self.root = root
        self._read: dict[str, Sequence[Recording] | Problem] = {}

    def data_of(self, recipe: Recipe) -> tuple[Recordings, ...]:
        """Look for the recordings that a recipe needs, corpus by corpus."""
        return tuple(self._recordings(recipe, name) for name in corpora_of(recipe))

    def _recordings(self, recipe: Recipe, name: str) -> Recordings:
        def none(missing: str, lacks: str) -> Recordings:
            return Recordings(corpus=name, missing=missing, lacks=lacks)

        recordings = self._of(name)
        if isinstance(recordings, NothingFoundError):
            return none("file", f"there is nothing of {name} in {self.root}")
        if isinstance(recordings, Problem):
            return none("readable file", str(recordings).removesuffix("."))
        chosen = [one for one in recordings if _wanted(one, recipe.corpus)]
        if not chosen:
            classes = ", ".join(recipe.corpus.emotions)
            channels = " or ".join(recipe.corpus.vocal_channels)
            return none(
                "such take",
                f"no take of {name} in {self.root} is of {classes} ({channels})",
            )
        with_medium = {
            "sound": {one.take for one in chosen if one.sound_rank is not None},
            "picture": {one.take for one in chosen if one.picture_rank is not None},
        }
        media = media_of(recipe)
        takes = set.intersection(*(with_medium[medium] for medium in media))
        if not takes:
            lost = [medium for medium in media if not with_medium[medium]]
            what = lost[0] if lost else " and ".join(media)
            return none(what, f"no take of {name} in {self.root} has {what}")
        return Recordings(corpus=name, takes=len(takes))

    def _of(self, name: str) -> Sequence[Recording] | Problem:
        """Return a corpus' recordings, or why there are none."""
        if name not in self._read:
            try:
                self._read[name] = reader(name).read(self.root).recordings
            except Problem as problem:
                self._read[name] = problem
        return self._read[name]


def lacking(data: Sequence[Recordings]) -> list[str]:
    """Return what of a recipe's recordings is not there, a clause a corpus."""
    return [one.lacks for one in data if one.lacks]


def weights_of(recipe: Recipe) -> tuple[Weights, ...]:
    """Look for the weights of a recipe's branches; nothing is fetched."""
    return tuple(
        _weights(getattr(recipe, modality), modality) for modality in recipe.modalities
    )


def _wanted(recording: Recording, corpus: Corpus) -> bool:
    channel = recording.facts.get("vocal_channel", "")
    # Not every corpus tells speech from song: what does not say is not left out.
    return recording.facts.get("emotion") in corpus.emotions and (
        not channel or channel in corpus.vocal_channels
    )


def _weights(branch: Branch, modality: str) -> Weights:
    known = {"modality": modality, "backbone": branch.backbone, "given": branch.weights}
    if branch.backbone not in registry.names():
        return Weights(**known)  # a file's description, or a table: it has its own
    if branch.weights:
        random = branch.weights.startswith("random:")
        there = random or Path(branch.weights).exists()
        said = "" if there else f"{branch.weights} is not there"
        return Weights(**known, problem=said)
    listed = describe(branch.backbone)
    entries, random = listed.entries, True
    try:  # another layer may need other files
        made = registry.create(branch.backbone, weights="random:0", **branch.settings)
        entries = tuple(getattr(made, "about", listed).entries)
    except Problem:
        random = False  # some have none
    found = tuple(map(look, entries))
    return Weights(**known, found=found, random=random, problem=listed.problem)
