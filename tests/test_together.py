"""Both branches in one classifier, in a run: side by side, and trained as one."""

import numpy as np
from small_run import command

from classifiers.saved import read_card
from evaluation.predictions import read_predictions
from scripts.command import main


def test_they_are_systems_like_any_other(small):
    root, _ = small
    more = ["--set", "fusion.also=['early', 'joint']", "--set", "visual.head=dense"]
    assert main(command(root, root / "together", *more)) == 0
    table = read_predictions(root / "together" / "predictions.csv")
    tested = table[table["part"] == "test"]
    assert {"early", "joint", "stacked"} <= set(tested["system"])
    counts = tested["system"].value_counts()
    assert counts["early"] == counts["joint"] == counts["stacked"]
    seen = set(table["take"][table["part"].isin(["base", "stack"])])
    for system in ("early", "joint"):
        card = read_card(root / "together" / "heads" / "seed-0" / system)
        assert {*card["takes"], *card["validation_takes"]} == seen
    page = (root / "together" / "report.html").read_text()
    assert "joint" in page and "early" in page


def test_joint_learns_from_pairs_of_a_class_and_is_asked_about_takes(small):
    root, _ = small
    more = ["--set", "fusion.also=['joint']", "--set", "visual.head=dense"]
    for how in ("take", "class"):
        words = [*more, "--set", f"fusion.pair_by={how}"]
        assert main(command(root, root / how, *words)) == 0
    said = [
        read_predictions(root / how / "predictions.csv").query("part == 'test'")
        for how in ("take", "class")
    ]
    alike = {
        system: np.array_equal(
            *(one[one["system"] == system].filter(like="p_") for one in said)
        )
        for system in ("audio", "joint")
    }
    assert alike == {"audio": True, "joint": False}


def test_what_cannot_stand_side_by_side_is_one_sentence(small, capsys):
    root, _ = small
    words = command(root, root / "apart", "--set", "fusion.also=['early']")
    assert main(words) == 4  # the demo's faces are sequences of many lengths
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "cannot stand in the same columns" in error
    words = command(root, root / "apart", "--set", "fusion.also=['late']")
    assert main(words) == 4
    assert "fusion.also must be 'early' or 'joint'" in capsys.readouterr().err
