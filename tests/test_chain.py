"""The whole chain on a small made-up corpus, through the commands a user types."""

import json
import shutil

import numpy as np
import pandas as pd
from small_run import command

import experiments
from classifiers.saved import read_card
from evaluation.predictions import read_predictions
from scripts.command import main

SYSTEMS = {
    *("audio", "visual", "stacked", "mean"),
    *("audio_base_stack", "visual_base_stack", "mean_base_stack"),
}


def test_it_ends_with_everything_a_run_has(small):
    root, code = small
    assert code == 0
    run = root / "run"
    table = read_predictions(run / "predictions.csv")
    assert set(table["system"]) == SYSTEMS
    assert set(table["part"]) == {"base", "stack", "test"}
    metrics = json.loads((run / "metrics.json").read_text())
    assert set(metrics["systems"]) == SYSTEMS
    for parts in metrics["systems"].values():
        for part in ("base", "stack", "test"):
            assert {"accuracy", "uar", "macro_f1", "n"} <= set(parts[part])
            assert {"mean", "per_seed", "interval"} <= set(parts[part]["accuracy"])
    page = (run / "report.html").read_text()
    assert "Random weights" in page
    assert "Synthetic corpus" in page
    for system in ("audio", "visual", "stacked", "audio_base_stack"):
        head = run / "heads" / "seed-0" / system
        assert {path.name for path in head.iterdir()} == {
            *("head.keras", "card.json", "history.csv", "model_card.md")
        }
    faces = pd.read_csv(run / "faces.csv")
    assert set(faces["take"]) == set(table["take"])
    assert (faces["found"] <= faces["frames"]).all()
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["corpora"] == [
        {"name": "made-up-ravdess", "synthetic": True, "takes": 42, "speakers": 3}
    ]
    assert manifest["ceilings"]["stacked"] == 1.0
    assert manifest["faces"]["found"] / manifest["faces"]["frames"] > 0.95
    assert manifest["leaks"]
    assert not list(root.rglob("*.part"))


def test_no_base_net_saw_a_take_that_is_stacked_or_tested_on(small):
    run = small[0] / "run"
    split = pd.read_csv(run / "splits" / "seed-0.csv", comment="#")
    takes = {part: set(rows["take"]) for part, rows in split.groupby("part")}
    for system, allowed in (
        ("audio", takes["base"]),
        ("visual", takes["base"]),
        ("stacked", takes["stack"]),
        ("audio_base_stack", takes["base"] | takes["stack"]),
    ):
        card = run / "heads" / "seed-0" / system / "card.json"
        card = json.loads(card.read_text())
        seen = {*card["takes"], *card["validation_takes"]}
        assert seen == allowed
        assert not set(card["takes"]) & set(card["validation_takes"])


def test_run_again_it_decodes_and_trains_nothing(small, monkeypatch, capsys):
    root, _ = small
    before = {
        path: path.read_bytes()
        for path in (root / "run").rglob("*")
        if path.is_file() and path.suffix in (".csv", ".keras")
    }

    def forbidden(*_args, **_options):
        raise AssertionError("nothing was left to do")

    monkeypatch.setattr("corpus.sight.iterate_frames", forbidden)
    monkeypatch.setattr("corpus.sound.read_waveform", forbidden)
    monkeypatch.setattr("experiments.training.train_base", forbidden)
    monkeypatch.setattr("embeddings.store.Store.write", forbidden)
    assert main(command(root, root / "run")) == 0
    for path, content in before.items():
        assert path.read_bytes() == content
    assert "stacked" in capsys.readouterr().out


def test_another_recipe_in_the_same_folder_is_refused(small, capsys):
    root, _ = small
    words = command(root, root / "run", "--set", "audio.training.patience=3")
    assert main(words) == 4
    assert "different: audio.training.patience" in capsys.readouterr().err


def test_stage_by_stage_gives_the_same_predictions(small, capsys):
    root, _ = small
    words = command(root, root / "staged")
    words[0] = "train-base"
    assert main(words) == 0
    assert not (root / "staged" / "predictions.csv").exists()
    run = str(root / "staged")
    artifacts = ["--artifacts", str(root / "artifacts")]
    assert main(["train-stack", "--run", run, *artifacts]) == 0
    assert (root / "staged" / "bundle" / "bundle.json").is_file()
    assert main(["evaluate", "--run", run, "--by-class"]) == 0
    assert "macro avg" in capsys.readouterr().out
    assert main(["report", "--run", run]) == 0
    one, two = (
        (root / name / "predictions.csv").read_bytes() for name in ("run", "staged")
    )
    assert one == two


def test_extracting_first_is_the_same_store(small, tmp_path, capsys):
    root, _ = small
    index = str(root / "run" / "index")
    words = ["--index", index, "--weights", "random:0"]
    words += ["--artifacts", str(root / "artifacts")]
    for name in ("extract-audio", "extract-visual"):
        assert main([name, *words]) == 0
        assert "42 in store, 0 embedded" in capsys.readouterr().out


def test_a_take_that_fails_is_left_out_and_said(small, capsys):
    root, _ = small
    data = root / "broken"
    shutil.copytree(root / "data", data)
    broken = sorted(data.rglob("01-01-05-*.mp4"))[0]
    words = command(root, root / "run-broken", "--modalities", "audio")
    words[words.index(str(root / "data"))] = str(data)
    split = str(root / "run" / "splits" / "seed-0.csv")
    broken.write_bytes(broken.read_bytes()[:3000])
    assert main([*words, "--split", split]) == 3
    manifest = json.loads((root / "run-broken" / "manifest.json").read_text())
    assert manifest["corpora"][0]["takes"] == 41
    assert any(str(broken) in why for why in manifest["oddities"]["unreadable"])


def test_from_python(small, tmp_path):
    root, _ = small
    recipe = experiments.load_recipe(
        "demo", settings=["visual.backbone=''", "audio.training.epochs=2"]
    )
    run = experiments.Run.create(tmp_path / "run", recipe, root / "artifacts")
    scores = experiments.reproduce(run, root / "data", seeds=[0, 1])
    accuracy = scores["systems"]["audio"]["test"]["accuracy"]
    assert len(accuracy["per_seed"]) == 2
    assert np.isclose(np.mean(accuracy["per_seed"]), accuracy["mean"])
    again = experiments.Run.open(tmp_path / "run", root / "artifacts")
    assert again.recipe == recipe


def test_edited_predictions_are_made_again(small):
    root, _ = small
    table = root / "run" / "predictions.csv"
    before = table.read_bytes()
    table.write_bytes(before[: len(before) // 2])
    assert main(command(root, root / "run")) == 0
    assert table.read_bytes() == before


def test_the_papers_own_profile_runs_too(small):
    root, _ = small
    words = command(root, root / "run-paper", "--profile", "paper")
    assert main([*words, "--modalities", "audio"]) == 0
    manifest = json.loads((root / "run-paper" / "manifest.json").read_text())
    assert manifest["profile"] == "paper"
    assert any(leak["kind"] == "validation" for leak in manifest["leaks"])
    card = root / "run-paper" / "heads" / "seed-0" / "audio" / "card.json"
    assert json.loads(card.read_text())["training"]["optimizer"] == "adamax"


def test_the_stack_part_may_watch_base_nets_and_the_leaks_say_so(small, capsys):
    root, _ = small
    more = [f"{name}.training.validation=stack" for name in ("audio", "visual")]
    more = [*more, "fusion.out_of_fold=2"]
    words = [word for setting in more for word in ("--set", setting)]
    assert main(command(root, root / "watched", *words)) == 0
    split = pd.read_csv(root / "watched" / "splits" / "seed-0.csv", comment="#")
    stack = set(split["take"][split["part"] == "stack"])
    heads = root / "watched" / "heads" / "seed-0"
    assert set(read_card(heads / "audio")["validation_takes"]) == stack
    fair = read_card(heads / "audio_base_stack")  # which learns from it: an inner share
    assert {*fair["takes"], *fair["validation_takes"]} > stack
    manifest = json.loads((root / "watched" / "manifest.json").read_text())
    (leak,) = (row for row in manifest["leaks"] if row["kind"] == "validation")
    assert leak["parts"] == ["base", "stack"] and leak["count"] == len(stack)
    assert "LEAK" not in capsys.readouterr().out  # the test part is as it was


def test_every_fold_is_tested_and_out_of_fold_stacking_stands_beside(small, capsys):
    root, _ = small
    more = ["--protocol", "statements", "--set", "fusion.out_of_fold=2"]
    # All that so small a corpus can serve: four takes to stack on, none to spare.
    more += ["--set", "corpus.emotions=['anger', 'disgust', 'fear', 'happiness']"]
    more += ["--set", "fusion.training.validation=test"]
    assert main(command(root, root / "folds", *more)) == 0
    predictions = read_predictions(root / "folds" / "predictions.csv")
    tested = predictions[predictions["part"] == "test"]
    assert set(tested["system"]) >= {"audio", "stacked", "stacked_out_of_fold"}
    assert set(tested["fold"]) == {0, 1}
    # Each take once, by every system: the statements take turns.
    one = tested[tested["system"] == "stacked_out_of_fold"]
    assert one["take"].is_unique
    assert len(one) > 20
    heads = root / "folds" / "heads" / "seed-0" / "fold-1"
    card = read_card(heads / "audio_without_0")
    fitted = {*card["takes"], *card["validation_takes"]}
    others = read_card(heads / "audio_without_1")
    assert not set(one["take"][one["fold"] == 1]) & fitted
    assert fitted != {*others["takes"], *others["validation_takes"]}
    assert "stacked_out_of_fold" in capsys.readouterr().out
