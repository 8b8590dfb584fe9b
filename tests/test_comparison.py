"""Several runs on one page, and when two of them may be paired."""

import pandas as pd
import pytest
from run_folders import manifest_of, predictions_of, takes_of, write_run
from test_report import Page

from corpus.files import write_json
from corpus.problem import Problem
from evaluation.comparison import paired_runs, write_comparison
from evaluation.predictions import write_predictions
from evaluation.run_folder import read_run

SYSTEMS = {"audio": 1.2, "visual": 1.4, "stacked": 2.4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def one(folder):
    return write_run(folder / "one", systems=SYSTEMS, seeds=(0, 1))


@pytest.fixture(scope="module")
def two(folder):
    worse = {name: 0.6 * strength for name, strength in SYSTEMS.items()}
    weights = {"audio": {"source": "random:0", "verified": "random"}}
    run = write_run(folder / "two", systems=worse, seeds=(0, 1), weights=weights)
    (run / "faces.csv").unlink()
    return run


@pytest.fixture(scope="module")
def few(folder):
    """A run on half of the takes."""
    run = folder / "few"
    table = predictions_of(systems=SYSTEMS, seeds=(0,), takes=takes_of(624))
    write_predictions(run / "predictions.csv", table)
    write_json(run / "manifest.json", manifest_of(seeds=[0], leaks=None))
    return run


@pytest.fixture(scope="module")
def page(one, two, few, folder):
    path = write_comparison([one, two, few], folder / "out")
    assert path == folder / "out" / "comparison.html"
    return path


def test_systems_of_all_runs_stand_side_by_side(page):
    words = Page(page.read_text(encoding="utf-8")).words
    for said in (
        "Runs compared: one, two, few",
        "two. Random weights: nothing pretrained was used for audio",
        "worse than in one",
        "corrected for the 3 comparisons",
        "few and one cannot be paired: in seed 0 they tested other takes (156 and 312,",
        "speakers 100",
        "not counted",
    ):
        assert said in words, said
    table = pd.read_csv(page.with_suffix(".csv"))
    assert table["system"].tolist() == [s for s in SYSTEMS for _ in range(3)]
    assert table["run"].tolist() == ["one", "two", "few"] * 3
    assert (table["accuracy_low"] < table["accuracy"]).all()
    text = page.with_suffix(".md").read_text(encoding="utf-8")
    assert "| stacked | two | -" not in text and "| stacked | two | \u2212" in text


def test_the_page_is_one_file_for_eye_and_ear(page):
    text = page.read_text(encoding="utf-8")
    assert "http:" not in text and "https:" not in text and len(text) < 1_000_000
    html = Page(text)
    assert not html.all("script") and len(html.all("h1")) == 1
    assert len(html.all("caption")) == len(html.all("table"))
    assert all(cell.get("scope") for cell in html.all("th"))
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in html.all("svg"))
    assert {a["href"][1:] for a in html.all("a")} <= set(html.ids)


def test_a_name_of_ones_own_for_the_page(one, two, tmp_path):
    path = write_comparison([one, two], tmp_path / "price.html")
    assert path.name == "price.html"
    assert {file.name for file in tmp_path.iterdir()} == {
        *("price.html", "price.md", "price.csv")
    }


def test_folders_of_one_name_are_told_apart(one, folder, tmp_path):
    other = write_run(tmp_path / "b" / "one", systems={"audio": 1.0}, seeds=(0,))
    path = write_comparison([one, other], tmp_path)
    assert f"Runs compared: {folder.name}/one, b/one" in path.read_text()


def test_one_run_is_no_comparison(one, tmp_path):
    with pytest.raises(Problem, match="needs two runs or more"):
        write_comparison([one], tmp_path)
    with pytest.raises(Problem, match="is named twice"):
        write_comparison([one, one], tmp_path)


def test_a_run_without_a_score(one, tmp_path):
    write_json(tmp_path / "new" / "manifest.json", manifest_of())
    with pytest.raises(Problem, match="new has no score of a test part; finish"):
        write_comparison([one, tmp_path / "new"], tmp_path)


def paired(first, second, names=("a", "b")):
    runs = read_run(first), read_run(second)
    return paired_runs(*runs, system="audio", names=names)


def test_only_seeds_of_both_are_paired(one, tmp_path):
    other = write_run(tmp_path, systems={"audio": 1.0}, seeds=(1, 7))
    found = paired(other, one)
    assert len(found["per_seed"]) == 1 and found["n"] == 312


def test_runs_without_a_seed_in_common(one, tmp_path):
    other = write_run(tmp_path, systems={"audio": 1.0}, seeds=(5,))
    with pytest.raises(Problem, match="a and b cannot be paired: they have no seed in"):
        paired(one, other)


def test_runs_of_other_classes(one, tmp_path):
    labels = ("anger", "fear", "neutral")
    table = predictions_of(
        systems={"audio": 1.0}, seeds=(0,), takes=takes_of(300, labels), labels=labels
    )
    write_predictions(tmp_path / "predictions.csv", table)
    with pytest.raises(Problem, match=r"other classes \(7 and 3\)"):
        paired(one, tmp_path)


def test_the_order_of_labels_is_no_matter(one, tmp_path):
    table = read_run(one).predictions
    names = [column for column in table if column.startswith("p_")]
    others = [column for column in table if column not in names]
    write_predictions(tmp_path / "predictions.csv", table[[*others, *names[::-1]]])
    assert paired(one, tmp_path)["mean"] == 0


def test_a_run_of_scores_alone(one, tmp_path):
    write_json(tmp_path / "metrics.json", read_run(one).metrics)
    with pytest.raises(Problem, match=r"b cannot be paired .* no predictions\.csv"):
        paired(one, tmp_path)
    assert write_comparison([one, tmp_path], tmp_path / "out").is_file()
