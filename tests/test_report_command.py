"""`emostack report` of runs that cannot be paired, and of what cannot be read."""

import pytest
from run_folders import manifest_of, predictions_of, takes_of, write_run

from corpus.files import write_json
from evaluation.predictions import write_predictions
from scripts.command import main

SYSTEMS = {"audio": 1.2, "stacked": 2.4}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_run(
        tmp_path_factory.mktemp("runs") / "whole", systems=SYSTEMS, seeds=(0,)
    )


@pytest.fixture
def half(tmp_path):
    """A run on half of the takes: it tested others."""
    run = tmp_path / "half"
    table = predictions_of(systems=SYSTEMS, seeds=(0,), takes=takes_of(624))
    write_predictions(run / "predictions.csv", table)
    write_json(run / "manifest.json", manifest_of(seeds=[0]))
    return run


def report(*words, capsys):
    code = main(["report", "--run", *map(str, words)])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err.strip()


def test_two_runs_with_other_test_takes_are_set_side_by_side_unpaired(
    whole, half, tmp_path, capsys
):
    page = tmp_path / "both.html"
    code, said, _ = report(whole, half, "--out", page, capsys=capsys)
    assert code == 0 and str(page) in said
    text = page.with_suffix(".md").read_text()
    (sentence,) = [line for line in text.splitlines() if "cannot be paired" in line]
    assert "half and whole cannot be paired: in seed 0 they tested other" in sentence
    assert "(156 and 312," in sentence and "compare them by their intervals" in sentence


def test_predictions_spoilt_by_hand_are_one_sentence(half, capsys):
    table = half / "predictions.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, lines[1]]) + "\n")
    code, _, error = report(half, capsys=capsys)
    assert code == 4 and "\n" not in error
    assert f"line {len(lines) + 1}, take" in error and "keep one" in error


def test_a_run_is_no_comparison_with_itself(whole, tmp_path, capsys):
    words = (whole, whole, "--out", tmp_path)
    code, _, error = report(*words, capsys=capsys)
    assert code == 4 and "is named twice" in error
