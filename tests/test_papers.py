"""Several papers on one page: their figures, ours, and what was not run."""

import io

import pandas as pd
import pytest
from rich.console import Console
from run_folders import PAPER, write_run
from test_report import Page

from corpus.problem import Problem
from evaluation.papers import NOT_RUN, read_papers, write_papers
from evaluation.papers_table import papers_table

OTHER = {
    "name": "Other 2020",
    "title": "Another system",
    "protocol": "speakers:8-12-4",
    "figures": {"audio": 0.368, "stacked": 0.443},
}
SYSTEMS = {"audio": 1.2, "visual": 1.4, "stacked": 2.4, "mean": 2.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("papers")


@pytest.fixture(scope="module")
def found(folder):
    run = write_run(folder / "thesis", systems=SYSTEMS, seeds=(0, 1))
    (run / "report.html").write_text("<p>its own</p>")
    return write_papers(
        folder,
        {"thesis": run},
        papers={"other": OTHER, "thesis": {"title": "The thesis", **PAPER}},
        lacking={"other": "there is nothing of rml in DATA"},
        command="emostack reproduce --all --data DATA --out RUNS",
    )


def test_every_figure_of_every_paper_has_its_row(found):
    rows = {(row["recipe"], row["system"]): row for row in found["rows"]}
    assert {system for name, system in rows if name == "other"} == {*OTHER["figures"]}
    assert {*PAPER["figures"]} <= {system for name, system in rows if name == "thesis"}
    assert all(row["verdict"] == NOT_RUN for key, row in rows.items() if "other" in key)
    audio = rows["thesis", "audio"]
    assert audio["figure"] == 0.58 and audio["n"] == 312 and audio["seeds"] == 2
    assert audio["low"] < audio["accuracy"] < audio["high"]
    assert audio["difference"] == pytest.approx(audio["accuracy"] - 0.58)
    # A paper's figure of a system that was not trained here.
    assert rows["thesis", "audio_base_stack"]["accuracy"] is None
    assert rows["thesis", "audio_base_stack"]["verdict"] == NOT_RUN


def test_figures_are_counted_by_verdict(found):
    judged = [row for row in found["rows"] if row["figure"] is not None]
    assert sum(found["counts"].values()) == len(judged) == 7
    assert found["counts"][NOT_RUN] == 4


def test_what_was_found_is_read_again_and_stands_in_a_table(found, folder):
    assert read_papers(folder)["counts"] == found["counts"]
    table = pd.read_csv(folder / "papers.csv")
    assert len(table) == len(found["rows"])
    assert table["verdict"].isin(["reproduced", "not reproduced"]).any()


def test_the_page_says_it_all_and_fetches_nothing(found, folder):
    text = (folder / "papers.html").read_text(encoding="utf-8")
    words = Page(text).words
    for said in (
        "2 papers, their figures and ours",
        "1 of 2 recipes run",
        "Of 7 figures of 2 papers",
        "there is nothing of rml in DATA",
        "Beyene 2019",
        "Other 2020",
        "emostack reproduce --all",
    ):
        assert said in words
    assert 'href="thesis/report.html"' in text
    assert "http" not in text.replace("http://www.w3.org", "")
    assert "there is nothing of rml" in (folder / "papers.md").read_text("utf-8")


def test_on_a_terminal_each_recipe_is_named_once(found):
    console = Console(width=100, file=io.StringIO())
    console.print(papers_table(found))
    text = console.file.getvalue()
    assert text.count("thesis") == 1 and "44.3" in text and "not run" in text


def test_without_a_run_there_is_no_page(tmp_path):
    with pytest.raises(Problem, match="not one run"):
        write_papers(tmp_path, {}, papers={"other": OTHER})
