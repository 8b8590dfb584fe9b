import pytest

from corpus.problem import Problem
from experiments.ablation.grid import (
    Axes,
    branch_of,
    make_backbones,
    make_entries,
    make_systems,
)
from experiments.recipe_file import load_recipe

THESIS = load_recipe("thesis")
AXES = Axes(
    audio=("log_mel.signal", "mfcc13.signal"),
    visual=("thumbnail.pixels",),
    heads=("dense", "lstm"),
)


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    backbones, lacking = make_backbones(THESIS, AXES, tmp_path_factory.mktemp("a"))
    assert not lacking
    return make_entries(THESIS, AXES, backbones)


def test_heads_are_those_of_the_thesis_on_either_side(entries):
    by_name = {entry.name: entry.branch for entry in entries}
    for name in ("log_mel.signal/dense", "thumbnail.pixels/dense"):
        assert by_name[name].units == THESIS.audio.units == (512, 256)
        assert by_name[name].training == THESIS.audio.training
    for name in ("log_mel.signal/lstm", "thumbnail.pixels/lstm"):
        assert by_name[name].units == THESIS.visual.units == (200, 100)
        assert by_name[name].training == THESIS.visual.training


def test_a_recipe_without_that_head_leaves_its_defaults():
    settings = ["visual.backbone=''", 'visual.head="dense"']
    recipe = load_recipe("thesis", settings=settings)
    branch = branch_of(recipe, AXES, "audio", "log_mel.signal", "lstm")
    assert (branch.head, branch.units) == ("lstm", (200, 100))


def test_settings_of_faces_hold_for_all_that_see_them_and_scaling_for_its_own():
    recipe = load_recipe("thesis", profile="paper")
    own = branch_of(recipe, AXES, "visual", "vgg16.imagenet", "lstm")
    assert own.settings == recipe.visual.settings
    other = branch_of(recipe, AXES, "visual", "thumbnail.pixels", "lstm")
    assert other.settings == {"no_face": "full_frame", "jpeg_passes": 2}
    assert other.fps == 45.0
    assert branch_of(recipe, AXES, "visual", "openface.au", "dense").settings == {}


def test_weights_go_where_they_belong():
    axes = Axes(
        audio=("vggish.audioset", "log_mel.signal", "yamnet.audioset", "a/b.toml"),
        weights={"": "random:0", "yamnet.audioset": "y.tflite"},
    )
    given = [branch_of(THESIS, axes, "audio", n, "dense").weights for n in axes.audio]
    assert given == ["random:0", "", "y.tflite", ""]


def test_systems_alone_and_in_pairs(entries):
    systems = make_systems(entries, "all")
    kinds = [system.kind for system in systems]
    assert [kinds.count(kind) for kind in ("single", "stacked", "mean")] == [6, 8, 8]
    assert len({system.name for system in systems}) == len(systems)
    assert len(make_systems(entries, "same")) == 6 + 2 * 4
    assert len(make_systems(entries, "none")) == 6
    stacked = systems[6]
    assert stacked.name == "stacked:log_mel.signal/dense+thumbnail.pixels/dense"
    assert stacked.members == ("log_mel.signal/dense", "thumbnail.pixels/dense")


@pytest.mark.parametrize(
    "axes, why",
    [
        ({}, "give --audio or --visual"),
        ({"heads": ("svm",)}, "no head is called 'svm'"),
        ({"heads": ("knn:k=3",)}, "the knn head has no setting 'k'"),
        ({"heads": ("knn:3",)}, "not of the form setting=value"),
        ({"protocols": ("random",)}, "no protocol is called 'random'"),
        ({"pairs": "some"}, "--pairs knows"),
        ({"weights": {"x": "random:0"}}, "--weights names x"),
        ({"weights": {"": "file.h5"}}, "--weights NAME=file.h5"),
    ],
)
def test_axes_that_are_none(axes, why):
    given = {"audio": ("log_mel.signal",)} if axes else {}
    with pytest.raises(Problem, match=why):
        Axes(**given, **axes)


@pytest.mark.parametrize(
    "axes, why",
    [
        ({"audio": ("thumbnail.pixels",)}, "cannot be the audio branch's"),
        ({"visual": ("thumbnail.pixel",)}, "Did you mean 'thumbnail.pixels'"),
        ({"audio": ("no/such.toml",)}, "no/such.toml is no file"),
        ({"audio": ("vggish.audioset",)}, "vggish"),
        ({"audio": ("log_mel.signal",), "pooling": ("sum",)}, "audio.pooling"),
    ],
)
def test_backbones_that_are_not_to_be_had(axes, why, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    monkeypatch.delenv("EMOSTACK_WEIGHTS", raising=False)
    monkeypatch.setenv("EMOSTACK_ARTIFACTS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Problem, match=why):
        make_backbones(THESIS, Axes(**axes), tmp_path)


def test_two_backbones_of_one_name_are_told_apart(tmp_path):
    axes = Axes(audio=("vggish.audioset",), weights={"": "random:0"})
    one, _ = make_backbones(THESIS, axes, tmp_path)
    axes = Axes(audio=("vggish.audioset",), weights={"": "random:1"})
    two, _ = make_backbones(THESIS, axes, tmp_path)
    both = {"audio": {"a/x.toml": one["audio"]["vggish.audioset"], **two["audio"]}}
    names = [entry.name for entry in make_entries(THESIS, axes, both)]
    assert len(set(names)) == 2
    assert all(name.startswith("vggish.audioset-") for name in names)
