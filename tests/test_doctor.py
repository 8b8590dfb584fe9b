import io
import re
import subprocess
import sys
import types

import pytest
from rich.console import Console

from embeddings.weights.manifest import MANIFEST
from experiments import doctor, libraries, probe
from experiments.doctor import Finding, examine, render

BARE = (
    "EMOSTACK_WEIGHTS",
    "EMOSTACK_ARTIFACTS",
    "KERAS_HOME",
    "TFHUB_CACHE_DIR",
    "KAGGLEHUB_CACHE",
)


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """One whole examination of a machine without any weights."""
    with pytest.MonkeyPatch.context() as patch:
        for name in BARE:
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        patch.delenv("EMOSTACK_OFFLINE", raising=False)
        return examine()


def by_what(findings):
    return {finding.what: finding for finding in findings}


def states(findings):
    return {finding.what: finding.state for finding in findings}


def says(answers, *, then="pass"):
    """A process that answers for the libraries, and then does something else."""
    lines = [f"print({probe.MARK + answer!r}, flush=True)" for answer in answers]
    return [sys.executable, "-c", "\n".join(["print('noise')", *lines, then])]


WELL = [
    '["tensorflow", {"version": "2.21.0", "cuda": false, "gpus": []}]',
    '["keras", {"version": "3.15.1", "backend": "tensorflow"}]',
    '["tensorflow_hub", {"version": "0.16.1"}]',
]


def test_this_installation_is_well_but_for_weights(findings):
    seen = states(findings)
    for what in ("Python", "emostack", "packages", "backbones", "OpenCV"):
        assert seen[what] == "ok", by_what(findings)[what]
    for what in ("Haar face cascade", "PyAV's codecs", "soundfile's formats"):
        assert seen[what] == "ok", by_what(findings)[what]
    assert seen["import tensorflow_hub"] == seen["Keras' backend"] == "ok"
    assert "devices" in seen
    lacking = [one for one in findings if one.what.startswith("weights ")]
    assert {one.state for one in lacking} == {"missing"}
    assert [one.what.removeprefix("weights ") for one in lacking] == [*doctor.NEEDED]
    assert all("https://" in one.remedy for one in lacking)
    others = len(MANIFEST) - len(doctor.NEEDED)
    assert (
        f"{others} that the thesis does not need"
        in by_what(findings)["other weights"].value
    )


def test_it_fits_80_columns_and_loses_nothing(findings):
    console = Console(width=80, file=io.StringIO(), color_system=None)
    console.print(render([*findings, Finding("x" * 50, "warn", "y " * 99, "z" * 200)]))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    # The last column, without its line breaks.
    start = lines[1].index("found")
    text = "".join("".join(line[start:].split()) for line in lines)
    for finding in findings:
        assert "".join(finding.value.split()) in text
        assert "".join(finding.remedy.split()) in text


@pytest.mark.parametrize("state, remedy", [("ok", "do this"), ("warn", "")])
def test_a_remedy_comes_exactly_with_what_is_not_well(state, remedy):
    with pytest.raises(ValueError, match="remedy"):
        Finding("what", state, "value", remedy)


def test_no_heavy_library_is_imported_here():
    code = (
        "import sys, experiments.doctor as d, experiments.libraries as l;"
        "list(l.packages()), list(l.codecs());"
        "print({'tensorflow', 'keras', 'h5py'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=libraries.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "answers, then, seconds, what, why",
    [
        ([], "os.kill(os.getpid(), signal.SIGILL)", 60, "tensorflow", "SIGILL .* AVX"),
        (WELL[:1], "raise SystemExit(7)", 60, "keras", "exit code 7"),
        (WELL[:2], "time.sleep(60)", 2, "tensorflow_hub", "did not end within 2 s"),
    ],
)
def test_an_import_that_kills_or_hangs_is_survived(
    monkeypatch, answers, then, seconds, what, why
):
    then = f"import os, signal, time; {then}"
    monkeypatch.setattr(libraries, "PROBE", says(answers, then=then))
    first, *_ = libraries.heavy(seconds=seconds)
    assert first.what == f"import {what}"
    assert first.state != "ok"
    assert re.search(why, first.value)


def test_the_pkg_resources_trap_is_named(monkeypatch):
    trap = "ModuleNotFoundError: No module named 'pkg_resources'"
    broken = f'["tensorflow_hub", {{"error": "{trap}"}}]'
    monkeypatch.setattr(libraries, "PROBE", says([*WELL[:2], broken]))
    hub = by_what(libraries.heavy(seconds=20))["import tensorflow_hub"]
    assert (hub.state, hub.value) == ("warn", trap)
    assert "setuptools<82" in hub.remedy


def test_a_gpu_that_tensorflow_cannot_use_is_noticed(monkeypatch):
    monkeypatch.setattr(libraries, "PROBE", says(WELL))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(libraries.shutil, "which", lambda _: "/usr/bin/nvidia-smi")
    devices = by_what(libraries.heavy(seconds=20))["devices"]
    assert devices.state == "warn"
    assert ".[gpu]" in devices.remedy
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert by_what(libraries.heavy(seconds=20))["devices"].state == "ok"


def test_two_opencv_in_one_folder_are_noticed(monkeypatch):
    real = libraries._version
    fake = {"opencv-contrib-python": "4.14.0.1"}
    monkeypatch.setattr(libraries, "_version", lambda name: fake.get(name, real(name)))
    monkeypatch.setattr(libraries, "_wrote", lambda name, _: "contrib" in name)
    seen = by_what(libraries.opencv())
    assert seen["OpenCV's owner"].state == "warn"
    assert "pip uninstall -y opencv-python-headless opencv-contrib-python" in (
        seen["OpenCV's owner"].remedy
    )
    assert seen["OpenCV"].value.endswith("of opencv-contrib-python")


def test_an_opencv_without_cascades_or_without_libgl_is_told(monkeypatch):
    five = types.SimpleNamespace(__version__="5.0.0", __file__="/cv2/__init__.py")
    monkeypatch.setitem(sys.modules, "cv2", five)
    assert by_what(libraries.opencv())["OpenCV"].state == "missing"
    monkeypatch.setitem(sys.modules, "cv2", None)  # import raises ImportError
    (broken,) = libraries.opencv()
    assert broken.state == "missing"
    assert "opencv-python-headless>=4.12,<5" in broken.remedy


def test_missing_codecs_are_named_with_their_use(monkeypatch):
    import av

    real = av.codec.Codec

    def without_h264(name, mode):
        if name == "h264":
            raise ValueError(name)
        return real(name, mode)

    monkeypatch.setattr(av.codec, "Codec", without_h264)
    (finding,) = libraries.codecs()
    assert finding.state == "missing"
    assert "h264 (reading video)" in finding.value


def test_missing_and_old_packages_are_told(monkeypatch):
    real = libraries._version
    fake = {"pandas": "", "numpy": "1.26.4"}
    monkeypatch.setattr(libraries, "_version", lambda name: fake.get(name, real(name)))
    seen = by_what(libraries.packages())
    assert seen["pandas"].state == "missing"
    assert seen["numpy"].state == "warn"
    assert ">=2.1" in seen["numpy"].remedy
    assert "numpy" not in seen["packages"].value


def test_weights_are_looked_at(monkeypatch, tmp_path):
    for name in BARE:
        monkeypatch.setenv(name, str(tmp_path))
    entry = MANIFEST["vgg16_notop"]
    (tmp_path / entry.file).write_text("<!DOCTYPE html><html>not found</html>")
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    seen = by_what(doctor._weights())
    assert seen["weights vgg16_notop"].state == "warn"
    assert entry.file in seen["weights vgg16_notop"].remedy
    lacking = [one for one in seen.values() if one.state == "missing"]
    assert lacking
    assert all(one.remedy.startswith("Put ") for one in lacking)


def test_a_folder_that_cannot_be_written_and_a_full_disk(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    usage = doctor.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(
        doctor.shutil, "disk_usage", lambda _: usage._replace(free=10**9)
    )
    seen = by_what(doctor._artifacts(tmp_path / "file" / "artifacts"))
    assert states(seen.values()) == {"artifacts": "missing", "disk": "warn"}
    assert by_what(doctor._artifacts(tmp_path / "new"))["artifacts"].state == "ok"
    assert not (tmp_path / "new").exists()


def test_variables_are_listed_and_misspelt_ones_told(monkeypatch):
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    monkeypatch.setenv("EMOSTACK_ARTEFACTS", "/data")
    seen = by_what(doctor._environment())
    assert seen["EMOSTACK_OFFLINE"].state == "ok"
    assert "EMOSTACK_ARTIFACTS" in seen["EMOSTACK_ARTEFACTS"].remedy


def test_a_check_that_breaks_ends_only_itself(monkeypatch):
    def broken():
        yield Finding("half", "ok", "done")
        raise OSError("libsndfile not found")

    monkeypatch.setattr(libraries, "PROBE", says(WELL))
    monkeypatch.setattr(libraries, "sound_formats", broken)
    seen = by_what(examine())
    assert seen["soundfile"].state == "missing"
    assert "libsndfile not found" in seen["soundfile"].value
    assert {"half", "disk", "cores"} <= set(seen)


def test_mediapipe_is_loaded_where_it_is_installed(monkeypatch):
    versions = {}
    monkeypatch.setattr(libraries, "_version", lambda name: versions.get(name, ""))
    assert list(libraries.mediapipe()) == []  # an extra, and not a default one
    versions["mediapipe"] = "1.2.2"
    lacking = "raise OSError('libEGL.so.1: cannot open shared object file')"
    monkeypatch.setattr(libraries, "LOAD_MEDIAPIPE", lacking)
    (broken,) = libraries.mediapipe()
    assert broken.state == "warn"
    assert "libEGL.so.1" in broken.value
    assert "libegl1" in broken.remedy
    monkeypatch.setattr(libraries, "LOAD_MEDIAPIPE", "")
    assert [one.state for one in libraries.mediapipe()] == ["ok"]
