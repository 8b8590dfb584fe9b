import sys

import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.adaptors.onnx import open_onnx

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)
A = RNG.standard_normal((4, 3)).astype("f")
B = RNG.standard_normal((3, 2)).astype("f")
ROWS = RNG.standard_normal((5, 4)).astype("f")


def model(batch="n", outputs=("y",), inputs=("x",)):
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("MatMul", ["x", "a"], ["hidden"]),
        helper.make_node("Tanh", ["hidden"], ["tanh"]),
        helper.make_node("MatMul", ["tanh", "b"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 4])
            for name in inputs
        ],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in outputs
        ],
        [numpy_helper.from_array(A, "a"), numpy_helper.from_array(B, "b")],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9)


@pytest.fixture
def written(tmp_path):
    def write(**settings):
        path = tmp_path / "net.onnx"
        onnx.save(model(**settings), path)
        return path

    return write


@pytest.mark.parametrize("batch", ["n", 1, 5])
def test_any_number_of_rows_gives_the_network_s_numbers(written, batch):
    network = open_onnx(written(batch=batch))
    assert network.shape == (None if batch == "n" else batch, 4)
    assert network.parameters == A.size + B.size
    assert np.allclose(network(ROWS), np.tanh(ROWS @ A) @ B, atol=1e-5)


def test_a_tensor_inside_becomes_an_output(written):
    path = written()
    assert np.allclose(open_onnx(path, tensor="hidden")(ROWS), ROWS @ A, atol=1e-5)
    with pytest.raises(Problem, match=r"no tensor 'hiden'; .* 3 are 'hidden'"):
        open_onnx(path, tensor="hiden")


def test_one_of_two_outputs_must_be_named(written):
    path = written(outputs=("y", "tanh"))
    with pytest.raises(Problem, match="2 outputs, y, tanh"):
        open_onnx(path)
    assert open_onnx(path, tensor="tanh")(ROWS).shape == (5, 3)


def test_two_inputs_are_one_too_many(written):
    with pytest.raises(Problem, match="2 inputs"):
        open_onnx(written(inputs=("x", "z")))


def test_weights_in_other_files_are_not_read(tmp_path):
    from onnx import TensorProto, helper, numpy_helper

    path = tmp_path / "net.onnx"
    onnx.save(model(), path, save_as_external_data=True, size_threshold=0, location="w")
    with pytest.raises(Problem, match="in other files"):
        open_onnx(path)

    # And not in a branch either.
    elsewhere = numpy_helper.from_array(A, "a")
    onnx.external_data_helper.set_external_data(elsewhere, "../secret")
    elsewhere.ClearField("raw_data")
    value = helper.make_tensor_value_info("z", TensorProto.FLOAT, None)
    nodes = [helper.make_node("Constant", [], ["z"], value=elsewhere)]
    branch = helper.make_graph(nodes, "branch", [], [value])
    condition = numpy_helper.from_array(np.array(True), "condition")
    whole = model()
    whole.graph.initializer.append(condition)
    whole.graph.node.append(
        helper.make_node("If", ["condition"], ["w"], then_branch=branch)
    )
    path.write_bytes(whole.SerializeToString())
    with pytest.raises(Problem, match="in other files"):
        open_onnx(path)


def test_what_is_no_network_is_told_apart(written):
    path = written()
    whole = path.read_bytes()
    cut = [whole[:length] for length in range(1, len(whole), 17)]
    for content, told in (
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"", "empty"),
        (b"\xff" * 1000, "cannot be read as an ONNX network"),
        *((piece, "cannot be read as an ONNX network") for piece in cut),
    ):
        path.write_bytes(content)
        with pytest.raises(Problem, match=told):
            open_onnx(path)


def test_without_the_extra_a_sentence_says_how_to_have_it(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(Problem, match=r"pip install emostack\[onnx\]"):
        open_onnx(written())
