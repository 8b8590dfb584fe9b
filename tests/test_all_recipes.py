"""All papers in one command: what can be run is run, the rest is told."""

import pytest

from corpus.made_up import make_corpus
from evaluation.papers import read_papers
from experiments import all_recipes
from experiments.all_recipes import recipes_of_papers
from experiments.recipe_file import load_recipe, recipe_names
from scripts.command import main

QUICK = [
    *("--modalities", "audio", "--set", "audio.training.epochs=2"),
    *("--set", "audio.units=[8]", "--set", "audio.dropout=[0.0]"),
]


def command(root, *more):
    words = ["reproduce", "--all", "--data", root / "data", "--out", root / "papers"]
    words += ["--artifacts", root / "artifacts", *QUICK, *more]
    return [str(word) for word in words]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("all")
    make_corpus(
        root / "data", speakers=3, takes=14, seconds=(0.6, 0.7), modalities=("03",)
    )
    return root


@pytest.fixture(autouse=True)
def _no_weights(root, monkeypatch):
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    for name in ("KERAS_HOME", "HOME"):
        monkeypatch.setenv(name, str(root / name))


@pytest.fixture
def only(monkeypatch):
    """Call it to have only a few recipes of papers."""

    def choose(*names):
        monkeypatch.setattr(all_recipes, "recipes_of_papers", lambda: names)

    return choose


def test_recipes_that_ask_for_random_weights_are_no_papers():
    random = set(recipe_names()) - set(recipes_of_papers())
    assert "demo" in random and "thesis" not in random
    for name in random:
        assert load_recipe(name).audio.weights.startswith("random:")


def test_dry_run_says_what_would_be_run(root, capsys):
    assert main(command(root, "--dry-run", "--out", str(root / "dry"))) == 0
    text = capsys.readouterr().out
    assert "thesis-mfcc: 42 takes of ravdess, 1 seed\n" in text
    assert "weights of vggish.audioset: vggish_conv would be fetched" in text
    assert "coppola: left out: there is nothing of rml in" in text
    assert "coban-faces: left out: " in text  # it has no sound
    assert not (root / "dry").exists()


def test_what_can_be_run_is_run_and_the_rest_told(root, capsys, only):
    only("coppola", "thesis-mfcc", "thesis", "coban-faces")
    assert main(command(root)) == 3  # some were left out
    text = capsys.readouterr().out
    found = read_papers(root / "papers")
    assert {name for name, one in found["recipes"].items() if one["run"]} == {
        "thesis-mfcc"
    }
    assert "nothing of rml" in found["lacking"]["coppola"]
    assert "no weights of VGGish" in found["lacking"]["thesis"]
    assert "coban-faces" in found["lacking"]
    (row,) = [row for row in found["rows"] if row["recipe"] == "thesis-mfcc"]
    assert row["system"] == "audio" and 0 <= row["accuracy"] <= 1
    assert "left out: thesis: no weights" in text and "papers.html" in text
    assert (root / "papers" / "thesis-mfcc" / "report.html").is_file()


def test_asked_again_for_what_is_there_it_trains_nothing(root, only, monkeypatch):
    only("thesis-mfcc")
    assert main(command(root)) == 0

    def forbidden(*_args, **_options):
        raise AssertionError("nothing was left to do")

    monkeypatch.setattr("experiments.training.train_base", forbidden)
    assert main(command(root)) == 0
    assert not read_papers(root / "papers")["lacking"]


def test_if_none_can_be_run_one_sentence_says_so(root, capsys, only):
    only("coppola", "thesis")
    assert main(command(root, "--out", str(root / "none"))) == 4
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "not one of 2 recipes can be run; the first, coppola: there is" in error
    assert not (root / "none" / "papers.html").exists()


def test_nor_would_a_dry_run_end_well(root, capsys, only):
    only("coppola")
    assert main(command(root, "--dry-run", "--out", str(root / "none"))) == 4
    assert "not one of these recipes can be run" in capsys.readouterr().err


def test_a_mistake_of_ours_in_one_recipe_does_not_end_the_others(
    root, capsys, only, monkeypatch
):
    only("thesis", "thesis-mfcc")
    whole = all_recipes.chain.reproduce

    def broken(run, *args, **options):
        if run.recipe.name == "thesis":
            raise ZeroDivisionError("a mistake")
        return whole(run, *args, **options)

    monkeypatch.setattr(all_recipes.chain, "reproduce", broken)
    out = root / "mistake"
    assert main(command(root, "--out", str(out))) == 3
    found, failure = read_papers(out), out / "thesis" / "failure.txt"
    assert found["recipes"]["thesis-mfcc"]["run"]
    assert str(failure) in found["lacking"]["thesis"]
    assert "ZeroDivisionError: a mistake" in failure.read_text()
    assert "ZeroDivisionError" not in capsys.readouterr().err


def test_a_folder_of_another_run_is_left_as_it_is(root, capsys, only):
    only("thesis-mfcc")
    assert main(command(root)) == 0
    assert main(command(root, "--set", "audio.units=[5]")) == 4
    assert str(root / "papers" / "thesis-mfcc") in capsys.readouterr().err


@pytest.mark.slow
def test_all_recipes_of_sound_run_on_a_small_corpus(root):
    out = root / "everything"
    words = ["--out", str(out), "--weights", "random:0", "--limit", "42"]
    assert main(command(root, *words)) == 3
    found = read_papers(out)
    assert set(found["recipes"]) == set(recipes_of_papers())
    run = {name for name, one in found["recipes"].items() if one["run"]}
    assert {"thesis", "thesis-mfcc"} <= run
    assert run | set(found["lacking"]) == set(recipes_of_papers())


@pytest.mark.parametrize(
    "words, code, sentence",
    [
        (["--recipe", "thesis"], 2, "give either --recipe NAME or --all"),
        (["--split", "x.csv"], 4, "leave --split out with --all"),
        (["--set", "audio.training.epochs=none"], 4, "must be a whole number"),
        (["--data", "no/such/folder"], 4, "is not there"),
        (["--data", "no/such/folder", "--dry-run"], 4, "is not there"),
    ],
)
def test_bad_input_is_one_sentence(root, capsys, words, code, sentence):
    if code == 2:
        with pytest.raises(SystemExit) as stop:
            main(command(root, *words))
        assert stop.value.code == 2
    else:
        assert main(command(root, *words)) == 4
    assert sentence in capsys.readouterr().err
