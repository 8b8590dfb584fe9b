import pytest
from takes import ravdess_index

from corpus.splits import Split
from scripts.command import main


@pytest.fixture
def index(tmp_path):
    ravdess_index().write(tmp_path / "index")
    return tmp_path / "index"


def split(index, *options):
    out = index.parent / "split.csv"
    code = main(["split", "--index", str(index), "--out", str(out), *options])
    return code, out


def test_folds_are_written_and_what_they_share_is_said(index, capsys):
    code, out = split(index, "--protocol", "speaker_folds:4", "--strict")
    assert code == 0
    said = capsys.readouterr().out
    assert "speaker_folds:4, 4 folds, base 624, stack 312, test 312" in said
    assert "kept apart: speakers, identical sound" in said
    assert len(Split.read(out).folds) == 4


def test_strict_writes_no_split_that_tests_a_copy(index, capsys):
    options = ("--ignore-identical-sound", "--seed", "3", "--strict")
    code, out = split(index, *options)
    assert code == 4
    assert not out.exists()
    said = capsys.readouterr().err
    assert "was not written, for --strict" in said
    assert "1 of 312 takes of test sound exactly like a take of stack" in said
    assert split(index, *options[:-1])[0] == 0


def test_what_is_no_protocol_is_wrong_usage(index, capsys):
    for text in ("nix", "speaker_folds:0", "group"):
        with pytest.raises(SystemExit) as stop:
            split(index, "--protocol", text)
        assert stop.value.code == 2
        assert "--protocol" in capsys.readouterr().err
    code, _ = split(index, "--protocol", "speakers:8-8")
    assert code == 4
    assert "this corpus has 24" in capsys.readouterr().err
