"""Look over an installation: what is there, what is not, and what to do about it."""

import difflib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.download import offline
from corpus.problem import Problem
from corpus.workers import cores
from embeddings import registry
from embeddings.devices import bfloat16_units
from embeddings.weights import location as weights
from embeddings.weights.manifest import MANIFEST
from experiments import libraries
from experiments.finding import REINSTALL, Finding
from experiments.run import artifacts_folder

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Finding", "examine", "render"]

PYTHONS = ((3, 11), (3, 13))
FREE_BYTES = 5 * 10**9
MEMORY_BYTES = 4 * 10**9
# Without these the thesis recipe cannot run.
NEEDED = ("vggish_conv", "vgg16_notop")
PROBE_SECONDS = 180.0  # the first import of TensorFlow from a slow disk takes its time

OURS = ("ARTIFACTS", "OFFLINE", "PYTHON", "TEST_DATA", "VENV", "WEIGHTS")
HONOURED = (
    "CUDA_VISIBLE_DEVICES",
    "KAGGLEHUB_CACHE",
    "KERAS_BACKEND",
    "KERAS_HOME",
    "NO_COLOR",
    "TFHUB_CACHE_DIR",
)


def examine(
    *, artifacts: Path | None = None, probe_seconds: float = PROBE_SECONDS
) -> list[Finding]:
    """Look over this installation; nothing is changed, fetched or written.

    Args:
        artifacts: The folder of outputs, if not the usual one.
        probe_seconds: How long importing TensorFlow may take; it is imported in
            another process, which a broken install cannot take this one with.
    """
    checks: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("Python", _python),
        ("packages", libraries.packages),
        ("backbones", _backbones),
        ("OpenCV", libraries.opencv),
        ("MediaPipe", libraries.mediapipe),
        ("PyAV", libraries.codecs),
        ("soundfile", libraries.sound_formats),
        ("TensorFlow", lambda: libraries.heavy(seconds=probe_seconds)),
        ("weights", _weights),
        ("artifacts", lambda: _artifacts(artifacts_folder(artifacts))),
        ("machine", _machine),
        ("environment", _environment),
    )
    findings: list[Finding] = []
    for what, check in checks:
        try:
            findings += check()
        except Exception as error:  # a broken library can raise anything on import
            why = f"{type(error).__name__}: {error}"
            findings.append(Finding(what, "missing", why, f"Reinstall: {REINSTALL}."))
    return findings


def render(findings: Sequence[Finding]) -> "Table":
    """Lay findings out as a table that fits 80 columns; remedies stand below values."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "warn": "bold yellow", "missing": "bold red"}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("state", no_wrap=True)
    table.add_column("what", max_width=20, overflow="fold")
    table.add_column("found, and what to do", overflow="fold")
    for finding in findings:
        found = Text(finding.value)
        if finding.remedy:
            found.append("\n-> ", style=styles[finding.state])
            found.append(finding.remedy, style="italic")
        state = Text(finding.state, style=styles[finding.state])
        table.add_row(state, Text(finding.what), found)
    return table


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    low, high = PYTHONS
    if low <= sys.version_info[:2] <= high:
        yield Finding("Python", "ok", f"{version} ({sys.executable})")
    else:
        yield Finding(
            "Python",
            "warn",
            f"{version} ({sys.executable})",
            "TensorFlow's packages are for 3.11, 3.12 and 3.13: make the environment "
            "with one of them (EMOSTACK_PYTHON=python3.12 sh scripts/test.sh).",
        )


def _backbones() -> Iterator[Finding]:
    if names := registry.names():
        yield Finding("backbones", "ok", ", ".join(names))
    else:
        yield Finding(
            "backbones", "missing", "none registered", f"Install them: {REINSTALL}."
        )


def _weights() -> Iterator[Finding]:
    others = []
    for name, entry in MANIFEST.items():
        path = weights.find(name)
        what = f"weights {name}"
        if path is not None:
            try:
                verified = weights.locate(name, path).record.verified
            except Problem as problem:
                yield Finding(what, "warn", f"{path} cannot be used", str(problem))
            else:
                yield Finding(what, "ok", f"{path} ({verified})")
        elif name in NEEDED:
            first = "Put" if offline() else "Fetched at first use; or put"
            yield Finding(
                what,
                "missing",
                f"{entry.title}: not on this machine",
                f"{first} {entry.urls[0]} into {artifacts_folder() / 'weights'} by "
                f"hand, or name a file by `--weights PATH`.",
            )
        else:
            others.append(name)
    if others:
        yield Finding(
            "other weights",
            "ok",
            f"{len(others)} that the thesis does not need are not on this machine "
            f"(`emostack weights list` names them)",
        )


def _artifacts(folder: Path) -> Iterator[Finding]:
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    another = "name another folder in EMOSTACK_ARTIFACTS"
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        made = "" if folder.exists() else ", will be made"
        yield Finding("artifacts", "ok", f"{folder} can be written{made}")
    else:
        yield Finding(
            "artifacts",
            "missing",
            f"{folder} cannot be written",
            f"Make {there} a folder that you may write, or {another}.",
        )
    free = shutil.disk_usage(there).free
    if free >= FREE_BYTES:
        yield Finding("disk", "ok", f"{_gigabytes(free)} free")
    else:
        yield Finding(
            "disk",
            "warn",
            f"{_gigabytes(free)} free",
            f"Make room (artifacts/README.md says what may go), or {another}.",
        )


def _machine() -> Iterator[Finding]:
    yield Finding("cores", "ok", str(cores()))
    yield _switches()
    if not hasattr(os, "sysconf"):
        return
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if memory >= MEMORY_BYTES:
        yield Finding("memory", "ok", _gigabytes(memory))
    else:
        yield Finding(
            "memory", "warn", _gigabytes(memory), "Extract with `--workers 1`."
        )


def _switches() -> Finding:
    """Say which fast switches this processor has units for."""
    units, what = bfloat16_units(), "switches of speed"
    others = "track, luma, resampler=soxr and stored=float16 gain on any machine"
    if units:
        more = "" if units == "AMX" else " (VGG networks stay as fast in float32)"
        return Finding(
            what,
            "ok",
            f"{units}: `--fast`, or `--set precision=mixed_bfloat16` alone{more}; "
            f"{others}",
        )
    if units is None:
        return Finding(
            what,
            "ok",
            f"this system does not tell whether it has bfloat16 units: try `--fast` "
            f"with and without `--set precision=float32`; {others}",
        )
    return Finding(
        what,
        "ok",
        f"no bfloat16 units: `--fast`, without a GPU for networks other than VGG's "
        f"with `--set precision=float32`; {others}",
    )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _environment() -> Iterator[Finding]:
    prefix = "EMOSTACK_"
    for name, value in sorted(os.environ.items()):
        ours = name.startswith(prefix)
        if ours and name.removeprefix(prefix) not in OURS:
            known = [prefix + one for one in OURS]
            near = difflib.get_close_matches(name, known, n=1) or known
            yield Finding(
                name, "warn", f"{value} (unknown)", f"Perhaps {' or '.join(near)}?"
            )
        elif ours or name in HONOURED:
            yield Finding(name, "ok", value or "(empty)")
