"""CONTRIBUTING's example of a backbone, as a stranger's package would bring it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
POINTS = re.compile(r"```ini\n\[options.entry_points\]\n(.*?) =\n(.*?)```", re.DOTALL)


@pytest.fixture
def stranger(tmp_path):
    """A folder on the path that holds the example as an installed package."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    (tmp_path / "loudness.py").write_text(code)
    group, line = POINTS.search(page).groups()
    package = tmp_path / "loudness-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Name: loudness\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(f"[{group}]\n{line.strip()}\n")
    return tmp_path


def test_the_example_is_short(stranger):
    lines = (stranger / "loudness.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 25


def test_the_contract_battery_covers_it(stranger):
    words = ["-q", "-p", "no:cacheprovider", "-k", "loudness", "tests/test_registry.py"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(stranger)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout
