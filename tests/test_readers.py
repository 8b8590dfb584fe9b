from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import labels
from corpus.problem import Problem
from corpus.readers import READERS, csv_table, ravdess, reader

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", READERS)
def test_every_reader_says_whose_its_corpus_is(name):
    module = reader(name)
    for constant in ("NAME", "LICENCE", "CITATION", "LONGEST_SECONDS"):
        assert hasattr(module, constant)
    with pytest.raises(Problem):
        module.read(ROOT / "nowhere")


def test_an_unknown_reader_is_refused():
    with pytest.raises(Problem, match="no reader is called 'cremad'"):
        reader("cremad")


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
