import shutil

import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.adaptors.saved_model import REFUSED, SAVING, open_saved_model

ROWS = np.random.default_rng(0).random((3, 8), np.float32)


@pytest.fixture(scope="module")
def weights():
    return np.random.default_rng(1).random((4, 2), np.float32)


@pytest.fixture(scope="module")
def saved(weights, tmp_path_factory):
    """Writes a SavedModel whose function gets a tensor and `self.weights`."""
    import tensorflow as tf

    def save(function, shape, **more):
        class Network(tf.Module):
            def __init__(self):
                super().__init__()
                self.weights = tf.Variable(weights)

            @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])
            def __call__(self, given):
                return function(given, self.weights)

        folder = tmp_path_factory.mktemp("saved")
        network = Network()
        for name, value in more.items():
            setattr(network, name, value)
        tf.saved_model.save(network, str(folder))
        return folder

    return save


@pytest.fixture(scope="module")
def framed(saved):
    import tensorflow as tf

    def embed(waveform, weights):
        frames = tf.signal.frame(waveform, 4, 4)
        return {"embeddings": frames @ weights, "frames": frames}

    return saved(embed, [None])


def test_a_network_without_an_axis_of_examples_is_asked_one_by_one(framed, weights):
    network = open_saved_model(framed, tensor="embeddings")
    assert network.shape == (None,) and network.parameters == weights.size
    assert np.allclose(network(ROWS), ROWS.reshape(3, 2, 4) @ weights)
    with pytest.raises(Problem, match="2 outputs, embeddings, frames"):
        open_saved_model(framed)
    with pytest.raises(Problem, match=r"no tensor 'embedding'; .*'embeddings'"):
        open_saved_model(framed, tensor="embedding")


def test_outputs_of_a_tuple_have_numbers(saved, weights):
    folder = saved(lambda rows, weights: (rows, rows @ weights), [None, 4])
    rows = ROWS[:, :4]
    assert np.allclose(
        open_saved_model(folder, tensor="output_1")(rows), rows @ weights
    )


def test_what_keras_exports_gives_the_model_s_numbers(tmp_path):
    import keras

    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(3, 3),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    model.export(tmp_path / "net", verbose=False)
    rows = np.random.default_rng(2).random((4, 8, 8), np.float32)
    result = open_saved_model(tmp_path / "net")(rows)
    assert np.allclose(result, model.predict_on_batch(rows[..., None]), atol=1e-6)


def test_a_graph_that_writes_a_file_is_not_run(saved, tmp_path):
    import tensorflow as tf

    target = tmp_path / "written"

    def embed(rows, weights):
        with tf.control_dependencies([tf.io.write_file(str(target), "x")]):
            return rows @ weights

    folder = saved(embed, [None, 4])
    with pytest.raises(Problem, match=r"WriteFile.*not loaded"):
        open_saved_model(folder)
    assert not target.exists()


def test_no_part_of_a_graph_may_reach_out(saved):
    import tensorflow as tf

    @tf.function(input_signature=[])
    def hidden():
        return tf.io.read_file("/etc/hostname")

    folder = saved(lambda rows, weights: rows @ weights, [None, 4], hidden=hidden)
    with pytest.raises(Problem, match="ReadFile"):
        open_saved_model(folder)

    def python(rows, weights):
        return tf.numpy_function(np.sin, [rows @ weights], tf.float32)

    with pytest.raises(Problem, match="PyFunc"):
        open_saved_model(saved(python, [None, 4]))


def test_saving_is_allowed_only_where_nothing_calls_it(saved, tmp_path):
    import tensorflow as tf

    target = tmp_path / "checkpoint"

    def embed(rows, weights):
        save = tf.raw_ops.SaveV2(
            prefix=str(target),
            tensor_names=["a"],
            shape_and_slices=[""],
            tensors=[weights],
        )
        with tf.control_dependencies([save]):
            return rows @ weights

    with pytest.raises(Problem, match="SaveV2"):
        open_saved_model(saved(embed, [None, 4]))


def test_a_saver_that_is_called_from_elsewhere_is_refused(framed, tmp_path):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    folder = tmp_path / "net"
    shutil.copytree(framed, folder)
    file = folder / "saved_model.pb"
    model = SavedModel.FromString(file.read_bytes())
    functions = model.meta_graphs[0].graph_def.library.function
    saver = next(each for each in functions if "traced_save" in each.signature.name)
    other = next(each for each in functions if "traced" not in each.signature.name)
    node = other.node_def.add(name="call", op="PartitionedCall")
    node.attr["f"].func.name = saver.signature.name
    file.write_bytes(model.SerializeToString())
    with pytest.raises(Problem, match="SaveV2"):
        open_saved_model(folder)


def test_operations_of_tensorflow_that_reach_out_are_all_refused():
    import tensorflow as tf

    reaching = ("ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "EagerPyFunc")
    reaching += ("PrintV2", "TFRecordDatasetV2", "WholeFileReaderV2", "SaveV2")
    reaching += ("InitializeTableFromTextFileV2", "LoadAndRemapMatrix", "ImportEvent")
    reaching += ("GenerateVocabRemapping", "DebugIdentityV3", "SaveSlices", "Restore")
    reaching += ("CreateSummaryFileWriter", "RemoteCall", "RpcCall", "SqlDataset")
    for name in reaching:
        assert REFUSED.search(name), name
    known = set(dir(tf.raw_ops))
    assert known.issuperset(set(reaching) - {"RpcCall"})
    assert known >= SAVING
    # And what networks are made of is not.
    for name in ("Conv2D", "MatMul", "StatefulPartitionedCall", "While", "RFFT"):
        assert not REFUSED.search(name), name
    for name in ("ReadVariableOp", "VarHandleOp", "AssertV2", "TensorArrayWriteV3"):
        assert not REFUSED.search(name), name


def test_weights_that_are_no_numbers_are_found(framed, tmp_path):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(framed))
    loaded.weights.assign(np.full((4, 2), np.nan))
    tf.saved_model.save(loaded, str(tmp_path / "net"))
    with pytest.raises(Problem, match="holds NaN or infinity"):
        open_saved_model(tmp_path / "net", tensor="frames")


def test_what_is_no_saved_model_is_told_apart(framed, tmp_path):
    with pytest.raises(Problem, match=r"has no saved_model\.pb"):
        open_saved_model(tmp_path)
    whole = (framed / "saved_model.pb").read_bytes()
    for content, told in (
        (b"<!DOCTYPE html><html></html>", "web page"),
        (whole[: len(whole) // 2], "truncated"),
        (b"", "empty"),
    ):
        (tmp_path / "saved_model.pb").write_bytes(content)
        with pytest.raises(Problem, match=told):
            open_saved_model(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(whole)  # without its variables
    with pytest.raises(Problem, match="cannot be loaded"):
        open_saved_model(tmp_path)
