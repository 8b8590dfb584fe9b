"""PyTorch's checkpoints, in both of their layouts, and files that are none."""

import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_files import checkpoint, dictionary, tensor, whole, write_row, write_zip

from corpus.problem import Problem
from embeddings.weights.tensors import read_tensors
from embeddings.weights.torch_file import read_torch

RNG = np.random.default_rng(0)
ARRAYS = {
    "features.0.weight": RNG.normal(size=(4, 3, 3, 3)).astype("<f4"),
    "features.0.bias": RNG.normal(size=4).astype("<f8"),
    "features.1.running_var": RNG.random(4).astype("<f2"),
    "features.1.num_batches_tracked": np.array(12, "<i8"),
    "nothing": np.zeros((0, 3), "<f4"),
}
LAYOUTS = pytest.mark.parametrize("write", [write_zip, write_row])


@LAYOUTS
@pytest.mark.parametrize("suffix", [".t7", ".pth", ".PT"])
def test_tensors_come_back_under_their_names(tmp_path, write, suffix):
    path = write(tmp_path / f"net{suffix}", checkpoint(ARRAYS), ARRAYS.values())
    read = read_tensors(path)
    assert list(read) == [f"net/{name}" for name in ARRAYS]
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[f"net/{name}"], array)
        assert read[f"net/{name}"].dtype == array.dtype


@LAYOUTS
def test_views_of_one_storage(tmp_path, write):
    numbers = np.arange(24, dtype="<f4")
    turned = tensor("0", numbers.reshape(4, 6), strides=(1, 4))
    part = tensor("0", numbers[:6].reshape(2, 3), offset=5, strides=(6, 1), count=24)
    old = tensor("0", numbers, rebuild="_rebuild_tensor")
    pickle = whole(dictionary({"turned": turned, "part": part, "old": old}))
    read = read_torch(write(tmp_path / "net.pt", pickle, [numbers]))
    np.testing.assert_array_equal(read["turned"], numbers.reshape(6, 4).T)
    np.testing.assert_array_equal(read["part"], [[5, 6, 7], [11, 12, 13]])
    np.testing.assert_array_equal(read["old"], numbers)
    assert all(array.flags.c_contiguous for array in read.values())


@LAYOUTS
@pytest.mark.parametrize(
    "wrong",
    [
        {"offset": 1},
        {"offset": -1},
        {"strides": (7, 1)},
        {"strides": (-6, 1)},
        {"strides": (6,)},
        {"count": 23},
    ],
)
def test_a_tensor_outside_its_storage_is_refused(tmp_path, write, wrong):
    numbers = np.arange(24, dtype="<f4")
    pickle = whole(dictionary({"t": tensor("0", numbers.reshape(4, 6), **wrong)}))
    path = write(tmp_path / "net.pt", pickle, [numbers])
    with pytest.raises(Problem, match="cannot be read as a PyTorch checkpoint"):
        read_torch(path)


def test_a_small_file_cannot_ask_for_much_memory(tmp_path):
    numbers = np.zeros(1, "<f4")
    shape = np.lib.stride_tricks.as_strided(numbers, (1 << 20, 1 << 20), (0, 0))
    huge = tensor("0", shape, strides=(0, 0), count=1)
    path = write_zip(tmp_path / "net.pt", whole(dictionary({"t": huge})), [numbers])
    with pytest.raises(Problem, match="cannot be read"):
        read_torch(path)
    zeros = np.zeros(1 << 20, "<f4")
    pickle = whole(dictionary({"t": tensor("0", zeros)}))
    path = write_zip(
        tmp_path / "bomb.pt", pickle, [zeros], compression=zipfile.ZIP_DEFLATED
    )
    with pytest.raises(Problem, match="numbers that are compressed"):
        read_torch(path)


@LAYOUTS
@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 0.999), swap=st.integers(0, 255))
def test_damage_is_a_sentence_and_never_anything_else(
    tmp_path_factory, write, share, swap
):
    folder = tmp_path_factory.mktemp("damaged")
    arrays = {"weight": ARRAYS["features.0.weight"]}
    data = write(folder / "net.pt", checkpoint(arrays), arrays.values()).read_bytes()
    place = int(share * len(data))
    cut, changed = folder / "cut.pt", folder / "changed.pt"
    cut.write_bytes(data[:place])
    changed.write_bytes(data[:place] + bytes([swap]) + data[place + 1 :])
    with pytest.raises(Problem, match=r"cut\.pt (cannot be read|is not read)"):
        read_torch(cut)
    try:
        read_torch(changed)
    except Problem as problem:
        assert "changed.pt" in str(problem)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x04\x01\x00\x00",
        b"PK\x03\x04 and nothing",
        b"\x80\x02K\x01.",
        b"x" * 999,
    ],
)
def test_other_files_are_no_checkpoints(tmp_path, content):
    path = tmp_path / "net.t7"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"net\.t7 cannot be read as a PyTorch|is empty"):
        read_tensors(path) if content == b"" else read_torch(path)


def test_another_byte_order_is_refused(tmp_path):
    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", checkpoint({}))
        archive.writestr("archive/byteorder", b"big")
    with pytest.raises(Problem, match="byte order"):
        read_torch(path)
