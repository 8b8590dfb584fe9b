"""The extraction loop on real files and real worker processes, with a tiny backbone."""

import dataclasses
import errno
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from media import write_tone
from tiny_backbone import TinyEars, die

from corpus.files import sha256
from corpus.problem import Problem
from corpus.sound import read_waveform
from embeddings.extract import extract, shard
from embeddings.store import Source, Store
from vggish_features.examples import prepare_sound

ROOT = Path(__file__).resolve().parents[1]


def make_sources(folder, count=7, **tone):
    sources = []
    for number in range(count):
        seconds = 0.2 + 0.13 * number
        file = write_tone(
            folder / f"t{number}.wav",
            **{"seconds": seconds, "hertz": 200 + number, **tone},
        )
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        sources.append(
            Source(take=f"take-{number}", corpus="mine", file=file, sha256=sha256)
        )
    return sources


def run(sources, root, *backbones, **options):
    backbones = backbones or (TinyEars(),)
    stores = [Store(root, backbone.spec) for backbone in backbones]
    options = {"workers": 0, **options}
    return extract(sources, backbones, stores, prepare_sound, **options), stores


def contents(root):
    return {
        path.relative_to(root): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("workers", [0, 2])
def test_each_take_gets_its_own_rows(tmp_path, workers):
    sources = make_sources(tmp_path / "data")
    outcome, (store,) = run(sources, tmp_path / "out", workers=workers)
    assert (outcome.stored, outcome.embedded, outcome.failed) == (0, 7, [])
    backbone = TinyEars()
    for source in sources:
        examples = backbone.prepare(read_waveform(source.file))
        read = store.read(source)
        np.testing.assert_array_equal(read.array, backbone.rows(examples.array))
        np.testing.assert_array_equal(read.time, examples.time)
    assert outcome.examples == sum(len(store.read(source).array) for source in sources)


def test_batches_are_of_one_size_and_filled_across_takes(tmp_path):
    sources, backbone = make_sources(tmp_path / "data"), TinyEars(batch=5)
    outcome, _ = run(sources, tmp_path / "out", backbone)
    assert set(backbone.batches) == {5}
    assert len(backbone.batches) == -(-outcome.examples // 5)


@pytest.mark.parametrize("done", [0, 3, 6])
def test_what_is_stored_is_skipped_and_the_rest_saved(tmp_path, done):
    sources = make_sources(tmp_path / "data")
    whole, out = tmp_path / "whole", tmp_path / "out"
    run(sources, whole)
    run(sources[done : done + 1], out)
    outcome, _ = run(sources, out)
    assert (outcome.stored, outcome.embedded) == (1, 6)
    assert contents(out) == contents(whole)
    again, _ = run(sources, out, TinyEars(forbid=True))
    assert (again.stored, again.embedded, again.examples) == (7, 0, 0)


def test_two_backbones_share_one_opening(tmp_path):
    sources = make_sources(tmp_path / "data")
    one, two = TinyEars(), TinyEars(gain=2.0)
    opened = []

    def prepare(source, backbones):
        opened.append(source.take)
        return prepare_sound(source, backbones)

    stores = [Store(tmp_path / "out", each.spec) for each in (one, two)]
    run(sources[:2], tmp_path / "out", one)
    outcome = extract(sources, [one, two], stores, prepare, workers=0)
    assert (outcome.stored, outcome.embedded) == (0, 7)
    assert len(opened) == 7
    for source in sources:
        np.testing.assert_allclose(
            stores[1].read(source).array, 2 * stores[0].read(source).array
        )


def test_a_take_that_fails_is_listed_and_the_rest_done(tmp_path):
    sources = make_sources(tmp_path / "data")
    sources[2].file.write_bytes(b"RIFF")
    write_tone(sources[4].file, seconds=0.0)
    sources[4] = dataclasses.replace(sources[4], sha256=sha256(sources[4].file))
    sources[5].file.unlink()
    for workers in (0, 2):
        outcome, _ = run(sources, tmp_path / f"out{workers}", workers=workers)
        assert outcome.embedded == 4
        assert [source.take for source, _ in outcome.failed] == [
            *("take-2", "take-4", "take-5")
        ]
        for source, why in outcome.failed:
            assert str(source.file) in why
        assert "no samples of sound" in outcome.failed[1][1]


def test_a_file_that_changed_since_it_was_indexed_is_listed(tmp_path):
    sources = make_sources(tmp_path / "data")
    write_tone(sources[3].file, seconds=0.5, hertz=999)
    outcome, (store,) = run(sources, tmp_path / "out")
    ((source, why),) = outcome.failed
    assert source == sources[3]
    assert "t3.wav changed since it was indexed" in why
    assert not store.path(source).exists()
    # Once it is stored, only --verify looks at the file again.
    write_tone(sources[1].file, seconds=0.5, hertz=999)
    outcome, _ = run(sources[:3], tmp_path / "out")
    assert (outcome.stored, outcome.failed) == (3, [])
    outcome, _ = run(sources[:3], tmp_path / "out", verify=True)
    assert [source.take for source, _ in outcome.failed] == ["take-1"]


def test_a_full_disk_stops_at_once_and_leaves_nothing_half_written(
    tmp_path, monkeypatch
):
    sources = make_sources(tmp_path / "data")
    real, count = os.fsync, [0]

    def full(descriptor):
        count[0] += 1
        if count[0] > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        run(sources, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.part"))
    monkeypatch.undo()
    outcome, _ = run(sources, tmp_path / "out")
    assert outcome.stored + outcome.embedded == 7
    assert outcome.stored == 2  # and the spec was the third file


def test_shards_share_the_takes_out(tmp_path):
    sources = make_sources(tmp_path / "data")
    parts = [shard(sources, part, 3) for part in range(3)]
    assert sorted(s.take for part in parts for s in part) == [s.take for s in sources]


def test_a_killed_worker_is_a_sentence(tmp_path):
    sources = make_sources(tmp_path / "data", 2)
    backbone = TinyEars()
    store = Store(tmp_path / "out", backbone.spec)
    with pytest.raises(Problem, match="worker process was killed"):
        extract(sources, [backbone], [store], die, workers=1)


def test_killed_at_any_moment_it_ends_with_the_same_bytes(tmp_path):
    make_sources(tmp_path / "data", 12)
    code = (
        "import sys; sys.path[:0] = ['tests', '.']\n"
        "from pathlib import Path\n"
        "import test_extract as t\n"
        "from tiny_backbone import TinyEars\n"
        "if __name__ == '__main__':\n"
        "    root = Path(sys.argv[1])\n"
        "    sources = t.make_sources(root / 'data', 12)\n"
        "    t.run(sources, root / sys.argv[2], TinyEars(seconds=0.01), workers=1)\n"
    )
    script = tmp_path / "job.py"
    script.write_text(code)

    def job(out):
        command = [sys.executable, str(script), str(tmp_path), out]
        return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)

    assert job("whole").wait() == 0
    rng = np.random.default_rng(0)
    for _ in range(3):
        process = job("killed")
        started = time.monotonic()
        target = len(list((tmp_path / "killed").rglob("*.npz"))) + rng.integers(1, 4)
        while process.poll() is None and time.monotonic() - started < 20:
            if len(list((tmp_path / "killed").rglob("*.npz"))) >= target:
                break
            time.sleep(0.002)
        process.kill()
        process.wait()
    assert job("killed").wait() == 0
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


@pytest.mark.parametrize("workers", [0, 2])
def test_where_the_time_went(tmp_path, workers):
    backbone = TinyEars(seconds=0.03)
    sources = make_sources(tmp_path / "data")
    outcome, _ = run(sources, tmp_path / "out", backbone, workers=workers)
    stages = {"decode", "prepare", "start", "embed", "write"}
    assert outcome.spent.keys() == stages | ({"wait"} if workers else set())
    assert outcome.spent["embed"].wall >= 0.03 * (len(backbone.batches) - 1)
    again, _ = run(sources, tmp_path / "out", backbone, workers=workers)
    assert again.stored == len(sources) and not again.spent.keys() & stages


def test_a_take_too_large_for_its_store_does_not_end_the_rest(tmp_path):
    sources = make_sources(tmp_path / "data", 3)
    large = TinyEars(gain=1e7)
    large.spec = dataclasses.replace(large.spec, stored="float16")
    outcome, stores = run(sources, tmp_path / "out", large, TinyEars())
    assert outcome.embedded == 0
    assert [source for source, _ in outcome.failed] == sources
    assert "too large for float16" in outcome.failed[0][1]
    assert all(stores[1].has(source) for source in sources)
