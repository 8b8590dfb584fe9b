"""The networks of all recipes: as many parameters as the papers' own."""

import pytest

from classifiers.heads import make_joint
from experiments.heads import head_of, meta_of
from experiments.recipe_file import load_recipe

# By recipe and branch: what the backbone gives a take, the classes, the parameters.
HEADS = {
    ("thesis", "audio"): (512, 7, 395_783),
    ("thesis", "visual"): (512, 7, 691_507),
    ("brambilla", "audio"): ((128, 216), 8, 884_904),
    ("brambilla-mfcc", "audio"): ((30, 216), 8, 207_528),
    ("brambilla", "visual"): ((32, 512), 8, 524_456),
    ("coppola", "audio"): ((64, 87), 6, 1_573_382),
    ("coppola", "visual"): (52, 6, 65_254),
    ("coban-faces", "visual"): (4096, 8, 32_776),
}
METAS = {"thesis": (256 + 100, 7, 93_191), "coppola": (12, 6, 240_582)}


@pytest.mark.parametrize("profile", ["paper", "corrected"])
@pytest.mark.parametrize("name, branch", HEADS)
def test_a_head_has_the_papers_parameters(name, branch, profile):
    size, classes, parameters = HEADS[name, branch]
    head = head_of(getattr(load_recipe(name, profile=profile), branch))
    assert head.build(size, classes).count_params() == parameters


@pytest.mark.parametrize("name", METAS)
def test_a_meta_classifier_has_the_papers_parameters(name):
    width, classes, parameters = METAS[name]
    meta = meta_of(load_recipe(name).fusion)
    assert meta.build(width, classes).count_params() == parameters


def test_both_networks_of_brambilla_as_one():
    recipe = load_recipe("brambilla")
    joint = make_joint([head_of(recipe.audio), head_of(recipe.visual)])
    model = joint.build([(128, 216), (32, 512)], 8)
    assert model.count_params() == 1_409_352


def test_coban_has_the_networks_of_its_code_and_of_its_text():
    """One layer of 32 in the code, two in the text; not all of it is trained."""
    import keras

    code = head_of(load_recipe("coban").audio).build(30, 8)
    assert code.count_params() == 86_712
    trained = sum(keras.ops.size(one) for one in code.trainable_weights)
    assert int(trained) == 86_456
    setting = "audio.head_settings.dense=[32, 32, 16]"
    named = 'audio.head_settings.dense_activations=["relu", "relu", "tanh"]'
    text = head_of(load_recipe("coban", settings=[setting, named]).audio)
    assert text.build(30, 8).count_params() == 86_712 + 32 * 32 + 32
