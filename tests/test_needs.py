"""What a recipe needs, and whether it is here: told by names, nothing opened."""

import pytest
from trees import touch

from corpus.problem import Problem
from experiments import needs
from experiments.needs import Place, corpora_of, lacking, media_of, weights_of
from experiments.recipe_file import load_recipe, recipe_names

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
    (one,) = Place(data).data_of(load_recipe("thesis"))
    assert (one.corpus, one.takes, one.lacks) == ("ravdess", 1, "")
    sound = load_recipe("thesis", settings=["visual.backbone=''"])
    assert Place(data).data_of(sound)[0].takes == 2
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
    found = Place(data).data_of(load_recipe("thesis"))
    assert found[0].missing == missing
    (clause,) = lacking(found)
    assert said in clause and str(data) in clause and not clause.endswith(".")


def test_every_corpus_of_a_recipe_is_looked_for(tmp_path):
    data = touch(tmp_path, *(SPEECH.format(*kind) for kind in [("01", "mp4")]))
    recipe = load_recipe("coppola")
    assert corpora_of(recipe) == ("ravdess", "rml")
    ravdess, rml = Place(data).data_of(recipe)
    assert ravdess.takes == 1 and rml.takes == 0
    assert lacking([ravdess, rml]) == [f"there is nothing of rml in {data}"]


def test_a_folder_is_walked_once_by_each_reader(tmp_path, monkeypatch):
    walked = []

    def counting(name):
        walked.append(name)
        return reader(name)

    reader = needs.reader
    monkeypatch.setattr(needs, "reader", counting)
    place = Place(touch(tmp_path, SPEECH.format("03", "wav")))
    for name in ("thesis", "thesis-mfcc", "coppola", "coppola"):
        place.data_of(load_recipe(name))
    assert sorted(walked) == ["ravdess", "rml"]


def test_a_place_that_is_no_folder_is_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for root in (tmp_path / "no", file):
        with pytest.raises(Problem, match="is not there; give the folder"):
            Place(root)


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
