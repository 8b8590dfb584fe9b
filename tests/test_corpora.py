"""Several corpora in one index: who claims what, and what is told of the rest."""

import pytest
from trees import touch

from corpus.corpora import read_corpora
from corpus.problem import Problem

SPOKEN = "Actor_01/03-01-05-01-01-01-01.wav"
SEEN = "Actor_01/01-01-05-01-01-01-01.mp4"
RML = "s1/s1/an1.avi"
SAVEE = "AudioData/DC/a01.wav"
TABLE = "emotion,speaker,sound_file\nanger,anna,mine/x.wav\n"


def files(corpora):
    return {m.NAME: [r.file for r in reading.recordings] for m, reading in corpora}


def test_each_reader_takes_its_own_below_one_root(tmp_path):
    touch(tmp_path, SPOKEN, RML, SAVEE, "x/holiday.mp4", "x/notes.txt")
    found = read_corpora([tmp_path], "ravdess+rml")
    assert files(found.readings) == {"ravdess": [SPOKEN], "rml": [RML]}
    assert found.base == tmp_path
    assert found.unclaimed == [SAVEE, "x/holiday.mp4"]
    assert found.others == ["x/notes.txt"]


def test_roots_of_their_own_are_joined_at_the_folder_that_holds_them(tmp_path):
    sounds, films = touch(tmp_path / "a/sounds", SPOKEN), touch(tmp_path / "b", SEEN)
    rml = touch(tmp_path / "b2", RML, "s1/holiday.mp4")
    found = read_corpora([sounds, films, rml], "rml+ravdess")
    assert found.base == tmp_path
    assert files(found.readings) == {
        "rml": [f"b2/{RML}"],
        "ravdess": [f"a/sounds/{SPOKEN}", f"b/{SEEN}"],
    }
    assert found.unclaimed == ["b2/s1/holiday.mp4"]
    (_, ravdess) = found.readings[1]
    assert len({r.take for r in ravdess.recordings}) == 1


def test_a_table_of_ones_own_beside_a_corpus(tmp_path):
    root = touch(tmp_path / "ravdess", SPOKEN)
    touch(tmp_path / "own", "mine/x.wav", "mine/y.wav")
    (tmp_path / "own" / "own.csv").write_text(TABLE)
    found = read_corpora([root, tmp_path / "own" / "own.csv"], "ravdess+csv")
    assert files(found.readings)["csv"] == ["own/mine/x.wav"]
    both = touch(tmp_path / "own", SPOKEN)
    assert read_corpora([both], "csv+ravdess").unclaimed == ["mine/y.wav"]


@pytest.mark.parametrize(
    "names, sentence",
    [
        ("savee", r"no.* has a name of SAVEE .* try --reader ravdess or --reader rml"),
        ("ravdess+savee", "has a name of SAVEE"),
        ("csv", r"neither a CSV table .* try --reader ravdess or --reader rml"),
    ],
)
def test_a_reader_that_finds_nothing_is_a_problem(tmp_path, names, sentence):
    touch(tmp_path, SPOKEN, RML)
    with pytest.raises(Problem, match=sentence):
        read_corpora([tmp_path], names)


def test_a_root_in_vain_is_a_problem(tmp_path):
    one, other = touch(tmp_path / "one", SPOKEN, RML), touch(tmp_path / "two", SAVEE)
    with pytest.raises(Problem, match=r"of ravdess\+rml in .*two: .*--reader savee"):
        read_corpora([one, other], "ravdess+rml")
    with pytest.raises(Problem, match=r"of savee in .*one and .*empty: none of the 2"):
        read_corpora([one, touch(tmp_path / "empty", "x.txt")], "ravdess+savee")
    with pytest.raises(Problem, match="is not a folder"):
        read_corpora([one, tmp_path / "nowhere"], "ravdess")


def test_a_root_inside_another_is_a_problem(tmp_path):
    touch(tmp_path, SPOKEN)
    for inside in (tmp_path, tmp_path / "Actor_01"):
        with pytest.raises(Problem, match="would be read twice"):
            read_corpora([tmp_path, inside], "ravdess")


def test_a_file_of_two_corpora_is_a_problem(tmp_path):
    touch(tmp_path, "s1/DC/sa01.wav", RML)
    with pytest.raises(Problem, match=r"1 files are claimed .*s1/DC/sa01\.wav"):
        read_corpora([tmp_path], "rml+savee")


def test_a_table_may_not_take_the_ids_of_another_corpus(tmp_path):
    touch(tmp_path, RML, "x.wav")
    (tmp_path / "t.csv").write_text(
        "corpus,take,emotion,speaker,sound_file\nrml,s1-an1,anger,anna,x.wav\n"
    )
    with pytest.raises(Problem, match=r"1 takes are claimed .*rml-s1-an1"):
        read_corpora([tmp_path], "rml+csv")
