"""The model card: a YAML head that can be read, and what it must not leave out."""

import json

import pytest
from run_folders import index_of, manifest_of, predictions_of, takes_of

from evaluation.metrics import score
from evaluation.model_card import write_model_card

CARD = {
    "kind": "meta",
    "system": "stacked",
    "labels": ["anger", "fear"],
    "head": {"units": [256], "dropout": [0.5], "kind": "meta"},
    "training": {
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch": 32,
        "epochs": 100,
        "patience": 10,
    },
    "parameters": 93_191,
    "best_epoch": 12,
    "seed": 1,
    "takes": ["a", "b", "c"],
    "validation_takes": ["d"],
    "recipe": "thesis",
    "parts": ["stack"],
    "protocol": "stratified",
    "split_digest": "0123456789abcdef",
}


@pytest.fixture(scope="module")
def metrics():
    return score(predictions_of(seeds=(0, 1)), takes=index_of(takes_of()))


def head_of(text):
    """Read the YAML head; ours has one JSON value a line."""
    head = text.removeprefix("---\n").partition("\n---\n")[0]
    pairs = (line.partition(": ") for line in head.splitlines())
    return {name: json.loads(value) for name, _, value in pairs}


def card_of(tmp_path, manifest, metrics, card=CARD):
    path = write_model_card(tmp_path, card, manifest, metrics)
    assert path == tmp_path / "model_card.md"
    return path.read_text(encoding="utf-8")


def test_the_head_is_one_that_a_hub_reads(tmp_path, metrics):
    head = head_of(card_of(tmp_path, manifest_of(), metrics))
    assert head["library_name"] == "keras"
    assert head["license"] == "cc-by-nc-sa-4.0"
    assert head["datasets"] == ["ravdess"]
    assert head["base_model"] == ["vggish.audioset", "vgg16.imagenet"]
    (result,) = head["model-index"][0]["results"]
    measured = metrics["systems"]["stacked"]["test"]["accuracy"]["mean"]
    assert result["metrics"][0]["value"] == pytest.approx(measured, abs=1e-4)


def test_what_it_must_say(tmp_path, metrics):
    text = card_of(tmp_path, manifest_of(), metrics)
    for words in (
        "# Stacked: emotions from the sound and the face",
        "Article 5(1)(f)",
        "## Out of scope",
        "24 professional actors",
        "Licence: CC BY-NC-SA 4.0. Data statement: `docs/data/ravdess.md` of emostack.",
        "Fitted on 3 takes of the part stack; 1 take more decided",
        "312 of 312 takes of test are by a speaker of base",
        "accuracy, other speakers",
        "| female |",
        "Expected calibration error",
        "This very network (seed 1): accuracy",
        "93,191 parameters",
        "from `vggish.npz`, checked against the published hash, SHA-256",
    ):
        assert words in text, words
    assert "None" not in text and "Undefined" not in text


def test_random_weights_and_made_up_takes_are_said_first(tmp_path, metrics):
    manifest = manifest_of(
        weights={"audio": {"source": "random:0", "verified": "random"}},
        corpora=[{"name": "made-up", "synthetic": True, "takes": 336}],
    )
    text = card_of(tmp_path, manifest, metrics)
    assert text.index("Random weights") < text.index("## Intended use")
    assert "**random, not pretrained**" in text
    assert head_of(text)["license"] == "apache-2.0"


def test_a_corpus_of_ones_own_has_no_licence_that_we_know(tmp_path, metrics):
    manifest = manifest_of(corpora=[{"name": "ours", "synthetic": False, "takes": 9}])
    text = card_of(tmp_path, manifest, metrics)
    assert "What a data statement should tell: `docs/data/README.md`" in text
    head = head_of(text)
    assert head["license"] == "other" and head["license_name"]
    both = manifest_of()["corpora"] + manifest["corpora"]
    assert head_of(card_of(tmp_path, manifest | {"corpora": both}, metrics))[
        "license"
    ] == ("other")


@pytest.mark.parametrize("card", [CARD | {"system": "audio_fold_2"}, {}])
def test_a_head_that_was_not_scored(tmp_path, metrics, card):
    text = card_of(tmp_path, manifest_of(), metrics, card)
    assert "not scored by itself" in text and "model-index" not in text


def test_before_anything_is_known(tmp_path):
    text = card_of(tmp_path, {}, None, {})
    assert "Not recorded." in text and "not scored by itself" in text
