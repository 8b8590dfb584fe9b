import json
import re

import pytest
from bare_machine import make_bare, put

from corpus.problem import Problem
from embeddings.weights.provenance import (
    Provenance,
    note_of,
    now,
    provenance_file,
    read_provenance,
    write_provenance,
)

SHA = "ab" * 32
KNOWN = Provenance(
    entry="small",
    source="https://example.org/small.h5",
    sha256=SHA,
    size=7,
    when="2024-05-01T12:00:00+00:00",
    verified="smoke",
    how="the figures",
    golden={"small.data-00000000": [0.5, -1.0]},
)


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    return make_bare(monkeypatch, tmp_path)


def test_it_lies_beside_a_file_of_ours_and_comes_back(machine):
    path = put(machine / "artifacts/weights/small.h5")
    assert read_provenance(path, SHA) is None
    note = write_provenance(path, KNOWN)
    assert note == provenance_file(path) == path.with_name("small.h5.provenance.json")
    assert read_provenance(path, SHA) == KNOWN


def test_nothing_is_written_into_other_folders(machine):
    path = put(machine / "home/.keras/models/small.h5")
    note = write_provenance(path, KNOWN)
    assert note.is_relative_to(machine / "artifacts/weights")
    assert [one.name for one in path.parent.iterdir()] == ["small.h5"]
    assert read_provenance(path, SHA) == KNOWN
    # Another content is another file: a note elsewhere accuses nobody.
    assert read_provenance(path, "cd" * 32) is None


def test_of_a_folder_that_nobody_may_write_notes_are_kept_elsewhere(
    machine, monkeypatch
):
    path = put(machine / "shared/small.h5")
    monkeypatch.setenv("EMOSTACK_WEIGHTS", str(path.parent))
    path.parent.chmod(0o555)
    assert write_provenance(path, KNOWN).is_relative_to(machine / "artifacts/weights")
    assert read_provenance(path, SHA) == KNOWN
    path.parent.chmod(0o755)


def test_one_that_came_along_with_its_file_is_read_wherever_it_is(machine):
    path = put(machine / "copied/small.h5")
    provenance_file(path).write_text(json.dumps(vars(KNOWN)))
    assert note_of(path, SHA) == provenance_file(path)
    assert read_provenance(path, SHA) == KNOWN


def test_a_file_that_changed_is_told(machine):
    path = put(machine / "artifacts/weights/small.h5")
    write_provenance(path, KNOWN)
    with pytest.raises(Problem, match=r"changed since it came from https.*2024-05-01"):
        read_provenance(path, "cd" * 32)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"entry": 1}', '{"gol'])
def test_a_damaged_one_is_told(machine, text):
    path = put(machine / "artifacts/weights/small.h5")
    provenance_file(path).write_text(text)
    with pytest.raises(Problem, match=r"small\.h5\.provenance\.json"):
        read_provenance(path, SHA)


@pytest.mark.parametrize(
    ("field", "value"),
    [("sha256", None), ("verified", "surely"), ("golden", [1]), ("golden", {"x": "y"})],
)
def test_nonsense_in_a_field_is_told(machine, field, value):
    path = put(machine / "artifacts/weights/small.h5")
    provenance_file(path).write_text(json.dumps({**vars(KNOWN), field: value}))
    with pytest.raises(Problem, match="is damaged"):
        read_provenance(path, SHA)


def test_the_time_is_iso_to_the_second():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", now())
