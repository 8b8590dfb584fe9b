"""The heads that a recipe asks for."""

import dataclasses
import tomllib
from typing import TYPE_CHECKING, Any

from classifiers.heads import KINDS, Head, make_head
from corpus.problem import Problem

if TYPE_CHECKING:
    from experiments.recipe import Branch, Fusion, Recipe

__all__ = ["check_heads", "feeds", "head_of", "meta_of", "read_head"]


def head_of(branch: "Branch") -> Head:
    """Return a branch's head, untrained.

    Raises:
        Problem: If there is no such kind, or it has no such setting.
    """
    return make_head(
        branch.head,
        units=branch.units,
        dropout=branch.dropout,
        **branch.head_settings,
    )


def meta_of(fusion: "Fusion") -> Head:
    """Return the meta-classifier, untrained.

    Raises:
        Problem: If there is no such kind, it is not fed single vectors, or it has no
            such setting.
    """
    if fusion.head in KINDS and KINDS[fusion.head].feeds != "vector":
        known = (name for name, head in KINDS.items() if head.feeds == "vector")
        raise Problem(
            f"the meta-classifier is fed one vector a take, and a {fusion.head} head "
            f"is not; set fusion.head to one of {', '.join(known)}."
        )
    # A dense one is called "meta" on its card, as it always was.
    kind = {"kind": "meta"} if fusion.head == "dense" else {}
    head = make_head(
        fusion.head,
        units=fusion.units,
        dropout=fusion.dropout,
        **fusion.head_settings,
    )
    return dataclasses.replace(head, **kind)


def feeds(branch: "Branch") -> str:
    """Return what a branch's head is fed: "vector", "sequence" or "picture"."""
    return KINDS[branch.head].feeds


def read_head(text: str) -> tuple[str, dict[str, Any]]:
    """Return the kind of a head, and its settings, of one word.

    Args:
        text: A kind, and what is unlike its defaults: "knn", "forest:trees=10:depth=5".

    Raises:
        Problem: If there is no such kind, or it has no such setting.

    Example:
        >>> read_head("linear_svm:c=0.025")
        ('linear_svm', {'c': 0.025})
    """
    kind, *pairs = text.split(":")
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Problem(f"{pair!r} in {text!r} is not of the form setting=value.")
        try:
            settings[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            settings[name] = value
    make_head(kind, **settings)
    return kind, settings


def check_heads(recipe: "Recipe") -> None:
    """See that a recipe's heads can be made, and stacked as it asks.

    Raises:
        Problem: If one cannot; it names the setting.
    """
    for name in recipe.modalities:
        branch = getattr(recipe, name)
        try:
            head = head_of(branch)
        except Problem as problem:
            raise Problem(f"{name}.head: {problem}") from problem
        stacked = len(recipe.modalities) > 1 and recipe.fusion.says == "penultimate"
        if stacked and not head.has_penultimate:
            raise Problem(
                f"{name}.head {branch.head!r} has no penultimate layer to stack on; "
                f"stack on probabilities: fusion.says=probabilities."
            )
    try:
        meta_of(recipe.fusion)
    except Problem as problem:
        raise Problem(f"fusion.head: {problem}") from problem
