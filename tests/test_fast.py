import pytest

from embeddings import registry
from experiments.fast import FAST, hastened
from experiments.recipe import Branch
from experiments.recipe_file import load_recipe
from scripts.command import parser_of
from scripts.reproduce import recipe_of


def settings(name, modality, **given):
    return hastened(Branch(backbone=name, settings=given), modality).settings


def test_every_switch_is_a_setting_of_the_thesis_backbones():
    assert settings("vggish.audioset", "audio") == FAST["audio"]
    assert settings("vgg16.imagenet", "visual") == FAST["visual"]


def test_each_switch_alone_moves_the_key():
    recipe = load_recipe("thesis")
    for modality in recipe.modalities:
        name = getattr(recipe, modality).backbone
        specs = [
            registry.create(name, weights="random:0", **how).spec
            for how in ({}, *({key: value} for key, value in FAST[modality].items()))
        ]
        assert len({spec.key for spec in specs}) == len(specs)


def test_what_is_said_stays():
    given = {"precision": "float32", "stored": "float32", "track": False}
    fast = settings("vgg16.imagenet", "visual", **given)
    assert fast == {**FAST["visual"], **given}
    centre = settings("vgg16.imagenet", "visual", detector={"name": "centre"})
    assert not {"min_face", "track", "luma"} & centre.keys()


def test_only_what_a_backbone_has():
    assert "luma" not in settings("resnet50.imagenet", "visual")  # it sees colours
    assert settings("mfcc13.signal", "audio").keys() == {"resampler", "stored"}
    assert settings("mine/net.toml", "visual") == {"stored": "float16"}
    assert settings("imported-table", "audio") == {}


def test_reproduce_takes_them_into_its_recipe():
    words = ["--data", "x", "--out", "y", "--recipe", "thesis"]
    more = ["--fast", "--set", "visual.settings.precision=float32"]
    args = parser_of("reproduce").parse_args([*words, *more])
    recipe = recipe_of(args)
    assert recipe.audio.settings == FAST["audio"]
    said = {name: recipe.visual.settings[name] for name in FAST["visual"]}
    assert said == {**FAST["visual"], "precision": "float32"}
    plain = recipe_of(parser_of("reproduce").parse_args(words))
    assert not FAST["visual"].keys() & plain.visual.settings.keys()


@pytest.mark.parametrize("name", sorted(set(registry.names())))
def test_every_backbone_can_be_made_so(name):
    modality = "audio" if name in AUDIO else "visual"
    branch = hastened(Branch(backbone=name), modality)
    if name == "blendshapes.mediapipe":
        pytest.skip("has no random weights")
    weights = "random:0" if registry.needs_weights(name) else None
    spec = registry.create(name, weights=weights, **branch.settings).spec
    assert spec.stored == "float16"


AUDIO = {
    *("vggish.audioset", "vggish128.audioset", "yamnet.audioset", "mel.signal"),
    *("mfcc13.signal", "mfcc30.signal", "mfcc64.signal", "log_mel.signal"),
    "short_term.signal",
}
