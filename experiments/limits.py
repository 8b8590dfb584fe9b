"""What the values of a recipe may be: told before anything is done for it."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from classifiers.train import LOSSES, OPTIMIZERS
from corpus import labels
from corpus.problem import Problem
from corpus.protocols import read_protocol
from corpus.readers import readers_named
from corpus.splits import ALL_PARTS
from embeddings.sequences import FLAT, POOLS
from experiments.heads import check_heads

if TYPE_CHECKING:
    from experiments.recipe import Branch, Recipe, Training

__all__ = ["check_limits"]

SAYS = ("penultimate", "probabilities")
ALSO = ("early", "joint")
# The stack part may watch base nets, but not the meta-classifier, which learns from it.
WATCHING = ("inner", "validation", "test")


def check_limits(recipe: "Recipe") -> None:
    """See that every value of a recipe is one that the chain can work with.

    Raises:
        Problem: If one is not; the sentence names it by its path, "audio.units".
    """
    _corpus(recipe)
    read_protocol(recipe.protocol.name, ratios=recipe.protocol.ratios)
    if not recipe.modalities:
        raise Problem(
            "the recipe names no backbone; give audio.backbone or visual.backbone."
        )
    for name in recipe.modalities:
        branch: Branch = getattr(recipe, name)
        _within(
            f"{name}.pooling",
            list(branch.pooling),
            f"one or more of {', '.join(POOLS)}, each once, or {FLAT} alone",
            0 < len(branch.pooling) == len(set(branch.pooling) & set(POOLS))
            or branch.pooling == (FLAT,),
        )
        _training(f"{name}.training", branch.training, watching=(*WATCHING, "stack"))
        _within(f"{name}.fps", branch.fps, "0 or more", 0 <= branch.fps < math.inf)
        if "weights" in branch.settings:
            raise Problem(
                f"weights stand in {name}.weights, not in {name}.settings; move them."
            )
    _copies(recipe)
    check_heads(recipe)
    _training("fusion.training", recipe.fusion.training)
    _within(
        "fusion.out_of_fold",
        recipe.fusion.out_of_fold,
        "2 folds or more, or 0",
        recipe.fusion.out_of_fold == 0 or recipe.fusion.out_of_fold > 1,
    )
    for way in recipe.fusion.also:
        _known("fusion.also", way, ALSO)
    _known("fusion.pair_by", recipe.fusion.pair_by, ("take", "class"))
    _known("fusion.says", recipe.fusion.says, SAYS)
    _known("fusion.asks", recipe.fusion.asks, ("folds", "refit"))


def _corpus(recipe: "Recipe") -> None:
    corpus = recipe.corpus
    readers_named(corpus.reader)
    names = [labels.canonical(name) for name in corpus.emotions]
    _within(
        "corpus.emotions",
        list(corpus.emotions),
        "two emotions or more, each once",
        len(names) > 1 and len(set(names)) == len(names),
    )
    _within(
        "corpus.vocal_channels",
        list(corpus.vocal_channels),
        "one or more, such as speech or song",
        bool(corpus.vocal_channels),
    )


def _copies(recipe: "Recipe") -> None:
    copies = recipe.copies
    _within("copies.per_take", copies.per_take, "0 or more", copies.per_take >= 0)
    for part in copies.parts:
        _known("copies.parts", part, ALL_PARTS)
    named = [name for name in recipe.modalities if getattr(recipe, name).augment]
    if copies.wanted and not named:
        raise Problem(
            "the recipe wants copies and says nowhere how they differ; give "
            "audio.augment or visual.augment, such as audio.augment.noise=0.02."
        )
    if named and not copies.wanted:
        raise Problem(
            f"{named[0]}.augment says how copies differ, and there are none; give "
            f"copies.per_take=1 or more."
        )


def _training(
    path: str, training: "Training", *, watching: Sequence[str] = WATCHING
) -> None:
    _known(f"{path}.optimizer", training.optimizer, OPTIMIZERS)
    _known(f"{path}.loss", training.loss, LOSSES)
    decay = training.weight_decay
    _within(f"{path}.weight_decay", decay, "0 or more", 0 <= decay < math.inf)
    _known(f"{path}.validation", training.validation, watching)
    for name in ("batch", "epochs", "patience"):
        value = getattr(training, name)
        _within(f"{path}.{name}", value, "1 or more", value >= 1)
    rate, share = training.learning_rate, training.validation_fraction
    _within(f"{path}.learning_rate", rate, "above 0", 0 < rate < math.inf)
    _within(f"{path}.validation_fraction", share, "between 0 and 1", 0 < share < 1)


def _within(path: str, value: Any, what: str, fits: bool) -> None:
    if not fits:
        raise Problem(f"{path} must be {what}, not {value!r}.")


def _known(path: str, value: str, known: Sequence[str]) -> None:
    names = " or ".join(map(repr, known))
    _within(path, value, names, value in known)
