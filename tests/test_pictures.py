import re
import xml.etree.ElementTree as ET

import pytest
from run_folders import SYSTEMS, history_of, predictions_of

from evaluation import pictures
from evaluation.metrics import score


@pytest.fixture(scope="module")
def metrics():
    return score(predictions_of(seeds=(0, 1)))


@pytest.fixture(scope="module")
def drawn(metrics):
    return {
        "overview": pictures.overview(
            list(SYSTEMS),
            metrics,
            paper={"audio": 0.58},
            paper_name="Beyene 2019",
            ceilings={"audio": 0.62},
        ),
        "bars": pictures.bars_by_class("audio", metrics, trained={"anger": 0.9}),
        "by_class": pictures.systems_by_class(["audio", "stacked"], metrics),
        "curves": pictures.curves("stacked", {0: history_of(0), 1: history_of(1)}),
    }


def test_pictures_are_well_formed_and_named(drawn):
    for svg in drawn.values():
        named = svg.replace("xlink:href", "href")
        root = ET.fromstring(named)
        assert root.attrib["role"] == "img" and len(root.attrib["aria-label"]) > 10
        assert "http" not in svg and "<metadata" not in svg


def test_pictures_take_colours_and_font_from_the_page(drawn):
    for name, svg in drawn.items():
        literal = set(re.findall(r"#[0-9a-f]{6}\b", svg))
        assert not literal - {"#000000", "#ffffff"}, (name, literal)
        assert "currentColor" in svg and "DejaVu" not in svg
    assert "var(--audio)" in drawn["bars"]
    assert "var(--stacked)" in drawn["curves"]


def test_text_stays_text(drawn):
    for label in ("anger", "happiness", "surprise"):
        assert f">{label}</text>" in drawn["bars"]
    assert "Beyene 2019" in drawn["overview"]
    assert "oracle ceiling" in drawn["overview"]


def test_ids_of_two_pictures_do_not_meet(drawn):
    ids = [set(re.findall(r'id="([mp][0-9a-f]{10,})"', svg)) for svg in drawn.values()]
    assert sum(map(len, ids)) == len(set.union(*ids)) > 0


def test_a_picture_is_the_same_every_time(metrics, drawn):
    again = pictures.systems_by_class(["audio", "stacked"], metrics)
    assert again == drawn["by_class"]


def test_a_class_without_takes_and_a_history_without_validation(metrics):
    tested = metrics["systems"]["audio"]["test"]
    changed = {**tested, "per_class_recall": {**tested["per_class_recall"]}}
    changed["per_class_recall"]["fear"] = None
    lacking = {**metrics, "systems": {"audio": {"test": changed}}}
    assert ">none</text>" in pictures.bars_by_class("audio", lacking, trained={})
    pictures.systems_by_class(["audio"], lacking)
    history = history_of(0)[["epoch", "loss", "accuracy"]]
    assert "<svg" in pictures.curves("audio", {0: history})


def test_kin_share_a_colour():
    assert pictures.colour_of("audio_base_stack") == pictures.colour_of("audio")
    assert pictures.colour_of("early_fusion") == "other"
