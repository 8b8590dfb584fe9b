"""All papers in one command: what can be run is run, the rest is told."""

import pytest

from corpus.made_up import make_corpus
from evaluation.papers import read_papers
from experiments.all_recipes import recipes_of_papers
from experiments.recipe import recipe_names
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
    make_corpus(root / "data", speakers=3, takes=14, seconds=(0.6, 0.7))
    return root


def test_recipes_that_ask_for_random_weights_are_no_papers():
    assert set(recipe_names()) - set(recipes_of_papers()) == {"demo"}


def test_dry_run_says_what_would_be_run(root, capsys):
    assert main(command(root, "--dry-run")) == 0
    text = capsys.readouterr().out
    assert "thesis-mfcc: 42 of ravdess takes, 1 seeds" in text
    assert "coppola: left out: there is nothing of rml in" in text
    assert "coban-faces: left out: " in text  # it has no sound
    assert not (root / "papers").exists()


@pytest.mark.slow
def test_what_can_be_run_is_run_and_the_rest_told(root, capsys, monkeypatch):
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    assert main(command(root)) == 3  # some were left out
    text = capsys.readouterr().out
    found = read_papers(root / "papers")
    assert found["recipes"]["thesis-mfcc"]["run"]
    assert "nothing of rml" in found["lacking"]["coppola"]
    assert set(found["recipes"]) == set(recipes_of_papers())
    assert "papers.html" in text
    assert (root / "papers" / "thesis-mfcc" / "report.html").is_file()


@pytest.mark.parametrize(
    "words, code, sentence",
    [
        (["--recipe", "thesis"], 2, "give either --recipe NAME or --all"),
        (["--split", "x.csv"], 4, "leave --split out with --all"),
        (["--set", "audio.training.epochs=none"], 4, "must be a whole number"),
        (["--data", "no/such/folder"], 4, "is not there"),
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
