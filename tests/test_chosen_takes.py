"""Which of the chosen takes a report shows, and what it says of all of them."""

import pytest
from run_folders import manifest_of, write_exhibits

from corpus.files import write_json
from evaluation.chosen_takes import chosen_takes
from evaluation.run_folder import read_run


@pytest.fixture
def shown(tmp_path):
    def gather(**changes):
        write_json(tmp_path / "manifest.json", manifest_of(**changes))
        return chosen_takes(read_run(tmp_path))

    write_exhibits(tmp_path)
    return gather


def test_a_take_with_nothing_to_show_is_left_out(shown):
    takes = shown()
    assert [one.take for one in takes["shown"]] == ["take-1"]
    assert list(takes["lines"]) == ["take-1"] and takes["strips"]


def test_a_branch_that_only_the_stack_speaks_for_is_named(shown):
    assert shown()["systems"] == ["visual", "stacked"]
    assert shown()["at_once"] == ["audio"]
    assert shown(backbones={"visual": {}})["at_once"] == []


def test_faces_are_credited_as_far_as_that_is_known(shown):
    (ravdess,) = shown()["credits"]
    assert ravdess.startswith("RAVDESS (Livingstone") and "BY-NC-SA" in ravdess
    said = shown(corpora=[{"name": "mine", "licence": "CC0"}, {"name": "other"}])
    assert said["credits"] == ["mine, CC0"]


def test_asked_for_or_chosen(shown):
    assert shown(exhibits=["0f", ["take-1"]])["named"]
    assert not shown(exhibits=["0f", []])["named"] and not shown()["named"]
