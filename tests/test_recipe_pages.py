"""The recipes' pages: every recipe, every oddity with its reason, none forgotten."""

from pathlib import Path

import pytest

from experiments.profiles import switches_of
from experiments.recipe_file import load_recipe, recipe_names

PAGES = Path(__file__).resolve().parents[1] / "docs" / "recipes"


def page_of(name: str) -> str:
    """The page of a recipe's paper: that of the first word of its switches."""
    family = load_recipe(name).switches.partition("-")[0]
    return (PAGES / f"{family}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_is_named_on_its_page_and_on_the_first(name):
    first = (PAGES / "README.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page_of(name) and f"`{name}`" in first


@pytest.mark.parametrize("name", recipe_names())
def test_its_page_has_every_oddity_with_its_reason(name):
    text = " ".join(page_of(name).split())
    for switch in switches_of(load_recipe(name).switches):
        assert switch.why in text
        for key in switch.settings:
            assert f"`{key}`" in text


@pytest.mark.parametrize("name", recipe_names())
def test_its_page_has_the_papers_figures(name):
    text = page_of(name)
    for figure in load_recipe(name).paper.figures.values():
        assert f"{100 * figure:.3g}" in text
