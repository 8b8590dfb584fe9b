import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from corpus.files import sha256, sweep, whole
from corpus.problem import Problem
from embeddings.backbone import BackboneSpec, Examples
from embeddings.store import Embedding, Source, Store, check_source, read_spec

SPEC = BackboneSpec(
    name="tiny.numbers",
    modality="sound",
    layer="last",
    shape=(3,),
    weights_sha256="",
    preprocessing={"rate": 16_000},
)


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "take.wav"
    file.write_bytes(b"sound")
    return Source(take="take-1", corpus="mine", file=file, sha256="ab" * 32)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "embeddings", SPEC)
    store.open()
    return store


def embedding(rows=2):
    array = np.arange(rows * 3, dtype=np.float32).reshape(rows, 3)
    return Embedding(array, np.arange(rows) * 0.5, {"found": np.ones(rows, bool)})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "tiny.other"),
        ("modality", "picture"),
        ("layer", "first"),
        ("shape", (4,)),
        ("weights_sha256", "cd"),
        ("preprocessing", {"rate": 8_000}),
        ("precision", "mixed_bfloat16"),
        ("batch", 33),
        ("stored", "float16"),
        ("recipe", 2),
    ],
)
def test_every_field_moves_the_key(field, value):
    assert dataclasses.replace(SPEC, **{field: value}).key != SPEC.key
    assert {field.name for field in dataclasses.fields(SPEC)} == {
        *("name", "modality", "layer", "shape", "weights_sha256"),
        *("preprocessing", "precision", "batch", "stored", "recipe"),
    }


def test_the_key_is_the_same_everywhere():
    assert SPEC.key == "b5fa6a0d"


def test_plain_numpy_reads_what_is_written(store, source):
    store.write(source, embedding())
    with np.load(store.path(source)) as file:
        assert set(file.files) == {
            *("embedding", "time", "source_sha256", "schema", "found")
        }
        assert file["embedding"].dtype == np.float32
    read = store.read(source)
    np.testing.assert_array_equal(read.array, embedding().array)
    np.testing.assert_array_equal(read.time, embedding().time)
    assert read.extra["found"].all()


def test_a_changed_source_or_variant_is_another_file(store, source):
    store.write(source, embedding())
    assert store.has(source)
    assert not store.has(dataclasses.replace(source, sha256="cd" * 32))
    assert not store.has(dataclasses.replace(source, variant="noise"))


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.99])
def test_a_damaged_file_counts_as_missing(store, source, kept):
    store.write(source, embedding())
    path = store.path(source)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if kept < 1 else kept])
    assert not store.has(source)
    with pytest.raises(Problem, match="damaged"):
        store.read(source)


def test_a_flipped_byte_is_found_when_all_is_verified(store, source):
    store.write(source, embedding(200))
    assert store.has(source, verify=True)
    content = bytearray(store.path(source).read_bytes())
    content[1000] ^= 1
    store.path(source).write_bytes(bytes(content))
    assert not store.has(source, verify=True)


def test_a_source_must_be_the_file_that_was_indexed(source):
    with pytest.raises(Problem, match=r"take.wav changed since it was indexed"):
        check_source(source)
    check_source(dataclasses.replace(source, sha256=sha256(source.file)))
    source.file.unlink()
    with pytest.raises(Problem, match=r"take.wav does not exist"):
        check_source(source)


def test_what_is_missing_is_a_sentence(store, source):
    with pytest.raises(Problem, match="run the extraction for take-1"):
        store.read(source)


def test_wrong_shapes_and_numbers_are_never_stored(store, source):
    wrong = Embedding(np.zeros((2, 4), np.float32), np.zeros(2))
    with pytest.raises(ValueError, match="shape"):
        store.write(source, wrong)
    infinite = Embedding(np.full((2, 3), np.inf, np.float32), np.zeros(2))
    with pytest.raises(ValueError, match="not finite"):
        store.write(source, infinite)
    assert not store.path(source).exists()


def test_a_store_of_other_settings_is_refused(store, tmp_path):
    record = store.folder / "spec.json"
    spec = json.loads(record.read_text())
    record.write_text(json.dumps({**spec, "layer": "first"}))
    with pytest.raises(Problem, match=r"other settings \(layer\)"):
        Store(tmp_path / "embeddings", SPEC).open()


def test_examples_must_agree_in_length():
    with pytest.raises(ValueError, match="differ in length"):
        Examples(np.zeros((2, 1)), np.zeros(3))
    with pytest.raises(Problem, match="not a single example"):
        Examples(np.zeros((0, 1)), np.zeros(0))


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "new" / "file"
    with pytest.raises(RuntimeError), whole(path) as file:
        file.write(b"half")
        raise RuntimeError
    assert not list(path.parent.iterdir())
    with whole(path) as file:
        file.write(b"all")
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_what_a_killed_writer_left_is_swept(tmp_path):
    code = (
        "import os, signal, pathlib, corpus.files as files\n"
        f"with files.whole(pathlib.Path({str(tmp_path / 'file')!r})) as file:\n"
        "    file.write(b'half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).resolve().parents[1]
    subprocess.run([sys.executable, "-c", code], cwd=root)
    (left,) = tmp_path.iterdir()
    mine = tmp_path / left.name.replace(left.name.split(".")[-3], str(os.getpid()))
    mine.touch()  # a living writer's
    far = tmp_path / ".file.elsewhere.1.abcdef01.part"
    far.touch()
    assert sweep(tmp_path, now=time.time()) == 1
    assert set(tmp_path.iterdir()) == {mine, far}
    assert sweep(tmp_path, now=time.time() + 2 * 86400) == 1
    assert set(tmp_path.iterdir()) == {mine}


def test_half_as_large_on_disk_and_float32_when_read(source, tmp_path):
    spec = dataclasses.replace(SPEC, stored="float16")
    store = Store(tmp_path / "half", spec)
    store.open()
    array = np.random.default_rng(0).normal(scale=30, size=(500, 3)).astype(np.float32)
    store.write(source, Embedding(array, np.arange(500) / 30))
    assert np.load(store.path(source))["embedding"].dtype == np.float16
    read = Store(tmp_path / "half", read_spec(store.folder)).read(source)
    assert read.array.dtype == np.float32
    np.testing.assert_allclose(read.array, array, rtol=1e-3, atol=1e-6)


def test_what_float16_cannot_hold_is_told(source, tmp_path):
    store = Store(tmp_path / "half", dataclasses.replace(SPEC, stored="float16"))
    large = np.full((2, 3), 1e5, np.float32)
    with pytest.raises(Problem, match=r"up to 1e\+05, too large for float16"):
        store.write(source, Embedding(large, np.arange(2.0)))
    with pytest.raises(Problem, match="float32 or float16, not as 'int8'"):
        dataclasses.replace(SPEC, stored="int8")


def test_records_and_keys_of_before_there_was_a_choice_still_count(store):
    record = store.folder / "spec.json"
    assert "stored" not in json.loads(record.read_text())
    assert read_spec(store.folder) == SPEC
    store.open()
