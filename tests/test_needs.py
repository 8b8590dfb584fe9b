"""What a recipe needs, and whether it is here: told by names, nothing opened."""

import pytest
from trees import touch

from corpus.problem import Problem
from experiments.needs import corpora_of, data_of, lacking, media_of, weights_of
from experiments.recipe import load_recipe, recipe_names

SPEECH = "Actor_01/{}-01-05-01-01-01-01.{}"


@pytest.fixture(autouse=True)
def _nothing_is_here(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOSTACK_ARTIFACTS", str(tmp_path / "artifacts"))
    for name in ("KERAS_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def test_takes_of_the_recipes_classes_with_all_media_are_counted(tmp_path):
    data = touch(
        tmp_path / "data",
        SPEECH.format("03", "wav"),
        SPEECH.format("01", "mp4"),
        "Actor_01/03-01-02-01-01-01-01.wav",  # calm: none of the thesis' classes
        "Actor_01/03-02-05-01-01-01-01.wav",  # sung
        "Actor_01/03-01-03-01-01-01-01.wav",  # without a picture
    )
    (one,) = data_of(load_recipe("thesis"), data)
    assert (one.corpus, one.takes, one.lacks) == ("ravdess", 1, "")
    sound = load_recipe("thesis", settings=["visual.backbone=''"])
    assert data_of(sound, data)[0].takes == 2
    assert media_of(sound) == ("sound",)


@pytest.mark.parametrize(
    "files, missing, said",
    [
        ([], "file", "there is nothing of ravdess in"),
        (["Actor_01/03-01-02-01-01-01-01.wav"], "such take", "is of anger, disgust"),
        ([SPEECH.format("03", "wav")], "picture", "has picture"),
        ([SPEECH.format("02", "mp4")], "sound", "has sound"),
    ],
)
def test_what_is_missing_is_a_clause(tmp_path, files, missing, said):
    data = touch(tmp_path / "data", *files)
    data.mkdir(exist_ok=True)
    found = data_of(load_recipe("thesis"), data)
    assert found[0].missing == missing
    (clause,) = lacking(found)
    assert said in clause and str(data) in clause and not clause.endswith(".")


def test_every_corpus_of_a_recipe_is_looked_for(tmp_path):
    data = touch(tmp_path, *(SPEECH.format(*kind) for kind in [("01", "mp4")]))
    recipe = load_recipe("coppola")
    assert corpora_of(recipe) == ("ravdess", "rml")
    ravdess, rml = data_of(recipe, data)
    assert ravdess.takes == 1 and rml.takes == 0
    assert lacking([ravdess, rml]) == [f"there is nothing of rml in {data}"]


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Problem, match="is not there; give the folder"):
        data_of(load_recipe("thesis"), tmp_path / "no")


@pytest.mark.parametrize("name", recipe_names())
def test_weights_are_here_given_or_absent(name):
    for one in weights_of(load_recipe(name)):
        assert not one.problem
        if one.given:
            assert (one.state, one.here) == (one.given, True)
        elif one.found:
            assert (one.state, one.here) == ("absent", False)
        else:
            assert (one.state, one.here) == ("none needed", True)


def test_weights_given_by_a_path_are_looked_for(tmp_path):
    path = tmp_path / "mine.h5"
    recipe = load_recipe("thesis", settings=[f"visual.weights='{path}'"])
    _, visual = weights_of(recipe)
    assert not visual.here and f"{path} is not there" in visual.problem
    path.touch()
    assert weights_of(recipe)[1].here
