import pickle

import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.adaptors.file_network import FileNetwork
from embeddings.described import Output

pytest.importorskip("onnxruntime")


def halved(crops):
    return crops.astype(np.float32) / 2


@pytest.fixture
def maps(tmp_path):
    """An ONNX network that gives back what enters it, (n, 2, 3, 4)."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    value = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2, 3, 4])
        for name in "xy"
    ]
    node = helper.make_node("Identity", ["x"], ["y"])
    graph = helper.make_graph([node], "net", value[:1], value[1:])
    opset = [helper.make_opsetid("", 17)]
    path = tmp_path / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)

    def network(**settings):
        channels_first = settings.pop("channels_first", False)
        return FileNetwork(
            path=path,
            sha256=str(path),
            output=Output(**settings),
            enter=halved,
            channels_first=channels_first,
        )

    return network


CROPS = np.random.default_rng(0).integers(0, 255, (5, 2, 3, 4), np.uint8)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, CROPS.mean((1, 2)) / 2),
        ({"pooling": "max"}, CROPS.max((1, 2)) / 2),
        ({"pooling": "none"}, CROPS / 2),
        ({"channels_first": True}, CROPS.mean((2, 3)) / 2),
        ({"channels_first": True, "pooling": "max"}, CROPS.max((2, 3)) / 2),
    ],
)
def test_maps_are_pooled_over_their_positions(maps, settings, expected):
    network = maps(**settings)
    assert network.shape(np.zeros_like(CROPS)) == expected.shape[1:]
    copy = pickle.loads(pickle.dumps(network))
    assert np.allclose(copy()(CROPS), expected, atol=1e-4)


def test_a_layer_is_keras_and_a_tensor_is_others(maps, tmp_path):
    with pytest.raises(Problem, match="ONNX file; name a `tensor`, not a `layer`"):
        maps(layer="y")()
    path = tmp_path / "net.keras"
    network = FileNetwork(path=path, sha256="", output=Output(tensor="y"), enter=halved)
    with pytest.raises(Problem, match="Keras file; name its `layer`, not a `tensor`"):
        network()


@pytest.mark.parametrize("name", ["net.pkl", "net.pt", "net", "net.npz"])
def test_other_kinds_are_refused(tmp_path, name):
    path = tmp_path / name
    path.touch()
    with pytest.raises(Problem, match="of no kind that is known"):
        FileNetwork(path=path, sha256=name, output=Output(), enter=halved)()
