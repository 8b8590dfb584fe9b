"""A run with augmented copies: trained on, kept from the test part, told as leaks."""

import json

import pytest
from small_run import command

from classifiers.saved import read_card
from evaluation.predictions import read_predictions
from scripts.command import main

COPIES = [
    *("--set", "copies.per_take=1", "--set", "audio.augment.noise=0.05"),
    *("--set", "visual.augment.mirror=1.0"),
]


@pytest.fixture(scope="module")
def augmented(small):
    root, _ = small
    return root, main(command(root, root / "augmented", *COPIES))


def test_copies_are_trained_on_and_nobody_is_tested_with_one(augmented):
    root, code = augmented
    assert code == 0
    run, plain = root / "augmented", root / "run"
    manifest = json.loads((run / "manifest.json").read_text())
    assert (
        manifest["split"] == json.loads((plain / "manifest.json").read_text())["split"]
    )
    names = {name: one["key"] for name, one in manifest["backbones"].items()}
    assert set(names) == {"audio", "visual", "audio_copies", "visual_copies"}
    assert len(set(names.values())) == 4
    copies = list((root / "artifacts" / "embeddings").glob("vggish*/*/*.copy1-*.npz"))
    trained = [take for part in ("base", "stack") for take in takes_of(run, part)]
    assert {path.name.partition(".")[0] for path in copies} == set(trained)
    assert (read_predictions(run / "predictions.csv")["variant"] == "").all()
    one, other = (
        read_card(folder / "heads" / "seed-0" / "audio") for folder in (run, plain)
    )
    assert one["takes"] == other["takes"]
    assert one["fingerprint"] != other["fingerprint"]
    leaks = [row for row in manifest["leaks"] if row["kind"] == "augmented copies"]
    assert leaks and not any(row["count"] for row in leaks)


def takes_of(run, part):
    table = read_predictions(run / "predictions.csv")
    return sorted({*table["take"][table["part"] == part]})


def test_copies_of_test_takes_are_told_and_refused_by_strict(augmented, capsys):
    root, _ = augmented
    more = [*COPIES, "--set", "copies.parts=['base', 'stack', 'test']"]
    words = command(root, root / "tested", *more, "--modalities", "audio")
    del words[words.index("visual.augment.mirror=1.0") - 1 :][:2]
    assert main([*words, "--strict"]) == 4
    assert "--strict: " in capsys.readouterr().err
    assert main(words) == 0
    assert "augmented copies" in capsys.readouterr().out
    table = read_predictions(root / "tested" / "predictions.csv")
    test = table[(table["part"] == "test") & (table["system"] == "audio")]
    assert set(test["variant"]) == {"", "copy1"}
    assert test["take"].value_counts().eq(2).all()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["copies.per_take=1"], "says nowhere how they differ"),
        (["audio.augment.noise=0.1"], "give copies.per_take=1"),
        (["copies.per_take=1", "audio.augment.loud=1"], "has no setting 'loud'"),
        (["copies.per_take=1", "audio.augment.pitch=20"], "pitch from 0 to 12"),
        (["copies.parts=['tests']"], "copies.parts must be"),
    ],
)
def test_what_is_wrong_is_one_sentence(small, capsys, settings, said):
    root, _ = small
    more = [word for one in settings for word in ("--set", one)]
    assert main(command(root, root / "refused", *more)) == 4
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
