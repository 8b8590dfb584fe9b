import dataclasses
import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from stored import SPEC, fill

from corpus.problem import Problem
from embeddings import export as module
from embeddings.export import export
from embeddings.sequences import pool
from embeddings.survey import survey


def held(root):
    (one,) = survey(root / "embeddings")
    return one


def expected(store, sources):
    return np.concatenate([store.read(source).array for source in sources])


def test_npy_read_back_is_equal(tmp_path):
    store, sources = fill(tmp_path)
    done = export(held(tmp_path), tmp_path / "out.npy")
    assert (done.takes, done.rows, done.width) == (4, 10, 3)
    array = np.load(tmp_path / "out.npy", mmap_mode="r")
    np.testing.assert_array_equal(array, expected(store, sources))
    rows = pd.read_csv(tmp_path / "out.rows.csv", keep_default_na=False)
    assert list(rows["row"]) == list(range(10))
    for source in sources:
        mine = rows[rows["take"] == source.take]
        stored = store.read(source)
        np.testing.assert_array_equal(array[mine["row"]], stored.array)
        np.testing.assert_array_equal(mine["time"], stored.time)


@pytest.mark.parametrize("numbers", [2**22, 1])
def test_parquet_read_back_is_equal(tmp_path, monkeypatch, numbers):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(module, "GROUP_NUMBERS", numbers)
    store, sources = fill(tmp_path)
    export(held(tmp_path), tmp_path / "out.parquet")
    table = parquet.read_table(tmp_path / "out.parquet")
    assert json.loads(table.schema.metadata[b"emostack.spec"])["name"] == SPEC.name
    frame = table.to_pandas()
    np.testing.assert_array_equal(
        np.stack(frame["embedding"]), expected(store, sources)
    )
    assert list(frame["take"].unique()) == [source.take for source in sources]
    times = np.concatenate([store.read(source).time for source in sources])
    np.testing.assert_array_equal(frame["time"], times)


def test_poolings_make_one_row_a_take(tmp_path):
    store, sources = fill(tmp_path, dataclasses.replace(SPEC, shape=(2, 2)))
    export(held(tmp_path), tmp_path / "out.npy", pooling=["mean", "max"])
    array = np.load(tmp_path / "out.npy")
    assert array.shape == (4, 8)
    last = store.read(sources[-1]).array.reshape(-1, 4)
    wanted = np.concatenate([pool(last, "mean"), pool(last, "max")])
    np.testing.assert_array_equal(array[-1], wanted)
    with pytest.raises(Problem, match="pooling 'median' is not known"):
        export(held(tmp_path), tmp_path / "no.npy", pooling=["median"])
    assert not (tmp_path / "no.npy").exists()
    assert not (tmp_path / "no.rows.csv").exists()


def test_of_two_versions_of_a_source_the_newer_is_exported_and_said(tmp_path):
    fill(tmp_path, takes=2)
    store, sources = fill(tmp_path, takes=1, sha256="00" * 32)
    done = export(held(tmp_path), tmp_path / "out.npy")
    assert (done.takes, done.passed_over) == (2, ("take-0",))
    first = np.load(tmp_path / "out.npy")[0]
    np.testing.assert_array_equal(first, store.read(sources[0]).array[0])


def test_one_corpus_alone(tmp_path):
    fill(tmp_path)
    fill(tmp_path, corpus="yours", takes=1)
    assert export(held(tmp_path), tmp_path / "out.npy", corpus="yours").takes == 1
    with pytest.raises(Problem, match="no embeddings of the corpus ours"):
        export(held(tmp_path), tmp_path / "no.npy", corpus="ours")


def test_what_cannot_be_exported_is_one_sentence_and_leaves_nothing(tmp_path):
    store, sources = fill(tmp_path)
    with pytest.raises(Problem, match=r"neither \.parquet nor \.npy"):
        export(held(tmp_path), tmp_path / "out.csv")
    (tmp_path / "there.npy").touch()
    with pytest.raises(Problem, match="is there already"):
        export(held(tmp_path), tmp_path / "there.npy")
    store.path(sources[2]).write_bytes(b"PK")
    for name in ("out.npy", "out.parquet"):
        with pytest.raises(Problem, match=r"take-2-.*is damaged .* store verify"):
            export(held(tmp_path), tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"embeddings", "there.npy"}


def test_memory_stays_flat(tmp_path):
    spec = dataclasses.replace(SPEC, shape=(4096,))
    fill(tmp_path, spec, takes=40, rows=64)  # 42 MB
    holding = held(tmp_path)
    tracemalloc.start()
    export(holding, tmp_path / "out.npy")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20
