"""Every corpus has its data statement, and it says what the reader says."""

import re
from pathlib import Path

import pytest

from corpus.labels import EMOTIONS, RAVDESS_CODES
from corpus.readers import READERS, ravdess, reader
from evaluation.model_card import CORPORA, ELSEWHERE, MADE_UP

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "data"
PAGES = sorted(path.name for path in FOLDER.glob("*.md") if path.name != "README.md")
# The "csv" reader is for corpora of which we know nothing: README.md asks about them.
CORPUS_READERS = [name for name in READERS if name != "csv"]
HEADINGS = [
    "Who speaks",
    "How the emotions came about",
    "What ... recorded",
    "Labels",
    "What is odd",
    "Licence and citation",
    "What it must not be used for",
    "What is not known",
]


def page(name):
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CORPUS_READERS)
def test_every_reader_has_a_statement(name):
    text, module = page(f"{name}.md"), reader(name)
    if module.LICENCE.startswith("CC"):
        assert module.LICENCE in text
    for doi in re.findall(r"10\.\d{4,}/[\w./-]*\w", module.CITATION):
        assert doi in text


@pytest.mark.parametrize("name", PAGES)
def test_every_statement_answers_the_same_questions(name):
    headings = re.findall(r"^## (.*)$", page(name), re.M)
    assert [re.sub("^What (was|is) rec", "What ... rec", h) for h in headings] == (
        HEADINGS
    )
    used_for = page(name).split("## What it must not be used for")[1]
    assert used_for.count("\n- ") >= 4  # with what is not known


def test_the_list_leads_to_all_of_them():
    links = re.findall(r"\]\(([a-z_]+\.md)\)", page("README.md"))
    assert sorted(links) == PAGES


@pytest.mark.parametrize("facts", [*CORPORA.values(), MADE_UP])
def test_what_a_model_card_says_stands_in_the_statement(facts):
    text = page(facts.statement)
    if facts.licence != "other":
        assert facts.terms in text
    for year in re.findall(r"\b(?:19|20)\d\d\b", facts.title):
        assert year in text


def test_the_model_card_of_a_corpus_of_ones_own_leads_to_the_questions():
    assert "A corpus of your own" in page(ELSEWHERE.statement)


def test_every_label_of_a_statement_is_one_of_ours():
    for name in PAGES:
        table = page(name).split("## Labels")[1].split("\n## ")[0]
        rows = re.findall(r"^\| \w\w? \| [\w]+ \| (\w+) \|", table, re.M)
        assert set(rows) <= set(EMOTIONS)
        assert rows or name == "made_up.md"


def test_the_statement_of_ravdess_has_the_reader_s_codes_and_counts():
    text = page("ravdess.md")
    found = dict(re.findall(r"^\| (0\d) \| \w+ \| (\w+) \|", text, re.M))
    assert found == RAVDESS_CODES
    for _, count in ravdess.OFFICIAL.values():
        assert f"{count:,}" in text
    table = re.findall(r"^\| 0\d \| .* \| (\w+) \| (\w+) \|$", text, re.M)
    spoken, sung = zip(*table, strict=True)
    assert sum(map(int, spoken)) == 1440
    assert sum(int(count) for count in sung if count != "none") == 1012
