"""What heads are fed of the store, and which takes a run can use."""

import numpy as np
import pandas as pd
import pytest
from takes import ravdess_index
from tiny_backbone import TinyEars

from corpus.problem import Problem
from embeddings.store import Embedding, Store
from embeddings.tables import import_table
from experiments.extraction import (
    backbone_of,
    embeddable,
    extract_takes,
    sources_of,
)
from experiments.features import read_features
from experiments.recipe import Branch
from experiments.show import SILENCE


def stored(root, *, rows):
    """Return an index of 4 takes and a backbone with so many rows of each stored."""
    backbone, index = TinyEars(), ravdess_index([1], emotions=["neutral"])
    store = Store(root / "embeddings", backbone.spec)
    for number, source in enumerate(sources_of(index, backbone)):
        array = np.arange(2 * rows(number)).reshape(-1, 2).astype(np.float32)
        store.write(source, Embedding(array, np.arange(len(array)) / 10))
    return index, backbone


def test_a_dense_head_gets_poolings_side_by_side(tmp_path):
    index, backbone = stored(tmp_path, rows=lambda number: number + 1)
    branch = Branch(pooling=("mean", "max"))
    features = read_features(index, backbone, branch, tmp_path)
    assert list(features) == list(index.takes["take"])
    first, *_, last = features.values()
    np.testing.assert_allclose(first, [0, 1, 0, 1])
    np.testing.assert_allclose(last, [3, 4, 6, 7])


def test_one_embedding_a_take_is_taken_as_it_is(tmp_path):
    index, backbone = stored(tmp_path, rows=lambda number: 1)
    branch = Branch(pooling=("std", "max"))
    for row in read_features(index, backbone, branch, tmp_path).values():
        np.testing.assert_allclose(row, [0, 1])


def test_a_sequence_head_gets_every_row_or_one_step(tmp_path):
    index, backbone = stored(tmp_path, rows=lambda number: number + 1)
    features = read_features(index, backbone, Branch(head="lstm"), tmp_path)
    assert [row.shape for row in features.values()] == [(1, 2), (2, 2), (3, 2), (4, 2)]


@pytest.fixture
def units(tmp_path):
    """An index, and action units of all its takes but one, imported by name."""
    index = ravdess_index([1], emotions=["neutral"])
    names = [f"01-{take.removeprefix('ravdess-')}" for take in index.takes["take"]]
    table = pd.DataFrame({"clip": names, "AU01_r": range(4), "AU02_r": 1.0})
    table.iloc[1:].to_csv(tmp_path / "au.csv", index=False)
    import_table(
        index,
        tmp_path / "au.csv",
        name="openface.au",
        modality="picture",
        root=tmp_path / "embeddings",
    )
    return index


def test_a_table_is_a_backbone_that_needs_no_files(units, tmp_path):
    branch = Branch(backbone="openface.au", weights="random:0")
    backbone = backbone_of(branch, "visual", tmp_path)
    index, left_out = embeddable(units, {"visual": backbone})
    gone = units.takes["take"].iloc[0]
    assert len(index) == 3
    assert left_out["visual"].startswith("1 takes that openface.au has no embedding of")
    assert gone in left_out["visual"]
    done = extract_takes(index, "visual", [backbone], tmp_path, show=SILENCE)
    assert (done.stored, done.embedded) == (3, 0)
    features = read_features(index, backbone, branch, tmp_path)
    np.testing.assert_allclose([*features.values()], [[1, 1], [2, 1], [3, 1]])


def test_a_table_has_neither_weights_nor_the_other_modality(units, tmp_path):
    with pytest.raises(Problem, match=r"openface\.au takes picture"):
        backbone_of(Branch(backbone="openface.au"), "audio", tmp_path)
    with pytest.raises(Problem, match="neither settings nor weights"):
        backbone_of(Branch(backbone="openface.au", weights="x.h5"), "visual", tmp_path)
    with pytest.raises(Problem, match=r"Did you mean 'openface\.au'"):
        backbone_of(Branch(backbone="openface.aus"), "visual", tmp_path)


def test_takes_without_a_file_are_named(tmp_path):
    index, backbone = stored(tmp_path, rows=lambda number: 1)
    index.takes.loc[2, "sound_file"] = ""
    kept, left_out = embeddable(index, {"audio": backbone})
    assert len(kept) == 3
    assert index.takes["take"][2] in left_out["audio"]
    index.takes["sound_file"] = ""
    with pytest.raises(Problem, match="not one take has a sound file"):
        embeddable(index, {"audio": backbone})
