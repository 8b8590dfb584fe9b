"""The contract: what every reader promises, and a table of one's own."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import planned, touch

from corpus import labels
from corpus.index import TAKE_COLUMNS
from corpus.problem import Problem
from corpus.readers import (
    READERS,
    NothingFoundError,
    csv_table,
    ravdess,
    reader,
    readers_named,
)

ROOT = Path(__file__).resolve().parents[1]
BY_NAME = [name for name in READERS if name != "csv"]
FILE_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@pytest.mark.parametrize("name", READERS)
def test_every_reader_says_whose_its_corpus_is(name):
    module = reader(name)
    assert name == module.NAME
    for constant in ("LICENCE", "CITATION", "LONGEST_SECONDS"):
        assert hasattr(module, constant)
    with pytest.raises(Problem):
        module.read(ROOT / "nowhere")


@pytest.fixture(scope="module", params=BY_NAME)
def whole(request, tmp_path_factory):
    """A whole corpus, as its makers count it, of empty files."""
    root = tmp_path_factory.mktemp(request.param)
    takes = planned(request.param)
    touch(root, *takes, "Thumbs.db", "__MACOSX/x.wav", "._a01.wav")
    return reader(request.param), root, takes


def test_every_file_of_a_corpus_is_read_for_what_it_is(whole):
    module, root, takes = whole
    reading = module.read(root)
    assert not reading.unknown
    assert reading.others == ["Thumbs.db"]
    assert [r.file for r in reading.recordings] == sorted(takes)
    for recording in reading.recordings:
        take, facts = takes[recording.file], recording.facts
        assert facts["emotion"] == take.emotion
        assert facts["speaker"] == take.actor
        assert facts["vocal_channel"] == take.channel
        assert facts["corpus"] == module.NAME
        assert set(facts) <= set(TAKE_COLUMNS)
        assert not recording.odd
        seen = not recording.file.endswith("wav")
        assert (recording.picture_rank is not None) == seen


def test_ids_are_those_of_takes_and_can_be_file_names(whole):
    module, root, takes = whole
    ids = {}
    for recording in module.read(root).recordings:
        assert recording.take.startswith(f"{module.NAME}-")
        assert FILE_SAFE.fullmatch(recording.take)
        ids.setdefault(takes[recording.file].name, set()).add(recording.take)
    assert all(len(each) == 1 for each in ids.values())
    assert len(set.union(*ids.values())) == len(ids)


def test_a_whole_corpus_has_the_official_counts(whole):
    reading = whole[0].read(whole[1])
    names = [recording.name for recording in reading.recordings]
    assert len(set(names)) == len(names)
    for rule, official in reading.official.values():
        assert sum(bool(re.match(rule, name)) for name in names) == official


def test_folders_above_and_capital_suffixes_change_nothing(whole, tmp_path):
    module, root, takes = whole
    some = sorted(takes)[:: len(takes) // 50]
    moved = [f"d/e/{Path(n).with_suffix(Path(n).suffix.upper())}" for n in some]
    touch(tmp_path, *moved)
    at_home = {r.file: r for r in module.read(root).recordings}
    for was, file in zip(some, moved, strict=True):
        (found,) = (r for r in module.read(tmp_path).recordings if r.file == file)
        assert (found.take, found.facts) == (at_home[was].take, at_home[was].facts)
        assert found.name == at_home[was].name


def test_no_other_reader_claims_any_of_it(whole):
    for name in BY_NAME:
        if name != whole[0].NAME:
            with pytest.raises(NothingFoundError, match="has a name of"):
                reader(name).read(whole[1])


@pytest.mark.parametrize("name", BY_NAME)
@given(parts=st.lists(st.text("s18aAnDCsuKL_-01 .é", min_size=1), max_size=4))
def test_whatever_a_file_is_called_its_id_is_file_safe(name, parts):
    found = reader(name)._claim("/".join([*parts, "DC", "s2", "sa01.avi"]))
    for claim in (found, reader(name)._claim("/".join(parts))):
        if claim:
            assert FILE_SAFE.fullmatch(claim.take)
            assert claim.facts["emotion"] in labels.EMOTIONS


def test_an_unknown_reader_is_refused():
    with pytest.raises(Problem, match="no reader is called 'cremad'"):
        reader("cremad")
    with pytest.raises(Problem, match="no reader is called 'cremad'"):
        readers_named("ravdess+cremad")
    with pytest.raises(Problem, match="one of them twice"):
        readers_named("rml+ravdess+rml")


def test_several_readers_are_named_with_a_plus():
    assert [m.NAME for m in readers_named("ravdess + rml")] == ["ravdess", "rml"]


@given(st.text(alphabet="0123456789-", min_size=15, max_size=25))
def test_only_names_with_seven_legal_fields_are_parsed(name):
    found = ravdess.FILE_NAME.fullmatch(name)
    if found:
        fields = name.split("-")
        assert len(fields) == 7
        assert fields[2] in labels.RAVDESS_CODES
        assert 1 <= int(fields[6]) <= 24


def table(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "mine.csv").write_text(text)
    return folder / "mine.csv"


def test_a_corpus_of_ones_own(tmp_path):
    path = table(
        tmp_path,
        "take,speaker,emotion,sound_file,picture_file\n"
        "a1,anna,Happy,s/a1.wav,p/a1.mp4\n"
        "b1,bert,sad,,p/b1.mp4\n",
    )
    recordings = csv_table.read(path).recordings
    assert [r.file for r in recordings] == ["s/a1.wav", "p/a1.mp4", "p/b1.mp4"]
    assert {r.take for r in recordings} == {"mine-a1", "mine-b1"}
    assert recordings[0].facts["emotion"] == "happiness"
    assert recordings[2].sound_rank == 1  # its own sound, where it has any
    assert csv_table.read(tmp_path).recordings == recordings


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("speaker,sound_file\nx,y.wav\n", "needs the columns"),
        ("speaker,emotion\nx,anger\n", "needs the columns"),
        ("speaker,emotion,sound_file,mood\nx,anger,y.wav,z\n", "mean nothing here"),
        ("speaker,emotion,sound_file\nx,bored,y.wav\n", "line 2: 'bored' is not"),
        ("speaker,emotion,sound_file\nx y,anger,y.wav\n", "cannot be a speaker"),
        ("speaker,emotion,sound_file\nx,anger,\n", "neither a sound file nor"),
        ("speaker,emotion,sound_file\nx,sad,a.wav\ny,sad,b/a.wav\n", "stands twice"),
        ("speaker,emotion,sound_file\n", "has no rows"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path, text, sentence):
    with pytest.raises(Problem, match=sentence):
        csv_table.read(table(tmp_path, text))


def test_the_example_of_the_docs_is_a_table():
    recordings = csv_table.read(ROOT / "docs" / "own_corpus.csv").recordings
    assert len({recording.take for recording in recordings}) == 4


def test_linked_folders_are_read_and_each_of_them_once(tmp_path):
    name = "03-01-05-01-02-01-16.wav"
    away = tmp_path / "away" / "Actor_16"
    touch(away, name)
    root = tmp_path / "data"
    root.mkdir()
    for link in ("speech", "speech again"):
        (root / link).symlink_to(away.parent, target_is_directory=True)
    (away / "round").symlink_to(root, target_is_directory=True)
    assert [one.file for one in ravdess.read(root).recordings] == [
        f"speech/Actor_16/{name}"
    ]
