import numpy as np
import pytest

from classifiers.dense import build_dense
from classifiers.resume import Standing

RULE = {"epochs": 200, "patience": 10, "min_delta": 0.0}


def compiled():
    import keras

    model = build_dense(4, 2, units=(3,), dropout=(0.5,))
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


def everything(model):
    import keras

    variables = [*model.variables, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def row(epoch, val_loss):
    return {"epoch": epoch, "val_loss": val_loss}


@pytest.fixture(scope="module")
def trained():
    model = compiled()
    rng = np.random.default_rng(0)
    for _ in range(3):
        points = rng.normal(size=(8, 4)).astype(np.float32)
        model.train_on_batch(points, np.eye(2, dtype=np.float32)[[0, 1] * 4])
    standing = Standing()
    standing.record(row(1, 0.5), model, **RULE)
    return model, standing


def test_all_comes_back(trained, tmp_path):
    model, standing = trained
    standing.write(tmp_path / "state.npz", model, fingerprint="f")
    other = compiled()
    again = Standing.read(tmp_path / "state.npz", other, fingerprint="f")
    # Weights, the counters that dropout draws from, steps and both moments of Adam.
    for old, new in zip(everything(model), everything(other), strict=True):
        np.testing.assert_array_equal(old, new)
    assert again.history == [row(1, 0.5)] and not again.over
    assert (again.best_epoch, again.best_val_loss) == (1, 0.5)
    for old, new in zip(standing.best, again.best, strict=True):
        np.testing.assert_array_equal(old, new)


def test_what_is_not_ours_or_damaged_is_none_and_touches_nothing(trained, tmp_path):
    model, standing = trained
    path = tmp_path / "state.npz"
    standing.write(path, model, fingerprint="f")
    other = compiled()
    before = everything(other)
    assert Standing.read(tmp_path / "no.npz", other, fingerprint="f") is None
    assert Standing.read(path, other, fingerprint="g") is None
    data = path.read_bytes()
    for part in (b"", data[: len(data) // 2], data[:-1], b"PK" + data[:50]):
        path.write_bytes(part)
        assert Standing.read(path, other, fingerprint="f") is None
    for old, new in zip(before, everything(other), strict=True):
        np.testing.assert_array_equal(old, new)


def follow(losses, **settings):
    class Model:
        def get_weights(self):
            return [np.zeros(1)]

    standing = Standing()
    for epoch, loss in enumerate(losses, start=1):
        standing.record(row(epoch, loss), Model(), **{**RULE, **settings})
        if standing.over:
            break
    return len(standing.history), standing.best_epoch


NAN = float("nan")


@pytest.mark.parametrize(
    "losses, settings, epochs, best",
    [
        ([5, 4, 3, 2], {"patience": 2, "epochs": 3}, 3, 3),
        ([5, 4, 6, 6, 1], {"patience": 2}, 4, 2),
        ([5, 4, 6, 3, 9, 9, 1], {"patience": 2}, 6, 4),
        ([5, 5, 5, 1], {"patience": 2}, 3, 1),  # as low is not lower
        ([5, 4.95, 4.9, 1], {"patience": 2, "min_delta": 0.2}, 3, 1),
        ([NAN, NAN, 1], {"patience": 2}, 2, 0),
        ([NAN, 3, NAN, NAN], {"patience": 2}, 4, 2),
    ],
)
def test_when_it_stops_and_what_was_best(losses, settings, epochs, best):
    assert follow(losses, **settings) == (epochs, best)
