import io
import json
import shutil
import zipfile

import h5py
import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.adaptors.keras_file import open_keras

PAGE = b"<!DOCTYPE html><html><body>Sign in</body></html>"
ROWS = np.random.default_rng(0).random((4, 8, 8), np.float32)


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    scaled = keras.layers.Rescaling(0.5, offset=1)(inputs)
    maps = keras.layers.Conv2D(5, 3, activation="relu", name="maps")(scaled)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(maps)
    model = keras.Model(inputs, keras.layers.Dense(3, name="classes")(pooled))
    model.compile("adam", "mse")  # as people save them
    return model


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keras")
    for name in ("net.keras", "net.h5", "net.hdf5"):
        model.save(folder / name)
    return folder


@pytest.mark.parametrize("name", ["net.keras", "net.h5", "net.hdf5"])
def test_a_whole_model_gives_its_own_numbers(model, folder, name):
    network = open_keras(folder / name)
    assert network.shape == (None, 8, 8, 1)
    assert network.parameters == model.count_params()
    wanted = model.predict_on_batch(ROWS[..., None])
    assert np.allclose(network(ROWS), wanted, atol=1e-6)
    maps = open_keras(folder / name, layer="maps")(ROWS)
    pooled = open_keras(folder / name, layer="pooled")(ROWS)
    assert maps.shape == (4, 6, 6, 5)
    assert np.allclose(maps.mean((1, 2)), pooled, atol=1e-6)


def test_arithmetic_between_layers_is_plain(tmp_path):
    import keras

    inputs = keras.Input((4, 4))
    model = keras.Model(inputs, keras.ops.mean(inputs[:, 1:] / 2 + 1, axis=1))
    model.save(tmp_path / "net.keras")
    wanted = ROWS[:, 1:4, :4].mean(1) / 2 + 1
    assert np.allclose(open_keras(tmp_path / "net.keras")(ROWS[:, :4, :4]), wanted)


def test_a_wrong_layer_gets_the_nearest(folder):
    with pytest.raises(Problem, match=r"no layer 'map'; .*'maps'"):
        open_keras(folder / "net.keras", layer="map")


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
def test_a_lambda_is_not_run(tmp_path, name):
    import keras

    inputs = keras.Input((4,))
    outputs = keras.layers.Lambda(lambda x: x * 2, name="free")(inputs)
    keras.Model(inputs, outputs).save(tmp_path / name)
    with pytest.raises(Problem, match=r"Lambda.*not loaded"):
        open_keras(tmp_path / name)


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
def test_a_stranger_s_class_is_not_looked_up(tmp_path, name):
    import keras

    class Own(keras.layers.Layer):
        def call(self, inputs):
            return inputs

    inputs = keras.Input((4,))
    keras.Model(inputs, Own()(inputs)).save(tmp_path / name)
    with pytest.raises(Problem, match=r"Own.*not loaded"):
        open_keras(tmp_path / name)


def with_config(source, target, change):
    """Copy a `.keras` archive with another configuration."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return target


def test_a_function_that_fetches_is_not_called(folder, tmp_path):
    def change(config):
        config["config"]["layers"][-1]["config"]["activation"] = {
            "module": "keras.utils",
            "class_name": "function",
            "config": "get_file",
            "registered_name": "get_file",
        }

    path = with_config(folder / "net.keras", tmp_path / "net.keras", change)
    with pytest.raises(Problem, match=r"keras\.utils\.get_file"):
        open_keras(path)


def test_a_file_that_is_both_kinds_is_read_as_the_one_it_is_checked_as(
    folder, tmp_path
):
    import keras

    inputs = keras.Input((4,))
    evil = keras.Model(inputs, keras.layers.Lambda(lambda x: x)(inputs))
    evil.save(tmp_path / "evil.h5")
    both = tmp_path / "both.hdf5"
    both.write_bytes(
        (tmp_path / "evil.h5").read_bytes() + (folder / "net.keras").read_bytes()
    )
    with pytest.raises(Problem, match="Lambda"):
        open_keras(both)


def test_data_of_other_files_are_not_read(folder, tmp_path):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["numbers"] = np.ones(3)
    path = tmp_path / "net.h5"
    shutil.copy(folder / "net.h5", path)
    with h5py.File(path, "a") as file:
        file["model_weights/link"] = h5py.ExternalLink("secret.h5", "numbers")
    with pytest.raises(Problem, match="outside of it"):
        open_keras(path)

    packed = io.BytesIO()
    with h5py.File(packed, "w") as file:
        file["link"] = h5py.ExternalLink("secret.h5", "numbers")
    path = tmp_path / "net.keras"
    with (
        zipfile.ZipFile(folder / "net.keras") as old,
        zipfile.ZipFile(path, "w") as new,
    ):
        new.writestr("config.json", old.read("config.json"))
        new.writestr("metadata.json", old.read("metadata.json"))
        new.writestr("model.weights.h5", packed.getvalue())
    with pytest.raises(Problem, match="outside of it"):
        open_keras(path)


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
def test_what_is_no_model_is_told_apart(folder, tmp_path, name):
    whole = (folder / name).read_bytes()
    for content, told in (
        (PAGE, "web page"),
        (whole[: len(whole) // 2], "truncated"),
        (b"\0" * 1000, "cannot be read as a Keras model"),
        (b"", "empty"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(Problem, match=told):
            open_keras(path)


@pytest.mark.parametrize(
    "config", ["[1]", "1", "[" * 100_000, '{"a":' * 900 + "1" + "}" * 900]
)
def test_a_configuration_that_is_none_is_told(tmp_path, config):
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config)
    with pytest.raises(Problem, match="cannot be read as a Keras model"):
        open_keras(path)
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("numbers", data=1)
        if len(config) < 10_000:
            file.attrs["model_config"] = config
        else:
            file.attrs["model_config"] = 3
    with pytest.raises(Problem, match="cannot be read as a Keras model"):
        open_keras(path)


def test_weights_alone_need_their_architecture_named(model, tmp_path):
    model.save_weights(tmp_path / "net.weights.h5")
    with pytest.raises(Problem, match="name the network they belong to"):
        open_keras(tmp_path / "net.weights.h5")


def test_weights_that_are_no_numbers_are_found(model, tmp_path):
    import keras

    damaged = keras.models.clone_model(model)
    damaged.get_layer("classes").bias.assign([np.nan, 0, 0])
    damaged.save(tmp_path / "net.keras")
    with pytest.raises(Problem, match=r"classes/bias.*NaN"):
        open_keras(tmp_path / "net.keras")


def test_two_inputs_are_one_too_many(tmp_path):
    import keras

    inputs = [keras.Input((4,)), keras.Input((4,))]
    keras.Model(inputs, keras.layers.Add()(inputs)).save(tmp_path / "net.keras")
    with pytest.raises(Problem, match="2 inputs"):
        open_keras(tmp_path / "net.keras")


def test_one_of_two_outputs_must_be_named(tmp_path):
    import keras

    inputs = keras.Input((4,))
    one, two = (keras.layers.Dense(2, name=name)(inputs) for name in ("one", "two"))
    keras.Model(inputs, [one, two]).save(tmp_path / "net.keras")
    with pytest.raises(Problem, match="2 outputs; name the `layer` of one: one, two"):
        open_keras(tmp_path / "net.keras")
    assert open_keras(tmp_path / "net.keras", layer="two").shape == (None, 4)


def test_a_layer_of_a_network_inside_a_network(tmp_path):
    import keras

    inner = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, name="deep")], name="inner"
    )
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(2)])
    model.save(tmp_path / "net.keras")
    rows = np.ones((2, 4), np.float32)
    result = open_keras(tmp_path / "net.keras", layer="inner")(rows)
    assert np.allclose(result, inner.predict_on_batch(rows))


def test_a_file_of_keras_2_0_still_loads(real_data):
    path = real_data / "pretrained" / "fer2013_mini_xception.hdf5"
    result = open_keras(path)(np.zeros((3, 64, 64)))
    assert result.shape == (3, 7) and np.allclose(result.sum(1), 1, atol=1e-5)
