import json

import numpy as np
import pytest
from media import write_tone
from tiny_backbone import TinyEars

from corpus.index import Index
from corpus.indexing import index_corpus
from embeddings.backbone import About
from experiments.ablation.cost import costs_of, seconds_a_take
from experiments.extraction import extract_takes, sources_of
from experiments.show import SILENCE


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Index:
    root = tmp_path_factory.mktemp("tones")
    for number in range(1, 13):
        write_tone(
            root / f"03-01-05-01-01-01-{number:02}.wav", seconds=0.2 + 0.1 * number
        )
    return index_corpus(root, name="ravdess")[0]


def ears(**settings):
    backbone = TinyEars(**settings)
    backbone.about = About(parameters=7)
    return backbone


def test_a_take_costs_its_preparation_and_its_share_of_full_batches(index):
    quick, slow = ears(batch=4), ears(batch=4, seconds=0.08)
    sources = sources_of(index, quick)
    one, two = seconds_a_take(quick, sources), seconds_a_take(slow, sources)
    assert one["timed"] == 8
    rows = np.mean([3 + n for n in np.linspace(0, 11, 9).round()])
    assert two["seconds"] - two["prepare_seconds"] == pytest.approx(
        0.02 * rows, rel=0.3
    )
    assert slow.batches.count(4) == len(slow.batches)


def test_costs_are_measured_once_and_sizes_are_those_of_the_store(index, tmp_path):
    backbone, path = ears(), tmp_path / "cost.json"
    extract_takes(index, "audio", [backbone], tmp_path, show=SILENCE, workers=0)
    found = costs_of(index, {"tiny": backbone}, tmp_path, path, show=SILENCE)["tiny"]
    rows = np.mean([3 + n for n in range(12)])
    assert found["rows"] == rows and found["numbers"] == 2 * rows
    files = list((tmp_path / "embeddings").rglob("*.npz"))
    assert found["bytes"] == np.mean([file.stat().st_size for file in files])
    assert found["parameters"] == 7 and found["seconds"] > 0
    again = costs_of(index, {"tiny": ears(forbid=True)}, tmp_path, path, show=SILENCE)
    assert again["tiny"] == found
    fewer = costs_of(
        index.head(6), {"tiny": ears(forbid=True)}, tmp_path, path, show=SILENCE
    )["tiny"]
    assert fewer["seconds"] == found["seconds"] and fewer["rows"] != rows
    assert json.loads(path.read_text())


def test_what_cannot_be_timed_says_why(index, tmp_path):
    backbone = ears()
    extract_takes(index, "audio", [backbone], tmp_path, show=SILENCE, workers=0)
    for file in index.root.glob("*.wav"):
        file.rename(file.with_suffix(".gone"))
    try:
        found = costs_of(
            index, {"tiny": backbone}, tmp_path, tmp_path / "c.json", show=SILENCE
        )["tiny"]
    finally:
        for file in index.root.glob("*.gone"):
            file.rename(file.with_suffix(".wav"))
    assert found["seconds"] is None and found["why"] and found["bytes"] > 0
