import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.adaptors.litert import open_litert

PAGE = b"<!DOCTYPE html><html><body>Sign in</body></html>"


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype("f") for shape in ((6, 4), (4, 2))]


@pytest.fixture(scope="module")
def converted(weights, tmp_path_factory):
    """Writes the network x @ a @ b, by TensorFlow's converter."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("litert")
    a, b = map(tf.constant, weights)

    def convert(name, batch, **settings):
        @tf.function(input_signature=[tf.TensorSpec([batch, 6], tf.float32)])
        def network(x):
            inner = tf.matmul(x, a, name="inner")
            return {"y": tf.matmul(tf.nn.relu(inner), b)}

        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [network.get_concrete_function()], network
        )
        for key, value in settings.items():
            setattr(converter, key, value)
        path = folder / f"{name}.tflite"
        path.write_bytes(converter.convert())
        return path

    return convert


@pytest.fixture(scope="module")
def plain(converted):
    return converted("plain", 1)


ROWS = np.random.default_rng(1).standard_normal((5, 6)).astype("f")


def expected(weights, rows=ROWS):
    return np.maximum(rows @ weights[0], 0) @ weights[1]


@pytest.mark.parametrize("batch", [1, 5, None])
def test_any_number_of_rows_gives_the_network_s_numbers(converted, weights, batch):
    network = open_litert(converted(f"batch{batch}", batch))
    assert network.shape == (batch, 6)
    assert np.allclose(network(ROWS), expected(weights), atol=1e-5)
    if batch is None:
        assert np.allclose(network(ROWS[:2]), expected(weights)[:2], atol=1e-5)


def test_a_tensor_inside(plain, weights):
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(model_path=str(plain)).get_tensor_details()
    inside = next(
        each["name"]
        for each in details
        if tuple(each["shape"]) == (1, 4) and each["name"]
    )
    result = open_litert(plain, tensor=inside)(ROWS)
    assert np.allclose(result, np.maximum(ROWS @ weights[0], 0), atol=1e-5)
    with pytest.raises(Problem, match="has no tensor"):
        open_litert(plain, tensor=inside + "x")


def test_quantised_networks_take_and_give_plain_numbers(converted, weights):
    import tensorflow as tf

    def representative():
        for row in np.random.default_rng(2).standard_normal((200, 1, 6)):
            yield [row.astype("f")]

    path = converted(
        "quantised",
        1,
        optimizations=[tf.lite.Optimize.DEFAULT],
        representative_dataset=representative,
        inference_input_type=tf.int8,
        inference_output_type=tf.int8,
    )
    wanted = expected(weights)
    assert np.abs(open_litert(path)(ROWS) - wanted).max() < 0.1 * np.ptp(wanted)


def test_what_is_no_network_is_told_apart(plain, tmp_path):
    whole = plain.read_bytes()
    for content, told in (
        (PAGE, "web page"),
        (whole[: len(whole) // 2], "truncated"),
        (b"\0" * 1000, "LiteRT network"),
        (b"", "empty"),
    ):
        path = tmp_path / "net.tflite"
        path.write_bytes(content)
        with pytest.raises(Problem, match=told):
            open_litert(path)


def test_yamnet_has_two_outputs_and_an_embedding_inside(real_data):
    path = real_data / "pretrained" / "yamnet.tflite"
    with pytest.raises(Problem, match="2 outputs, Identity, Identity_1"):
        open_litert(path)
    network = open_litert(path, tensor="yamnet_frames/global_average_pooling2d/Mean")
    noise = 0.1 * np.random.default_rng(0).standard_normal((3, 15600))
    assert network(noise).shape == (3, 1024)
    with pytest.raises(Problem, match="'yamnet_frames/global_average_pooling2d/Mean'"):
        open_litert(path, tensor="global_average_pooling2d/Mean")
