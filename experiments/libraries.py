"""Look over the libraries: versions, whose `cv2` it is, codecs, devices."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from experiments import probe
from experiments.finding import REINSTALL, Finding

__all__ = ["codecs", "heavy", "mediapipe", "opencv", "packages", "sound_formats"]

ROOT = Path(__file__).resolve().parents[1]
PROBE = [sys.executable, "-m", probe.__name__]
DISTRIBUTION = "emostack"
# Its Python parts import without the library that they call.
LOAD_MEDIAPIPE = """
import ctypes, pathlib, mediapipe, mediapipe.tasks.python.vision
folder = pathlib.Path(mediapipe.__file__).parent / "tasks" / "c"
for library in folder.glob("libmediapipe.*"):
    ctypes.CDLL(str(library))
"""
OPENCVS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def packages() -> Iterator[Finding]:
    """Compare what is installed with what our metadata asks for; import nothing."""
    from packaging.requirements import Requirement

    try:
        ours = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        yield Finding(
            DISTRIBUTION,
            "warn",
            "not installed, so backbones cannot be looked up by name",
            f"Install it: {REINSTALL}.",
        )
        return
    yield Finding(DISTRIBUTION, "ok", ours.version)
    as_asked = []
    for requirement in map(Requirement, ours.requires or ()):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        wanted = f"{requirement.name}{requirement.specifier}"
        version = _version(requirement.name)
        if not version:
            yield Finding(
                requirement.name,
                "missing",
                "not installed",
                f"`pip install '{wanted}'`, or all at once: {REINSTALL}.",
            )
        elif requirement.specifier.contains(version, prereleases=True):
            as_asked.append(f"{requirement.name} {version}")
        else:
            yield Finding(
                requirement.name,
                "warn",
                f"{version}, but {requirement.specifier} is asked for",
                f"`pip install '{wanted}'`.",
            )
    if as_asked:
        yield Finding("packages", "ok", ", ".join(as_asked))


def opencv() -> Iterator[Finding]:
    """Find out whose `cv2` is imported: four distributions write the same folder."""
    installed = [name for name in OPENCVS if _version(name)]
    shown = ", ".join(f"{name} {_version(name)}" for name in installed)
    again = "pip install --force-reinstall --no-deps 'opencv-python-headless>=4.12,<5'"
    remedy = f"`{again}`."
    # MediaPipe insists on contrib's, and is as well with ours.
    wanted = {"opencv-contrib-python"} if _version("mediapipe") else set()
    others = [name for name in installed if name not in wanted]
    if installed and not wanted:
        remedy = f"`pip uninstall -y {' '.join(installed)}`, then {remedy}"
    if len(others) > 1:
        yield Finding(
            "OpenCV's owner",
            "warn",
            f"{shown} write the same folder cv2",
            remedy,
        )
    try:
        import cv2
    except ImportError as error:  # a cv2 with a GUI wants libGL, which servers lack
        what = f"{shown or 'not installed'}: {error}"
        yield Finding("OpenCV", "missing", what, remedy)
        return
    folder = Path(cv2.__file__).parent
    owners = [name for name in installed if _wrote(name, folder)]
    value = f"{cv2.__version__} of {' or '.join(owners) or folder}"
    if not hasattr(cv2, "CascadeClassifier"):
        yield Finding(
            "OpenCV",
            "missing",
            f"{value}: no Haar cascades (5.0 dropped them)",
            remedy,
        )
        return
    yield Finding("OpenCV", "ok", value)
    file = Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"
    if file.is_file() and not cv2.CascadeClassifier(str(file)).empty():
        yield Finding("Haar face cascade", "ok", file.name)
    else:
        yield Finding(
            "Haar face cascade",
            "missing",
            f"{file} is not there or not readable",
            f"`{again}`.",
        )


def mediapipe() -> Iterator[Finding]:
    """Load MediaPipe, where it is installed: it needs libraries that servers lack."""
    version = _version("mediapipe")
    if not version:
        return
    done = subprocess.run(
        [sys.executable, "-c", LOAD_MEDIAPIPE], capture_output=True, text=True
    )
    if done.returncode:
        why = done.stderr.strip().rpartition("\n")[2]
        yield Finding(
            "MediaPipe",
            "warn",
            f"{version}: {why}",
            "`apt-get install libegl1 libgles2 libgl1 libglib2.0-0`.",
        )
    else:
        yield Finding("MediaPipe", "ok", version)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _wrote(distribution: str, folder: Path) -> bool:
    """Whether the binary module in a folder is the one the distribution came with."""
    for file in metadata.files(distribution) or ():
        path = Path(file.locate())
        if path.suffix in {".so", ".pyd"} and path.parent == folder:
            return path.is_file() and path.stat().st_size == file.size
    return False


def codecs() -> Iterator[Finding]:
    """Look whether FFmpeg, as PyAV brings it, has the codecs that clips need."""
    import av

    lacking = []
    for codec, mode, use in (
        ("h264", "r", "reading video"),
        ("aac", "r", "the sound of video"),
        ("libx264", "w", "made-up clips"),
        ("aac", "w", "made-up clips"),
    ):
        try:
            av.codec.Codec(codec, mode)
        except ValueError:  # PyAV's UnknownCodecError is one
            lacking.append(f"{codec} ({use})")
    if lacking:
        yield Finding(
            "PyAV's codecs",
            "missing",
            f"{av.__version__} lacks {', '.join(lacking)}",
            "`pip install --force-reinstall --only-binary :all: av`: the wheels carry "
            "their own FFmpeg, a build against the system's may lack codecs.",
        )
    else:
        yield Finding(
            "PyAV's codecs", "ok", f"{av.__version__}: H.264 and AAC, both ways"
        )


def sound_formats() -> Iterator[Finding]:
    """Look whether libsndfile reads wav and flac."""
    import soundfile

    library = soundfile.__libsndfile_version__
    value = f"{soundfile.__version__} with libsndfile {library}"
    lacking = {"WAV", "FLAC"} - set(soundfile.available_formats())
    if lacking:
        yield Finding(
            "soundfile's formats",
            "missing",
            f"{value} cannot read {', '.join(sorted(lacking))}",
            "`pip install --force-reinstall soundfile`: its wheels carry libsndfile.",
        )
    else:
        yield Finding("soundfile's formats", "ok", f"{value}: WAV, FLAC")


def heavy(*, seconds: float) -> Iterator[Finding]:
    """Ask the libraries that another process imports."""
    told, end = _probe(seconds)
    reinstall = {
        "tensorflow": "`pip install --force-reinstall 'tensorflow>=2.21,<2.22'`.",
        "keras": "`pip install --force-reinstall 'keras>=3.13,<4'`.",
        "tensorflow_hub": (
            "`pip install 'setuptools<82'` (it imports pkg_resources, which 82 "
            "dropped). Weights in a SavedModel folder are read without it."
        ),
    }
    well = {name: answer for name, answer in told.items() if "error" not in answer}
    for library in probe.ANSWERS:
        if library not in well:
            state = "warn" if library == "tensorflow_hub" else "missing"
            error = told.get(library, {"error": end})["error"]
            yield Finding(f"import {library}", state, error, reinstall[library])
        if library not in told:
            break  # the process ended here; what comes after was never asked
    if "keras" in well:
        yield Finding("Keras' backend", "ok", well["keras"]["backend"])
    if "tensorflow_hub" in well:
        yield Finding("import tensorflow_hub", "ok", well["tensorflow_hub"]["version"])
    if "tensorflow" in well:
        yield _devices(well["tensorflow"])


def _devices(tensorflow: dict) -> Finding:
    if gpus := tensorflow["gpus"]:
        told = f"{len(gpus)} GPU: {', '.join(gpus)}; recent ones have tensor cores"
        return Finding("devices", "ok", f"{told}: `--set precision=mixed_bfloat16`")
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    driver = shutil.which("nvidia-smi") or Path("/proc/driver/nvidia/version").exists()
    if not driver or hidden:
        why = "CUDA_VISIBLE_DEVICES hides them" if hidden and driver else "none here"
        return Finding("devices", "ok", f"processor only (GPUs: {why})")
    why = "cannot load CUDA's libraries" if tensorflow["cuda"] else "has no CUDA in it"
    return Finding(
        "devices",
        "warn",
        f"processor only: there is an NVIDIA driver, but TensorFlow {why}",
        "`pip install -e '.[gpu]'`; see docs/gpu.md.",
    )


def _probe(seconds: float) -> tuple[dict[str, dict], str]:
    """Return what the libraries told, and how the process ended."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        ran = subprocess.run(
            PROBE,
            cwd=ROOT,
            env={**os.environ, **quiet},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
        output, end = ran.stdout, f"the import ended with exit code {ran.returncode}"
        if ran.returncode < 0:
            name = signal.Signals(-ran.returncode).name
            end = f"the import was ended by {name}"
            if name == "SIGILL":
                end += " (the processor lacks an instruction set, such as AVX)"
    except subprocess.TimeoutExpired as timeout:
        output = timeout.stdout or ""
        if isinstance(output, bytes):  # so it is on POSIX, whatever was asked for
            output = output.decode(errors="replace")
        end = f"the import did not end within {seconds:.0f} s"
    return dict(probe.answers_in(output)), end
