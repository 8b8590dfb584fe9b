"""`emostack ablate`: what it refuses, what it says, and what it ends with."""

import json

import pytest
from small_grid import SETTINGS, import_faces, make_tones

from scripts.command import main
from scripts.options import names, weights_of


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("ablate")
    make_tones(root / "data")
    import_faces(root / "data", root / "artifacts")
    return root


def words(root, *more, out="run"):
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    options = ["--data", root / "data", "--artifacts", root / "artifacts"]
    return [
        str(word)
        for word in ["ablate", *options, "--out", root / out, *settings] + list(more)
    ]


def test_lists_and_weights():
    assert names("b, a,,b") == ("b", "a")
    given = ["random:0", "yamnet.audioset=y.tflite", "a/b.toml=random:1"]
    assert weights_of(given) == {
        "": "random:0",
        "yamnet.audioset": "y.tflite",
        "a/b.toml": "random:1",
    }


@pytest.mark.parametrize(
    "more, why",
    [
        ([], "give --audio or --visual"),
        (["--audio", "logmel.signal"], "Did you mean 'log_mel.signal'"),
        (["--audio", "log_mel.signal", "--heads", "svm"], "no head is called 'svm'"),
        (["--audio", "log_mel.signal", "--weights", "x.h5"], "--weights NAME=x.h5"),
        (["--visual", "drawn.faces", "--reference", "me"], "no system is called 'me'"),
        (["--audio", "log_mel.signal", "--recipe", "theses"], "Did you mean 'thesis'"),
    ],
)
def test_what_is_wrong_is_one_sentence(root, capsys, more, why):
    assert main(words(root, "--quiet", *more, out="refused")) == 4
    error = capsys.readouterr().err.strip()
    assert error.startswith("emostack: ") and "\n" not in error and why in error


def test_a_dry_run_counts_and_trains_nothing(root, capsys):
    more = ["--audio", "log_mel.signal", "--visual", "drawn.faces", "--seeds", "3"]
    more += ["--protocols", "stratified,speakers", "--heads", "dense,lstm", "--tune"]
    assert main(words(root, "--dry-run", *more, out="dry")) == 0
    said = capsys.readouterr().out
    assert "60 of 60 takes to embed" in said
    assert "12 systems, each 6 times (2 protocols, 3 seeds)" in said
    assert "24 base heads (5 to 7 trainings each, for --tune) and 24 stacked" in said
    assert not (root / "dry" / "cells").exists()


@pytest.mark.slow
def test_processes_that_train_are_quiet_and_the_table_fits(root, capfd):
    more = ["--audio", "log_mel.signal", "--visual", "drawn.faces", "--workers", "2"]
    assert main(words(root, "--quiet", *more)) == 0
    out, err = capfd.readouterr()
    assert max(map(len, out.splitlines())) <= 100
    assert "protocol stratified, 1 seed" in out and "ablation.html" in out
    assert "WARNING" not in err and "oneDNN" not in err
    found = json.loads((root / "run" / "ablation.json").read_text())
    assert len(found["systems"]) == 4
