"""What learns faster learns the same: numbers beside those of plain Keras layers."""

import numpy as np
import pytest

from classifiers.dense import DenseHead
from classifiers.hoisted import hoisted
from classifiers.joint import JointHead
from classifiers.lstm import LSTMHead


def batches(count=4, *, size=5, seed=0):
    """Sequences of 1 to 24 steps of 6 numbers, and one-hot targets of three labels."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        rows = [
            rng.normal(size=(steps, 6)).astype(np.float32)
            for steps in rng.integers(1, 25, size)
        ]
        yield rows, np.eye(3, dtype=np.float32)[rng.integers(0, 3, size)]


def pair(head, size=6):
    """A plain network and one that learns faster, from one start."""
    import keras

    keras.utils.set_random_seed(3)
    plain = head.build(size, 3)
    fast = hoisted(plain)
    assert fast is not plain
    for model in (plain, fast):
        adam = keras.optimizers.Adam(0.01)
        model.compile(adam, "categorical_crossentropy")
    return plain, fast


HEADS = {
    "thesis": LSTMHead(units=(8, 5), dropout=(0.5, 0.5)),
    "one layer": LSTMHead(units=(8,), dropout=(0.0,)),
    "normalised": LSTMHead(units=(8, 5), dropout=(0.3, 0.3), batch_norm=(1, 2)),
    "dense": LSTMHead(units=(8, 5), dropout=(0.2, 0.2), dense=(4,)),
}


@pytest.mark.parametrize("name", HEADS)
def test_the_loss_curve_is_that_of_plain_layers(name):
    head, curves = HEADS[name], []
    for model in pair(head):
        shown = [(head.inputs(rows, length=24), truth) for rows, truth in batches(2)]
        curves.append([model.train_on_batch(*batch) for batch in shown * 12])
    plain, fast = np.array(curves)
    assert plain[-2:].mean() < plain[:2].mean()  # it does learn
    np.testing.assert_allclose(fast, plain, rtol=0, atol=1e-5)


def test_so_are_its_weights_which_fit_the_plain_network():
    head = HEADS["thesis"]
    plain, fast = pair(head)
    for rows, truth in batches():
        for model in (plain, fast):
            model.train_on_batch(head.inputs(rows, length=24), truth)
    learnt = fast.get_weights()
    for one, two in zip(plain.get_weights(), learnt, strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-3)
    said = fast.predict_on_batch(head.inputs(rows))
    plain.set_weights(learnt)
    apart = np.abs(plain.predict_on_batch(head.inputs(rows)) - said).max()
    assert apart < 1e-6


def test_gradients_are_those_of_plain_layers_with_large_numbers_too():
    head = HEADS["one layer"]
    plain, fast = pair(head)
    for model in (plain, fast):
        model.compile("sgd", "categorical_crossentropy")
    rows, truth = next(batches())
    for model in (plain, fast):
        model.train_on_batch(head.inputs([30 * row for row in rows]), truth)
    for one, two in zip(plain.get_weights(), fast.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)


def test_what_stands_behind_a_sequence_does_not_matter():
    head = HEADS["thesis"]
    _, fast = pair(head)
    rows, _ = next(batches())
    inputs = head.inputs(rows, length=40)
    inputs["sequence"][~inputs["mask"]] = 1e3
    short = fast.predict_on_batch(head.inputs(rows))
    np.testing.assert_allclose(short, fast.predict_on_batch(inputs), atol=1e-6)


def test_trunks_of_a_joint_network_as_well():
    head = JointHead(trunks=(DenseHead(units=(4,), dropout=(0.5,)), HEADS["thesis"]))
    rng = np.random.default_rng(0)
    rows, truth = next(batches())
    pairs = [(rng.normal(size=4).astype(np.float32), row) for row in rows]
    inputs = head.inputs(pairs, length=(1, 24))
    plain, fast = pair(head, (4, 6))
    for _ in range(4):
        losses = [model.train_on_batch(inputs, truth) for model in (plain, fast)]
        np.testing.assert_allclose(*losses, rtol=0, atol=1e-5)


@pytest.mark.parametrize("head", [DenseHead(), LSTMHead(activation="relu")])
def test_what_would_not_gain_stays_as_it_is(head):
    model = head.build(6, 3)
    assert hoisted(model) is model
