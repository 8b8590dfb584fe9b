"""Several processes fill one store, without a lock, and no take twice."""

import subprocess
import sys

import numpy as np
import pytest
from talking_heads import pictures, write_clip

PARTS = 4
TAKES = 10


@pytest.mark.slow
def test_four_processes_at_once_double_nothing(tmp_path):
    for number in range(1, TAKES + 1):
        clip = (
            tmp_path / "data" / f"Actor_{number:02}" / f"01-01-05-01-01-01-{number:02}"
        )
        clip.parent.mkdir(parents=True)
        write_clip(clip.with_suffix(".mp4"), pictures(4, number=number))

    def command(name, *words):
        return [sys.executable, "-m", "scripts", name, *map(str, words)]

    index = tmp_path / "index"
    subprocess.run(
        command("index", "--data", tmp_path / "data", "--out", index), check=True
    )

    def extract(artifacts, *words):
        return subprocess.Popen(
            command(
                *("extract-visual", "--index", index, "--artifacts", artifacts),
                *("--backbones", "thumbnail.pixels", "--workers", 1, *words),
            ),
            stdout=subprocess.PIPE,
            text=True,
        )

    together = [
        extract(tmp_path / "many", "--shard", f"{part}/{PARTS}")
        for part in range(PARTS)
    ]
    said = [process.communicate(timeout=300)[0] for process in together]
    assert [process.returncode for process in together] == [0] * PARTS
    embedded = [int(text.split(" embedded")[0].split()[-1]) for text in said]
    assert sum(embedded) == TAKES and max(embedded) - min(embedded) <= 1
    alone = extract(tmp_path / "one")
    assert f"{TAKES} embedded" in alone.communicate(timeout=300)[0]

    def stored(root):
        return {file.relative_to(root): file for file in sorted(root.rglob("*.npz"))}

    many, one = stored(tmp_path / "many"), stored(tmp_path / "one")
    assert many.keys() == one.keys() and not list(tmp_path.rglob("*.part"))
    for name, file in many.items():
        with np.load(file) as ours, np.load(one[name]) as theirs:
            assert ours.files == theirs.files
            for array in ours.files:
                np.testing.assert_array_equal(ours[array], theirs[array])
    again = extract(tmp_path / "many")
    assert f"{TAKES} in store, 0 embedded" in again.communicate(timeout=300)[0]
