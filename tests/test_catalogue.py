import subprocess
import sys

import pytest
from bare_machine import entry, make_bare, put, register, small_file, use

from embeddings import registry
from embeddings.catalogue import Listed, describe, look, owners

SMALL = "bare_machine:small"


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    use(monkeypatch, small=entry())
    register(
        monkeypatch,
        small__data=SMALL,
        broken__data="bare_machine:broken",
        gone__data="no_such_package:net",
        lost__data="bare_machine:no_such_name",
        told__data="test_catalogue:listed_beforehand",
        filed__data="test_catalogue:only_from_its_file",
        odd__data="test_catalogue:no_backbone",
    )
    return make_bare(monkeypatch, tmp_path)


def only_from_its_file(*, weights=None):
    """A backbone that has no random weights."""
    from bare_machine import small

    from corpus.problem import Problem

    if str(weights).startswith("random"):
        raise Problem("this one has no random weights.")
    return small(weights=weights)


def listed_beforehand(*, weights=None):
    """The same, told of as long as the file is not here."""
    return only_from_its_file(weights=weights)


listed_beforehand.listed = Listed(
    name="told.data", modality="sound", shape=(3,), entries=("small",)
)


def no_backbone(*, weights=None):
    """What a stranger took for a backbone."""
    return object()


def test_a_backbone_is_described_without_its_weights():
    one = describe("small.data")
    assert (one.modality, one.shape, one.parameters) == ("sound", (3,), 27)
    assert one.entries == ("small",) and one.licence == "MIT (me)"
    assert one.settings == {"weights": None, "gain": 1.0}
    assert one.needs_weights and not one.problem


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("broken.data", "RuntimeError: no CUDA here"),
        ("gone.data", "No module named 'no_such_package'"),
        ("lost.data", "has no attribute 'no_such_name'"),
        ("odd.data", "has no attribute 'spec'"),
        ("filed.data", "EMOSTACK_OFFLINE"),  # a list fetches nothing
    ],
)
def test_one_that_cannot_be_made_says_why(name, told):
    assert told in describe(name).problem


def test_one_without_random_weights_is_described_by_its_file(machine, monkeypatch):
    monkeypatch.delenv("EMOSTACK_OFFLINE")
    assert "EMOSTACK_OFFLINE" in describe("filed.data").problem
    small_file(machine / "artifacts/weights/small.h5")
    assert describe("filed.data").shape == (3,)


def test_what_a_factory_says_of_itself_holds_until_its_file_is_here(machine):
    one = describe("told.data")
    assert (one.shape, one.layer, one.problem) == ((3,), "", "")
    assert one.settings == {"weights": None}
    small_file(machine / "artifacts/weights/small.h5")
    assert describe("told.data").layer == "dense"


def test_the_state_of_an_entry(machine):
    assert look("small").verified == "absent"
    path = small_file(machine / "artifacts/weights/small.h5")
    found = look("small")
    assert (found.verified, found.path) == ("unverified", path)
    assert found.sha256
    put(path, b"<html>")
    found = look("small")
    assert found.verified == "unusable" and "web page" in found.how


def test_whose_weights_an_entry_is(machine):
    small_file(machine / "artifacts/weights/small.h5")
    assert owners("small") == ["filed.data", "small.data", "told.data"]


def test_all_of_ours_are_described_without_keras():
    code = (
        "import sys\n"
        "from embeddings import registry, catalogue\n"
        "for name in registry.names(): catalogue.describe(name)\n"
        "heavy = {'keras', 'tensorflow', 'sklearn', 'matplotlib', 'librosa'}\n"
        "assert not heavy & set(sys.modules), sorted(heavy & set(sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert registry.names()
