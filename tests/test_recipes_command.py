"""`emostack recipes`: what there is, whose, and what it needs."""

import io
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from rich.console import Console
from trees import touch

from experiments.recipe_file import load_recipe, recipe_names, to_toml
from scripts.command import main
from scripts.recipes import table_of

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _wide(monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("EMOSTACK_ARTIFACTS", str(tmp_path / "artifacts"))


def said(capsys, *words) -> str:
    assert main(["recipes", *map(str, words)]) == 0
    return capsys.readouterr().out


def test_the_list_has_every_recipe_with_paper_protocol_figures_and_weights(capsys):
    text = said(capsys, "list")
    for name in recipe_names():
        recipe = load_recipe(name)
        assert name in text and recipe.paper.name in text
        assert recipe.protocol.name in text
    for word in ("joint 67", "stacked 87", "none needed", "absent", "random:0"):
        assert word in text


def test_the_list_says_what_is_here(capsys, tmp_path):
    data = touch(tmp_path / "data", "Actor_01/03-01-05-01-01-01-01.wav")
    text = said(capsys, "list", "--data", data)
    assert "ravdess: 1 here" in text  # for the sound alone
    assert "ravdess: no picture" in text and "rml: no file" in text


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_on_a_narrow_terminal_lines_are_folded_and_never_cut(columns):
    recipes = [load_recipe(name) for name in recipe_names()]
    with Console(width=columns, file=io.StringIO()) as console:
        console.print(table_of(recipes, None))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= columns
    assert "…" not in text
    for recipe in recipes:  # nothing that one would type or look up is broken
        assert recipe.protocol.name in text
        for modality in recipe.modalities:
            branch = getattr(recipe, modality)
            assert f"{branch.backbone}, {branch.head}" in text


@pytest.mark.parametrize("name", recipe_names())
def test_each_is_shown_with_its_parts_needs_oddities_and_command(capsys, name):
    text = said(capsys, "show", name)
    recipe = load_recipe(name)
    assert f"emostack reproduce --recipe {name} --data ROOT" in text
    for modality in recipe.modalities:
        assert getattr(recipe, modality).backbone in text
    assert "what each profile makes of them" in text
    assert "licence" in text


def test_what_a_head_does_not_look_at_is_not_told(capsys):
    text = said(capsys, "show", "mitseas")
    assert "into rbf_svm" in text and "wanted=anger/fear" in text
    assert not {"epochs", "dropout", "adam"} & set(text.replace(",", " ").split())
    assert "lstm 200-100, dropout 0.5-0.5" in said(capsys, "show", "thesis")


def test_random_weights_are_offered_where_there_are_some(capsys):
    assert "--weights audio=random:0" in said(capsys, "show", "thesis")
    assert "random:0" not in said(capsys, "show", "coppola")  # MediaPipe has none


def test_an_oddity_has_the_value_of_each_profile(capsys):
    text = said(capsys, "show", "brambilla")
    assert "fusion.pair_by: paper class, corrected take" in text


def test_the_resolved_recipe_is_one_that_can_be_read(capsys, tmp_path):
    text = said(capsys, "show", "brambilla", "--profile", "paper", "--toml")
    assert tomllib.loads(text)["profile"] == "paper"
    path = tmp_path / "brambilla.toml"
    path.write_text(text)
    assert to_toml(load_recipe(str(path))) == text


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["show", "brambila"], "Did you mean 'brambilla'?"),
        (["show", "none.toml"], "does not exist"),
        (["list", "--data", "no/such/folder"], "is not there"),
    ],
)
def test_bad_input_is_one_sentence(capsys, words, sentence):
    assert main(["recipes", *words]) == 4
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_it_needs_no_keras():
    code = (
        "import sys; from scripts.command import main\n"
        "main(['recipes', 'list']); main(['recipes', 'show', 'thesis'])\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
