"""One recipe under several protocols, as a user types it: runs, table, page."""

import json

import pandas as pd
import pytest
from small_run import command

from evaluation.protocols import read_protocols
from scripts.command import main

# All that so small a corpus can serve.
FEW = [
    *("--set", "corpus.emotions=['anger', 'disgust', 'fear', 'happiness']"),
    *("--set", "fusion.training.validation=test", "--out-of-fold", "2"),
]


def words(root, out, protocols, *more):
    found = command(root, root / out, *FEW, *more)
    found.remove("--quiet")
    return ["protocols", *found[1:], "--protocols", protocols]


@pytest.fixture(scope="module")
def beside(small):
    root, _ = small
    return root, main(words(root, "beside", "stratified,repetitions,emobox"))


def test_each_protocol_has_a_run_and_the_page_all_of_them(beside):
    root, code = beside
    assert code == 3  # this corpus lacks EmoBox' speakers
    found = read_protocols(root / "beside")
    assert found["reference"] == "stratified"
    assert list(found["protocols"]) == ["stratified", "repetitions"]
    assert "speakers" in found["lacking"]["emobox"]
    for text in ("stratified", "repetitions"):
        run = root / "beside" / text
        assert (run / "report.html").is_file()
        metrics = json.loads((run / "metrics.json").read_text())
        rows = {
            row["system"]: row["accuracy"]
            for row in found["rows"]
            if row["run"] == text
        }
        assert {"stacked", "stacked_out_of_fold", "mean_out_of_fold"} <= set(rows)
        for system, accuracy in rows.items():
            test = metrics["systems"][system]["test"]["accuracy"]
            assert accuracy == pytest.approx(test["mean"])
    table = pd.read_csv(root / "beside" / "protocols.csv")
    priced = table[table["run"] == "repetitions"]
    assert (priced["price_low"] <= priced["price"]).all()
    assert (priced["p_holm"] >= priced["p"]).all()
    other = table[table["run"] == "stratified"].set_index("system")["accuracy"]
    difference = priced.set_index("system")["accuracy"] - other
    assert difference.to_numpy() == pytest.approx(
        priced.set_index("system")["price"].reindex(difference.index).to_numpy(),
        abs=1e-5,
    )
    page = (root / "beside" / "protocols.html").read_text()
    assert "No emobox" in page and 'href="stratified/report.html"' in page
    assert "out-of-fold stacking less" in (root / "beside" / "protocols.md").read_text()
    assert "http" not in page.split("<body>")[1].replace("http://www.w3.org", "")


def test_asked_again_it_trains_nothing_and_another_protocol_only_adds(
    beside, monkeypatch, capsys
):
    root, _ = beside

    def forbidden(*_args, **_options):
        raise AssertionError("nothing was left to do")

    monkeypatch.setattr("experiments.training.train_base", forbidden)
    assert main(words(root, "beside", "repetitions,stratified")) == 0
    out = capsys.readouterr().out
    assert "what two parts share" in out  # before anything is trained
    assert "points from repetitions" in out
    assert read_protocols(root / "beside")["reference"] == "repetitions"


def test_without_out_of_fold_stacking_there_are_fewer_systems(small):
    root, _ = small
    assert main(words(root, "alone", "stratified", "--out-of-fold", "0")) == 0
    systems = {row["system"] for row in read_protocols(root / "alone")["rows"]}
    assert "stacked" in systems and "stacked_out_of_fold" not in systems


@pytest.mark.parametrize(
    ("protocols", "more", "said"),
    [
        ("stratifed", (), "no protocol is called 'stratifed'"),
        ("speakers:1-2", (), "speakers:1-2"),
        (",", (), "name at least one protocol"),
        ("stratified", ("--out-of-fold", "1"), "must be 2 folds or more, or 0"),
        ("emobox", (), "emobox"),
        ("stratified", ("--strict",), "--strict: "),
    ],
)
def test_what_is_wrong_is_one_sentence(small, capsys, protocols, more, said):
    root, _ = small
    assert main(words(root, "refused", protocols, *more)) == 4
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
