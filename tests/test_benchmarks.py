"""Benchmarks compare the same work and say what they measured; no time is judged."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from talking_heads import pictures, write_clip

from visual_features.frames import at_rate

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks are not installed

from benchmarks.appendix import read, resize, write_jpgs  # noqa: E402
from benchmarks.deviation import cosines, overlaps  # noqa: E402
from benchmarks.floor import decoded  # noqa: E402
from benchmarks.peers import Absent, Peer  # noqa: E402
from benchmarks.report import markdown, targets  # noqa: E402


def test_the_appendix_shows_the_frames_that_ours_index(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", pictures(10))
    folder = tmp_path / "jpgs"
    folder.mkdir()
    write_jpgs(clip, folder)
    wanted = at_rate(np.arange(10) / 30, fps=45.0)
    assert len(list(folder.glob("*.jpg"))) == len(wanted)
    resize(folder)
    frames = read(folder)
    assert frames.shape == (len(wanted), 48, 48, 3)
    assert 0 <= frames.min() < frames.max() <= 1
    # A frame that is shown twice is the same twice, and another is not.
    repeated = np.flatnonzero(np.diff(wanted) == 0)
    moved = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    assert moved[repeated].max() < np.delete(moved, repeated).min()
    assert decoded(clip) == 10


@pytest.mark.data
def test_the_appendix_has_147_pictures_of_the_original(real_data, tmp_path):
    (clip,) = (real_data / "ravdess_originals").glob("01-*.mp4")
    write_jpgs(clip, tmp_path)
    golden = json.loads((real_data / "golden" / "frames_45fps.json").read_text())
    counts = [len(value) for value in golden.values() if isinstance(value, list)]
    assert len(list(tmp_path.glob("*.jpg"))) == 147 and 147 in counts


def test_overlaps_and_cosines():
    boxes = [(0, 0, 10, 10), (0, 0, 10, 10), (0, 0, 0, 0)]
    others = [(0, 0, 10, 10), (5, 0, 10, 10), (0, 0, 0, 0)]
    np.testing.assert_allclose(overlaps(boxes, others), [1, 1 / 3, 1])
    rows = np.array([[1.0, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(cosines(rows, rows[:, ::-1]), [0, 1])


def test_a_peer_that_cannot_be_had_says_why(tmp_path):
    with pytest.raises(Absent, match=r"fer: .* cannot be run"):
        Peer("fer", tmp_path / "none")
    with pytest.raises(Absent, match="nobody: KeyError"):
        Peer("nobody")


def test_targets_are_judged_by_ratios_of_one_run():
    ratio = {"wall": [1.5, 2.0, 2.5], "cpu": [2.0, 2.0, 2.0]}
    one = {
        "modality": "visual",
        "material": "original",
        "seconds": {"ours, --fast": {}},
        "ratios": {"ours, exact": ratio, "ours, --fast": ratio},
        "to the floor": {"wall": [0.5, 0.625, 0.8], "cpu": [0.5, 0.5, 0.5]},
        "to peers": {"fer 1, against ours, --fast": ratio},
    }
    rows = {(row["way"], row["against"]): row["ratio"]["wall"] for row in targets(one)}
    assert rows["ours, exact", "appendix"] == [1.5, 2.0, 2.5]
    assert rows["ours, --fast", "fer"] == [1.5, 2.0, 2.5]
    assert rows["ours, --fast", "the floor"] == [0.5, 0.625, 0.8]
    assert targets({**one, "material": "made-up"}) == []


@pytest.mark.slow
def test_a_quick_run_says_all(tmp_path):
    words = ["-m", "benchmarks", "--quick", "--only", "visual", "--out", str(tmp_path)]
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, timeout=900)
    found = json.loads((tmp_path / "benchmarks.json").read_text())
    (one,) = found["comparisons"]
    assert one["seconds"].keys() >= {"appendix", "ours, exact", "ours, --fast"}
    assert one["deviation"]["ours, exact"]["cosine"] == pytest.approx(1.0)
    assert found["peaks"]["float32"] > 1e9
    page = (tmp_path / "benchmarks.md").read_text()
    assert page == "\n".join(markdown(found)) + "\n"
    assert "| ours, --fast |" in page
