"""Which of a paper's oddities a recipe has, and what each profile makes of them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from experiments.profiles import PROFILES, switches_of
from experiments.recipe import Recipe
from experiments.recipe_file import load_recipe

__all__ = ["Switched", "switched"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Switched:
    """One oddity, as far as it touches a recipe.

    Attributes:
        paper: What the profile "paper" sets, by key of the recipe.
        corrected: What the profile "corrected" sets, by the same keys.
        why: What is odd, and where it stands.
    """

    paper: Mapping[str, Any]
    corrected: Mapping[str, Any]
    why: str

    @property
    def fixed(self) -> bool:
        """Whether the recipe's own file decides, the same in both profiles."""
        return self.paper == self.corrected


def switched(name: str) -> tuple[Switched, ...]:
    """Return the oddities whose keys a recipe has, with the values it ends up with.

    Args:
        name: As of `experiments.recipe.load_recipe`.

    Raises:
        Problem: If there is no such recipe, or it cannot be read.
    """
    recipes = {profile: load_recipe(name, profile=profile) for profile in PROFILES}
    found = []
    for switch in switches_of(recipes["paper"].switches):
        values: dict[str, dict[str, Any]] = {profile: {} for profile in PROFILES}
        for key in switch.settings:
            if not all(_has(recipe, key) for recipe in recipes.values()):
                continue
            for profile, recipe in recipes.items():
                values[profile][key] = _at(dataclasses.asdict(recipe), key)
        if values["paper"]:
            found.append(Switched(why=switch.why, **values))
    return tuple(found)


def _has(recipe: Recipe, key: str) -> bool:
    """Say whether a key is there and means something."""
    table, *_ = key.split(".")
    if table in ("audio", "visual") and table not in recipe.modalities:
        return False
    if table == "fusion" and len(recipe.modalities) < 2:
        return False
    if table == "copies" and not recipe.copies.wanted:
        return False
    try:
        _at(dataclasses.asdict(recipe), key)
    except KeyError:
        return False  # a setting that this backbone lacks
    return True


def _at(table: Mapping[str, Any], key: str) -> Any:
    for name in key.split("."):
        table = table[name]
    return table
