"""Which oddities touch a recipe, and what each profile makes of them."""

import dataclasses

import pytest

from experiments.profiles import FAMILIES
from experiments.recipe_file import load_recipe, recipe_names
from experiments.switched import switched


def test_a_recipe_without_faces_has_no_oddities_of_faces():
    keys = {key for one in switched("thesis-mfcc") for key in one.paper}
    assert keys and not any(key.startswith(("visual.", "fusion.")) for key in keys)


def test_both_values_are_those_that_the_recipe_ends_up_with():
    for one in switched("thesis"):
        for profile in ("paper", "corrected"):
            recipe = dataclasses.asdict(load_recipe("thesis", profile=profile))
            for key, value in getattr(one, profile).items():
                found = recipe
                for word in key.split("."):
                    found = found[word]
                assert found == value


def test_where_the_file_decides_both_are_the_same(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        "[audio]\nbackbone = 'mfcc13.signal'\n[audio.training]\noptimizer = 'sgd'\n"
        "learning_rate = 0.1\nvalidation = 'inner'\n"
    )
    fixed = {key for one in switched(str(path)) if one.fixed for key in one.paper}
    assert {"audio.training.optimizer", "audio.training.validation"} <= fixed


@pytest.mark.parametrize("family", FAMILIES)
def test_every_oddity_touches_a_recipe(family):
    """A switch that no recipe of its paper has would be dead."""
    own = [name for name in recipe_names() if load_recipe(name).switches == family]
    touched = {one.why for name in own for one in switched(name) if not one.fixed}
    assert touched == {switch.why for switch in FAMILIES[family]}
