"""Every command: help with an example, and errors told in one sentence."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from media import write_tone, write_video

from scripts.command import COMMANDS, main, run_command

ROOT = Path(__file__).resolve().parents[1]
SPEECH = "03-01-05-01-01-01-01.wav"


def refused(capsys, *argv) -> str:
    """Run a command that must stop with 4; return its one sentence."""
    assert main([str(word) for word in argv]) == 4
    error = capsys.readouterr().err.strip()
    assert error.startswith("emostack: ")
    assert "\n" not in error
    assert "Traceback" not in error
    return error


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys):
    with pytest.raises(SystemExit) as stop:
        run_command(name, ["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert f"emostack {name}" in text.split("xample")[-1]
    assert "exit codes: 0 done" in text
    assert "Args:" not in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_also_a_script_and_a_module(name):
    file = ROOT / "scripts" / f"{name.replace('-', '_')}.py"
    assert f'run_command("{name}")' in file.read_text()


def test_the_three_ways_to_call_a_command_agree():
    ways = (
        [str(Path(sys.executable).with_name("emostack")), "split"],
        [sys.executable, "-m", "scripts", "split"],
        [sys.executable, "scripts/split.py"],
    )
    texts = {
        subprocess.run(
            [*way, "--help"], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
        for way in ways
    }
    assert len(texts) == 1


def test_without_a_command_all_are_listed(capsys):
    assert main([]) == 2
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)
    with pytest.raises(SystemExit) as stop:
        main(["embed"])
    assert stop.value.code == 2


def test_index_and_split_from_the_command_line(tmp_path, capsys):
    for actor in range(1, 5):
        for repetition in ("01", "02"):
            for emotion in ("03", "05"):
                name = f"03-01-{emotion}-01-01-{repetition}-{actor:02}.wav"
                write_tone(tmp_path / "data" / name, seconds=0.1, hertz=100 * actor)
    index, split = tmp_path / "index", tmp_path / "split.csv"
    assert main(["index", "--data", str(tmp_path / "data"), "--out", str(index)]) == 0
    assert "16 takes, 4 speakers" in capsys.readouterr().out
    argv = ["split", "--index", str(index), "--out", str(split)]
    assert main(argv) == 0
    assert "base 8, " in capsys.readouterr().out
    assert "a split is made once" in refused(capsys, *argv)


def test_one_unreadable_file_does_not_stop_the_index(tmp_path, capsys):
    write_tone(tmp_path / SPEECH)
    (tmp_path / "03-01-06-01-01-01-01.wav").write_bytes(b"")
    out = tmp_path / "index"
    assert main(["index", "--data", str(tmp_path), "--out", str(out)]) == 3
    assert "03-01-06-01-01-01-01.wav is empty" in capsys.readouterr().out


def test_bad_folders_are_one_sentence(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    out = tmp_path / "out"
    for data, sentence in (
        (tmp_path / "nowhere", "is not a folder"),
        (tmp_path / "empty", "holds no media file"),
    ):
        assert sentence in refused(capsys, "index", "--data", data, "--out", out)
        words = ("reproduce", "--recipe", "thesis", "--data", data, "--out", out)
        assert sentence in refused(capsys, *words, "--weights", "random:0")
    assert "holds no index" in refused(
        capsys, "split", "--index", out / "x", "--out", tmp_path / "s.csv"
    )
    for command in ("train-stack", "evaluate", "report"):
        assert main([command, "--run", str(tmp_path / "empty")]) == 4
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_sentence(tmp_path, capsys):
    write_tone(tmp_path / "data" / SPEECH)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    said = refused(capsys, "index", "--data", tmp_path / "data", "--out", closed / "i")
    assert "cannot be written" in said


def test_a_file_where_a_folder_is_needed_is_one_sentence(tmp_path, capsys):
    write_tone(tmp_path / "data" / SPEECH)
    file = tmp_path / "file"
    file.write_text("")
    words = ("index", "--data", tmp_path / "data", "--out")
    for out in (file, file / "x"):
        assert f"{out} cannot be used" in refused(capsys, *words, out)
    words = (*words, tmp_path / "i", "--log-file")
    assert "cannot be used" in refused(capsys, *words, file / "x.log")
    assert "cannot be used" in refused(capsys, *words, tmp_path)
    words = ("fetch", "ravdess", "--data", file, "--dry-run")
    assert "cannot be used" in refused(capsys, *words)


def test_the_log_file_has_what_was_said(tmp_path, capsys):
    write_tone(tmp_path / "data" / SPEECH)
    (tmp_path / "data" / "03-01-06-01-01-01-01.wav").write_bytes(b"")
    log = tmp_path / "logs" / "index.log"
    words = ["index", "--data", str(tmp_path / "data"), "--log-file", str(log)]
    assert main([*words, "--out", str(tmp_path / "i")]) == 3
    text = log.read_text()
    assert "emostack index --data" in text
    assert "03-01-06-01-01-01-01.wav is empty" in text
    assert "ended with exit code 3" in text
    said = refused(capsys, *words, "--reader", "nix", "--out", tmp_path / "i")
    assert said in log.read_text()


def test_a_reader_of_the_output_that_leaves_ends_no_work(tmp_path):
    write_tone(tmp_path / "data" / SPEECH)
    words = f"index --data {tmp_path / 'data'} --out {tmp_path / 'index'}"
    code = f"{sys.executable} -m scripts {words} | :; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "index" / "takes.csv").is_file()


def test_a_damaged_index_is_one_sentence_and_is_made_again(tmp_path, capsys):
    write_tone(tmp_path / "data" / SPEECH)
    index = tmp_path / "index"
    make = ["index", "--data", str(tmp_path / "data"), "--out", str(index)]
    for name, text in (
        ("index.json", "{"),
        ("index.json", "{}"),
        ("takes.csv", "take,corpus\n1,2\n"),
        ("takes.csv", '"'),
    ):
        assert main(make) == 0
        (index / name).write_text(text)
        said = refused(capsys, "split", "--index", index, "--out", tmp_path / "s.csv")
        assert name in said
    (index / "files.csv").write_bytes(b"\xff\x00")
    assert main(make) == 0


def test_a_closed_disk_is_one_sentence(tmp_path, capsys, monkeypatch):
    import corpus.files

    write_tone(tmp_path / "data" / SPEECH)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(corpus.files.os, "fsync", full)
    words = ("index", "--data", tmp_path / "data", "--out", tmp_path / "index")
    said = refused(capsys, *words)
    assert f"the disk is full ({tmp_path / 'index' / 'files.csv'})" in said
    assert not list((tmp_path / "index").iterdir())

    def readonly(descriptor):
        raise OSError(30, "Read-only file system", "index.csv")

    monkeypatch.setattr(corpus.files.os, "fsync", readonly)
    assert "cannot be written (read-only file system)" in refused(capsys, *words)


def test_extraction_lists_what_fails_and_does_the_rest(tmp_path, capsys):
    data, index = tmp_path / "data", tmp_path / "index"
    for take in ("05-01-01-01-01", "05-01-01-02-01", "03-01-01-01-01"):
        write_video(data / f"01-01-{take}.mp4")
    assert main(["index", "--data", str(data), "--out", str(index)]) == 0
    broken = data / "01-01-03-01-01-01-01.mp4"
    broken.write_bytes(broken.read_bytes()[:2000])
    words = ["extract-visual", "--index", str(index), "--workers", "1"]
    words += ["--weights", "random:0", "--artifacts", str(tmp_path / "art")]
    assert main([*words, "--set", "no_face=full_frame"]) == 3
    text = capsys.readouterr().out
    assert "2 embedded, 1 failed" in text
    assert f"{broken} is truncated" in text
    # No face in a drifting pattern: what stands for one must be chosen.
    assert main(words) == 3
    assert "shows no face in any of its 12 frames" in capsys.readouterr().out


def test_missing_and_wrong_weights_are_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    monkeypatch.setenv("EMOSTACK_ARTIFACTS", str(tmp_path / "none"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    data, index = tmp_path / "data", tmp_path / "index"
    write_video(data / "01-01-05-01-01-01-01.mp4")
    main(["index", "--data", str(data), "--out", str(index)])
    capsys.readouterr()
    said = refused(capsys, "extract-visual", "--index", index)
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in said
    assert "random:0" in said
    page = tmp_path / "weights.h5"
    page.write_text("<!DOCTYPE html><html>Sign in to the proxy</html>")
    for command in ("extract-visual", "extract-audio"):
        said = refused(capsys, command, "--index", index, "--weights", page)
        assert str(page) in said
        assert "web page" in said
    assert not list((tmp_path / "none").rglob("*.npz"))


def test_wrong_backbones_and_settings_are_one_sentence(tmp_path, capsys):
    write_tone(tmp_path / "data" / SPEECH)
    index = tmp_path / "index"
    main(["index", "--data", str(tmp_path / "data"), "--out", str(index)])
    capsys.readouterr()
    words = ("extract-audio", "--index", index, "--weights", "random:0")
    said = refused(capsys, *words, "--backbones", "vggish.audiset")
    assert "Did you mean 'vggish.audioset'" in said
    said = refused(capsys, *words, "--backbones", "vgg16.imagenet")
    assert "cannot be the audio branch's backbone" in said
    assert "no setting 'pool'" in refused(capsys, *words, "--set", "pool=max")
    said = refused(capsys, *words, "--set", "seconds=x")
    assert "needs a number or nothing as seconds" in said
    assert "batch is 0" in refused(capsys, *words, "--set", "batch=0")


def test_a_dry_run_writes_nothing(tmp_path, capsys):
    write_tone(tmp_path / "data" / SPEECH)
    words = ["reproduce", "--recipe", "thesis", "--modalities", "audio", "--dry-run"]
    words += ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "run")]
    words += ["--weights", "random:0", "--artifacts", str(tmp_path / "art")]
    assert main(words) == 0
    assert "1 of 1 takes to embed" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_an_interrupted_command_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def interrupt(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("scripts.index.index_takes", interrupt)
    assert main(["index", "--data", str(tmp_path), "--out", str(tmp_path)]) == 130
    assert "run the same command again" in capsys.readouterr().err


def test_weights_of_one_backbone_among_several(small, tmp_path, capsys):
    root, _ = small
    words = ["extract-audio", "--index", root / "run" / "index", "--limit", "2"]
    words += ["--artifacts", tmp_path, "--backbones", "vggish.audioset,mfcc13.signal"]
    assert main([*map(str, words), "--weights", "vggish.audioset=random:3"]) == 0
    assert "weights random:3 (random)" in capsys.readouterr().out
    assert main([*map(str, words), "--weights", "yamnet.audioset=random:3"]) == 4
    assert "which is none of the backbones" in capsys.readouterr().err


def test_two_runs_stand_on_one_page(small, tmp_path, capsys):
    root, _ = small
    run, out = str(root / "run"), tmp_path / "both.html"
    other = str(shutil.copytree(run, tmp_path / "other"))
    assert main(["report", "--run", run, other, "--out", str(out)]) == 0
    assert "stacked" in out.read_text()
    assert main(["report", "--run", run, "--out", str(out)]) == 4
    assert "name more runs" in capsys.readouterr().err
