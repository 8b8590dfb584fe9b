import builtins
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from corpus.problem import Problem
from visual_features import landmarker
from visual_features.landmarker import MEMBERS, NOWHERE, Landmarker, check_task

CROPS = np.zeros((2, 8, 8, 3), np.uint8)
TASK = "face_landmarker_v2_with_blendshapes.task"


def write_task(path, members=MEMBERS):
    """A file laid out like a task's, with nothing of use in it."""
    with zipfile.ZipFile(path, "w") as task:
        for name in members:
            task.writestr(name, name.encode() * 50)
    return path


def test_a_whole_file_passes(tmp_path):
    check_task(write_task(tmp_path / "face.task"))


def test_the_real_file_passes(real_data):
    check_task(real_data / "pretrained" / TASK)


def test_a_landmarker_without_blendshapes_is_refused(tmp_path):
    path = write_task(tmp_path / "face.task", MEMBERS[:-1])
    with pytest.raises(Problem, match=r"face\.task holds no face_blendshapes\.tflite"):
        check_task(path)


def test_a_changed_byte_names_the_part(tmp_path):
    path = write_task(tmp_path / "face.task")
    data = bytearray(path.read_bytes())
    data[data.index(MEMBERS[1].encode() * 3)] ^= 1
    path.write_bytes(data)
    with pytest.raises(Problem, match=f"is damaged in its part {MEMBERS[1]}"):
        check_task(path)


def test_every_truncation_and_what_is_no_archive_is_one_sentence(tmp_path):
    data = write_task(tmp_path / "face.task").read_bytes()
    path = tmp_path / "short.task"
    for cut in [*(data[:length] for length in range(0, len(data), 101)), b"<html>"]:
        path.write_bytes(cut)
        with pytest.raises(Problem, match=r"short\.task is no .* weights fetch"):
            check_task(path)


@pytest.mark.parametrize(
    "error, sentence",
    [
        (
            ModuleNotFoundError("No module named 'mediapipe'", name="mediapipe"),
            r"need mediapipe, .* run `pip install emostack\[blendshapes\]`",
        ),
        (ImportError("libGL.so.1: no such file"), "libGL.*apt-get install"),
        (OSError("libEGL.so.1: no such file"), "libEGL.*apt-get install"),
    ],
)
def test_without_mediapipe_a_sentence_says_what_to_install(
    monkeypatch, error, sentence
):
    original = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.split(".")[0] == "mediapipe":
            raise error
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(Problem, match=sentence):
        Landmarker(path=Path("face.task"))(CROPS, np.arange(2.0))


@pytest.mark.parametrize("forbidden", ["1", "0"])
def test_where_the_net_is_forbidden_its_statistics_go_nowhere(monkeypatch, forbidden):
    monkeypatch.setenv("EMOSTACK_OFFLINE", forbidden)
    monkeypatch.setenv("https_proxy", "http://proxy.example.org")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org")
    monkeypatch.setenv("no_proxy", "*")
    landmarker._keep_off_the_net()
    if forbidden == "1":
        assert os.environ["https_proxy"] == os.environ["HTTPS_PROXY"] == NOWHERE
        assert "no_proxy" not in os.environ
    else:
        assert os.environ["https_proxy"] == "http://proxy.example.org"
        assert os.environ["no_proxy"] == "*"


def test_its_talk_is_dropped_and_ours_is_not(capfd):
    with landmarker._silence():
        os.write(2, b"W0000 talk\n")
    os.write(2, b"ours\n")
    with pytest.raises(KeyError), landmarker._silence():
        raise KeyError
    print("still ours", file=sys.stderr)
    assert capfd.readouterr().err == "ours\nstill ours\n"


def test_a_file_with_nothing_in_it_is_one_sentence(tmp_path):
    pytest.importorskip("mediapipe")
    broken = Landmarker(path=write_task(tmp_path / "face.task"))
    with pytest.raises(Problem, match=r"MediaPipe .* cannot open .*face\.task"):
        broken(CROPS, np.arange(2.0))


def test_frames_of_one_moment_go_through_video(real_data):
    pytest.importorskip("mediapipe")
    video = Landmarker(path=real_data / "pretrained" / TASK, mode="video")
    scores, found = pickle.loads(pickle.dumps(video))(CROPS, np.zeros(2))
    assert scores.shape == (2, 52) and scores.dtype == np.float32
    assert not found.any() and not scores.any()


def test_it_says_nothing_and_imports_no_keras(real_data):
    pytest.importorskip("mediapipe")
    code = (
        "import sys, pathlib, numpy as np\n"
        "from visual_features.landmarker import Landmarker\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "Landmarker(path=path)(np.zeros((1, 64, 64, 3), np.uint8), np.zeros(1))\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    task = str(real_data / "pretrained" / TASK)
    root = Path(landmarker.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, task], capture_output=True, text=True, cwd=root
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
