import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from experiments import profiles
from experiments.recipe import Recipe
from experiments.recipe_file import RECIPES, load_recipe, to_toml

OURS = sorted(path.stem for path in RECIPES.glob("*.toml"))


@pytest.mark.parametrize("profile", profiles.PROFILES)
@pytest.mark.parametrize("name", OURS)
def test_written_and_read_a_recipe_is_the_same(name, profile, tmp_path):
    recipe = load_recipe(name, profile=profile)
    path = tmp_path / "again.toml"
    path.write_text(to_toml(recipe))
    assert load_recipe(str(path)) == recipe
    other = next(each for each in profiles.PROFILES if each != profile)
    assert load_recipe(str(path), profile=other).profile == other


@given(st.dictionaries(st.text(), st.floats(0, 1), max_size=3), st.text())
def test_any_text_survives_toml(figures, title):
    import tomllib

    paper = dataclasses.replace(load_recipe("thesis").paper, figures={})
    recipe = Recipe(name="x", title=title, paper=paper)
    assert tomllib.loads(to_toml(recipe))["title"] == title


def test_the_thesis_is_as_its_text_says():
    recipe = load_recipe("thesis")
    assert recipe.modalities == ("audio", "visual")
    assert recipe.protocol.ratios == (0.5, 0.25, 0.25)
    assert recipe.audio.units == (512, 256)
    assert recipe.visual.units == (200, 100)
    assert recipe.fusion.units == (256,)
    assert len(recipe.corpus.emotions) == 7
    assert recipe.paper.figures["stacked"] == 0.87


def test_profiles_differ_in_every_switch_and_in_nothing_else():
    paper, corrected = (
        dataclasses.asdict(load_recipe("thesis", profile=each))
        for each in profiles.PROFILES
    )

    def flat(table, prefix=""):
        for key, value in table.items():
            if isinstance(value, dict):
                yield from flat(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}", value

    one, two = dict(flat(paper)), dict(flat(corrected))
    differ = {key for key in one if one[key] != two[key]}
    switched = {key for switch in profiles.THESIS for key in switch.settings}
    assert differ == switched | {"profile"}
    assert one["audio.training.learning_rate"] == 0.002
    assert one["visual.fps"] == 45.0


def test_later_settings_win_over_file_over_profile(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[audio]\nbackbone = "x.y"\n[audio.training]\nbatch = 7\n')
    recipe = load_recipe(str(path), settings=["audio.training.epochs=3"])
    assert (recipe.audio.training.batch, recipe.audio.training.epochs) == (7, 3)
    assert recipe.name == "mine"
    paper = load_recipe(str(path), profile="paper")
    assert paper.audio.training.optimizer == "adamax"
    named = load_recipe(str(path), settings=["audio.weights=random:3"])
    assert named.audio.weights == "random:3"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["audio.unit=3"], "Did you mean audio.units"),
        (["audio.training.epochs=many"], "must be a whole number"),
        (["audio.training.epochs=1.5"], "must be a whole number"),
        (["audio.dropout=0.5"], "must be"),
        (["audio.head=svm"], "no head is called 'svm'"),
        (["audio.units=[]"], "one dropout rate for each"),
        (["audio.pooling=['flat', 'mean']"], "each once, or flat alone"),
        (["audio.units=[]", "audio.dropout=[]"], "no penultimate layer to stack on"),
        (["corpus.emotions=['joy']"], "'joy' is not an emotion"),
        (["profile=mine"], "'paper' or 'corrected'"),
        (["epochs"], "not of the form"),
        (["audio=3"], "audio must be a table, not 3"),
        (["audio=3", "audio.units=[4]"], "which is set as well"),
        (["paper.figures.audio='x'"], "paper.figures.audio must be a number"),
        (["audio.backbone=''", "visual.backbone=''"], "names no backbone"),
    ],
)
def test_what_no_recipe_has_is_refused(settings, sentence):
    with pytest.raises(Problem, match=sentence):
        load_recipe("thesis", settings=settings)


def test_a_recipe_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Problem, match="Did you mean 'thesis'"):
        load_recipe("tesis")
    with pytest.raises(Problem, match="does not exist"):
        load_recipe(str(tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_text("a = [")
    with pytest.raises(Problem, match="is not TOML"):
        load_recipe(str(tmp_path / "bad.toml"))


def test_another_backbone_does_not_get_the_first_one_s_settings():
    thesis = load_recipe("thesis", profile="paper")
    assert thesis.visual.settings == {
        "scaling": "unit",
        "no_face": "full_frame",
        "jpeg_passes": 2,
    }
    for name in ("openface.au", "nets/mine.toml"):
        swapped = load_recipe("thesis", settings=[f"visual.backbone={name}"])
        assert swapped.visual.settings == {}
    small = load_recipe("thesis", settings=["visual.backbone=mobilenetv2.imagenet"])
    assert small.visual.settings["no_face"] == "previous"
    written = ["visual.backbone=openface.au", "visual.settings.layer=x"]
    assert load_recipe("thesis", settings=written).visual.settings == {"layer": "x"}


def test_a_resolved_recipe_is_read_back_whatever_its_backbones(tmp_path):
    changes = ["visual.backbone=openface.au", "visual.head=dense"]
    recipe = load_recipe("thesis", settings=changes)
    path = tmp_path / "thesis.toml"
    path.write_text(to_toml(recipe))
    assert load_recipe(str(path)) == recipe
