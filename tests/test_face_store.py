import numpy as np
import pytest

from visual_features.face_store import Shelf

SHA = "0123456789abcdef" * 4
ARRAYS = {"time": np.arange(3) / 30, "found": np.array([True, False, True])}


@pytest.fixture
def shelf(tmp_path):
    return Shelf(
        folder=tmp_path / "haar-0000", corpus="ravdess", take="t", source_sha256=SHA
    )


def test_what_is_written_is_read(shelf, tmp_path):
    assert shelf.read("time") is None
    shelf.write({**ARRAYS, "frame_size": np.array([4, 3])})
    assert shelf.path == tmp_path / "haar-0000" / "ravdess" / "t-01234567.npz"
    again = shelf.read("time", "found")
    assert again.keys() == {"time", "found", "frame_size"}
    for name, array in ARRAYS.items():
        assert again[name].dtype == array.dtype
        np.testing.assert_array_equal(again[name], array)
    assert [path.name for path in shelf.path.parent.iterdir()] == [shelf.path.name]


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 99},
        {"source_sha256": SHA[:8] + "f" * 56},
        {"found": np.array([True])},
        {"time": np.array(["pickled"], dtype=object)},
    ],
)
def test_what_is_not_ours_counts_as_missing(shelf, change):
    shelf.write(ARRAYS)
    with np.load(shelf.path) as stored:
        np.savez(shelf.path, **{**stored, **change})
    assert shelf.read("time", "found") is None


def test_a_missing_array_counts_as_missing(shelf):
    shelf.write(ARRAYS)
    assert shelf.read("time", "crops") is None


def test_every_truncation_counts_as_missing(shelf):
    shelf.write(ARRAYS)
    data = shelf.path.read_bytes()
    for length in range(0, len(data), 37):
        shelf.path.write_bytes(data[:length])
        assert shelf.read("time", "found") is None
    flipped = bytearray(data)
    flipped[data.index(ARRAYS["time"].tobytes())] ^= 1
    shelf.path.write_bytes(flipped)
    assert shelf.read("time", "found") is None
