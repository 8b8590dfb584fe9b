import zipfile

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from embeddings.weights.tensors import (
    check_numbers,
    check_tensors,
    holds_tensors,
    random_tensors,
    read_tensors,
    reads_from_its_end,
    refuse_what_is_no_weights,
    write_tensors,
)

SHAPES = {"conv1/kernel": (3, 3, 1, 4), "conv1/bias": (4,)}


def numbers(shapes=SHAPES):
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=s).astype("f4") for name, s in shapes.items()}


def test_our_own_file_comes_back_as_it_was(tmp_path):
    tensors = numbers()
    write_tensors(tmp_path / "own.npz", tensors)
    again = read_tensors(tmp_path / "own.npz")
    assert list(again) == list(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(again[name], tensor)


def test_hdf5_is_read_in_the_layers_order(tmp_path):
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["layer_names"] = [b"zeta", b"empty", b"alpha"]
        file.create_group("empty").attrs["weight_names"] = np.array([], "S")
        for layer in ("alpha", "zeta"):
            group = file.create_group(layer)
            group.attrs["weight_names"] = [
                f"{layer}/kernel:0".encode(),
                f"{layer}/bias:0".encode(),
            ]
            group[f"{layer}/bias:0"] = np.zeros(2)
            group[f"{layer}/kernel:0"] = np.ones((2, 2))
    assert list(read_tensors(tmp_path / "old.h5")) == [
        "zeta/zeta/kernel:0",
        "zeta/zeta/bias:0",
        "alpha/alpha/kernel:0",
        "alpha/alpha/bias:0",
    ]


def test_hdf5_of_a_whole_model_and_of_keras_3(tmp_path):
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file["optimizer_weights/step"] = np.zeros(1)
        group = file.create_group("model_weights/dense")
        file["model_weights"].attrs["layer_names"] = ["dense"]
        group.attrs["weight_names"] = ["dense/kernel"]
        group["dense/kernel"] = np.ones((2, 2))
    assert list(read_tensors(tmp_path / "model.h5")) == ["dense/dense/kernel"]
    with h5py.File(tmp_path / "new.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = np.ones((2, 2))
    assert list(read_tensors(tmp_path / "new.weights.h5")) == ["layers/dense/vars/0"]


@pytest.mark.parametrize("suffix", [".h5", ".npz"])
def test_a_truncated_file_is_told(tmp_path, suffix):
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    if suffix == ".h5":
        with h5py.File(whole, "w") as file:
            file["kernel"] = np.random.default_rng(0).normal(size=5000)
    else:
        write_tensors(whole, numbers())
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(Problem, match=rf"cut\{suffix} is truncated, its end is miss"):
        read_tensors(cut)


def test_the_end_of_a_zip_and_the_head_of_a_network_are_looked_at(tmp_path):
    task = tmp_path / "cut.task"
    with zipfile.ZipFile(task, "w") as archive:
        archive.writestr("net.tflite", b"0123TFL3")
    refuse_what_is_no_weights(task)
    task.write_bytes(task.read_bytes()[:-30])
    with pytest.raises(Problem, match="truncated"):
        refuse_what_is_no_weights(task)
    network = tmp_path / "net.tflite"
    network.write_bytes(b"\x1c\0\0\0TFL3...")
    refuse_what_is_no_weights(network)
    assert not holds_tensors(network) and not reads_from_its_end(network)
    network.write_bytes(b"something else")
    with pytest.raises(Problem, match="no LiteRT network"):
        refuse_what_is_no_weights(network)


def test_numbers_of_any_network_are_looked_at(tmp_path):
    fine = {"a": np.zeros(4), "one": np.ones((1, 1)), "step": np.full((2, 2), 7)}
    check_numbers(fine, path=tmp_path)
    for wrong, told in (
        ({}, "holds no weights"),
        ({"b": np.array([np.inf])}, "b in .* infinity"),
        ({"b": np.full((2, 2), 0.5)}, "b in .* same number"),
    ):
        with pytest.raises(Problem, match=told):
            check_numbers(wrong and {**fine, **wrong}, path=tmp_path)


def test_a_pickle_is_not_opened(tmp_path):
    np.savez(tmp_path / "bad.npz", kernel=np.array([print], dtype=object))
    with pytest.raises(Problem, match="cannot be read"):
        read_tensors(tmp_path / "bad.npz")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop("conv1/bias"), "lacks conv1/bias"),
        (lambda t: t.update({"conv1/bias": np.zeros(5)}), r"\(5,\) instead of \(4,\)"),
        (lambda t: t["conv1/kernel"].fill(0.5), "same number throughout"),
        (lambda t: t["conv1/bias"].fill(np.nan), "NaN"),
        (lambda t: t["conv1/kernel"].put(3, np.inf), "NaN or infinity"),
    ],
)
def test_each_wrong_tensor_has_its_own_sentence(tmp_path, change, sentence):
    tensors = numbers()
    change(tensors)
    with pytest.raises(Problem, match=rf"{tmp_path}|x.npz") as caught:
        check_tensors(tensors, SHAPES, path=tmp_path / "x.npz")
    assert caught.match(sentence)


def test_more_tensors_than_wanted_are_fine(tmp_path):
    tensors = {**numbers(), "fc/kernel": np.zeros((2, 2))}
    checked = check_tensors(tensors, SHAPES, path=tmp_path)
    assert list(checked) == list(SHAPES)
    assert checked["conv1/kernel"].dtype == np.float32


@given(seed=st.integers(0, 2**40))
def test_random_tensors_depend_on_name_and_seed_alone(seed):
    alone = random_tensors({"conv1/kernel": (3, 3, 1, 4)}, seed)
    among = random_tensors({"conv0/kernel": (2, 2), **SHAPES}, seed)
    np.testing.assert_array_equal(alone["conv1/kernel"], among["conv1/kernel"])
    other = random_tensors(SHAPES, seed + 1)
    assert not np.array_equal(alone["conv1/kernel"], other["conv1/kernel"])


def test_random_tensors_are_he_normal_and_always_these():
    tensors = random_tensors({"kernel": (3, 3, 64, 128), "bias": (128,)}, 0)
    kernel = tensors["kernel"]
    assert kernel.dtype == np.float32 and not tensors["bias"].any()
    np.testing.assert_allclose(kernel.std(), np.sqrt(2 / (9 * 64)), rtol=0.01)
    # The same on every machine: results on random weights are compared by their seed.
    np.testing.assert_allclose(
        random_tensors({"kernel": (2, 2)}, 7)["kernel"],
        [[1.53929698, -0.46461543], [0.02725162, -0.55106348]],
        rtol=1e-6,
    )
