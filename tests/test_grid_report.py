import copy
import html.parser
import re
import xml.etree.ElementTree as ET

import pytest
from grids import ablation_of, systems_of

from corpus.files import write_json
from corpus.problem import Problem
from evaluation.grid_cautions import cautions
from evaluation.grid_pictures import accuracy_by_cost
from evaluation.grid_report import write_grid_report
from evaluation.grid_table import grid_text

FEW = {"audio": ("log_mel.signal", "mfcc13.signal"), "visual": ("openface.au",)}


@pytest.fixture(scope="module")
def drawn():
    return ablation_of(systems_of(**FEW), count=84, seeds=(0, 1))


@pytest.fixture
def found(drawn):
    return copy.deepcopy(drawn)


def page_of(folder, found):
    write_json(folder / "ablation.json", found)
    return write_grid_report(folder).read_text()


class Tags(html.parser.HTMLParser):
    VOID = ("meta", "link", "br")

    def __init__(self, page):
        super().__init__()
        self.open, self.ids = [], []
        self.feed(page)
        assert not self.open

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_is_well_formed(found, tmp_path):
    page = page_of(tmp_path, found)
    assert not re.findall(r'(?:src|href)="(?!#|data:,)', page)
    assert "http" not in page and "<script" not in page and "@import" not in page
    tags = Tags(page)
    assert len(tags.ids) == len(set(tags.ids))
    for target in re.findall(r'<a [^>]*href="#([^"]+)"', page):
        assert target in tags.ids


def test_every_system_is_in_it_best_first(found, tmp_path):
    page = page_of(tmp_path, found)
    for name in ("log_mel.signal, dense", "openface.au, lstm"):
        assert page.count(name) > 2
    best = next(row for row in found["systems"] if row["protocol"] == "stratified")
    first = page[page.index("<tbody>") :]
    assert f">{100 * best['accuracy']:.1f} <" in first[:1500]
    for protocol in ("Stratified", "Speakers"):
        assert f"<strong>{protocol}:</strong>" in page
    assert "reference" in page and "Holm" in page
    assert len(re.findall("<svg", page)) == 2


def test_names_from_outside_are_escaped(found, tmp_path):
    evil = {**found, "lacking": {"x": "y"}, "left_out": ["<script>alert(1)</script>"]}
    assert "<script" not in page_of(tmp_path, evil)


def test_what_failed_is_told_once_with_all_it_holds_for(found, tmp_path):
    for row in found["systems"]:
        if "mfcc13" in row["system"]:
            row |= {"failed": "no luck", "accuracy": None, "rank": None, "per_seed": {}}
    page = page_of(tmp_path, found)
    assert page.count("<p>no luck</p>") == 1
    assert "What failed" in page
    assert page.index("no luck") < page.index("mfcc13.signal/dense (stratified)")


def test_a_grid_where_nothing_could_be_tested(found, tmp_path):
    for row in found["systems"]:
        row |= {"failed": "no luck", "accuracy": None, "rank": None, "per_seed": {}}
    page = page_of(tmp_path, {**found, "chance": {}})
    assert "no system could be tested" in page and "<svg" not in page
    assert "no luck" in grid_text({**found, "chance": {}})


def test_one_modality_alone(tmp_path):
    systems = systems_of(audio=FEW["audio"], visual=(), heads=("dense",))
    page = page_of(tmp_path, ablation_of(systems, count=84, seeds=(0,)))
    assert "2 by 1 head" in page and "stacked one" not in page


def test_a_folder_without_an_ablation(tmp_path):
    with pytest.raises(Problem, match=r"ablation\.json"):
        write_grid_report(tmp_path)
    write_json(tmp_path / "ablation.json", {"systems": []})
    with pytest.raises(Problem, match="lacks axes"):
        write_grid_report(tmp_path)


def test_the_picture_takes_its_colours_from_the_page(found):
    rows = [row for row in found["systems"] if row["protocol"] == "speakers"]
    svg = accuracy_by_cost("speakers", rows, chance=1 / 7)
    ET.fromstring(svg.replace("xlink:href", "href"))
    assert not set(re.findall(r"#[0-9a-f]{6}\b", svg)) - {"#000000", "#ffffff"}
    assert ">not known</text>" in svg and ">chance</text>" in svg
    known = [row for row in rows if row["seconds_a_take"]]
    assert ">not known</text>" not in accuracy_by_cost("p", known, chance=1 / 7)


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_terminal_gets_80_to_100_columns(found, width):
    text = grid_text(found, width=width)
    assert max(map(len, text.splitlines())) <= min(max(width, 80), 100)
    assert "protocol stratified, 2 seeds" in text and "ref." in text
    assert "Made elsewhere" in text


def test_cautions_say_the_gravest_first(found):
    found["backbones"]["log_mel.signal"]["weights"]["verified"] = "random"
    found["backbones"]["mfcc13.signal"]["weights"]["verified"] = "unverified"
    found["corpora"][0]["synthetic"] = True
    found["watched"] = ["inner", "test"]
    found["lost"] = [{"take": "a", "backbone": "x", "why": "y"}]
    heads = [said.partition(":")[0] for said in cautions(found)]
    assert heads[:5] == [
        *("Random weights", "Synthetic corpus", "Watched by the test part"),
        *("Unverified weights", "Made elsewhere, unverified"),
    ]
    assert "1 take failed" in cautions(found)[-1]


def test_a_report_is_written_into_the_folder(found, tmp_path):
    write_json(tmp_path / "ablation.json", found)
    assert write_grid_report(tmp_path) == tmp_path / "ablation.html"
