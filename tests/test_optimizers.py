import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.optimizers import optimizer_of, rate_after
from classifiers.train import Training

RATE, DECAY = 0.01, 0.3


def torch_adam(weights, gradients):
    """Adam as PyTorch documents it, weight decay in the gradient."""
    first = second = np.zeros(3)
    for step, gradient in enumerate(gradients, start=1):
        gradient = gradient + DECAY * weights
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        size = np.sqrt(second / (1 - 0.999**step)) + 1e-8
        weights = weights - RATE * first / (1 - 0.9**step) / size
    return weights


def torch_sgd(weights, gradients):
    for gradient in gradients:
        weights = weights - RATE * (gradient + DECAY * weights)
    return weights


@pytest.mark.parametrize("name, expected", [("adam", torch_adam), ("sgd", torch_sgd)])
def test_weights_decay_as_they_do_in_pytorch(name, expected):
    import keras

    training = Training(optimizer=name, learning_rate=RATE, weight_decay=DECAY)
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=3), rng.normal(size=(20, 3))
    variable = keras.Variable(start)
    optimizer = optimizer_of(training)
    optimizer.build([variable])
    for gradient in gradients:
        tensor = keras.ops.convert_to_tensor(gradient.astype(np.float32))
        optimizer.apply([tensor], [variable])
    said = keras.ops.convert_to_numpy(variable)
    np.testing.assert_allclose(said, expected(start, gradients), rtol=1e-4)


def test_without_decay_it_is_keras_own():
    import keras

    assert type(optimizer_of(Training())) is keras.optimizers.Adam
    assert type(optimizer_of(Training(optimizer="sgd"))) is keras.optimizers.SGD


def keras_rate(losses, training):
    import keras

    factor, patience, minimum = training.reduce_on_plateau
    callback = keras.callbacks.ReduceLROnPlateau(
        factor=factor, patience=int(patience), min_lr=minimum
    )
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(training.learning_rate), loss="mse")
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


# None lower than another by just what counts: Keras compares in float32.
LOSS = st.sampled_from([1.0, 1.00003, 0.99996, 0.999, 0.5, 0.2])


@settings(deadline=None, max_examples=60)
@given(
    LOSS,
    st.lists(LOSS | st.just(float("nan")), max_size=14),
    st.tuples(
        st.sampled_from([0.2, 0.5, 0.9]),
        st.integers(1, 3),
        st.sampled_from([0.0, 1e-6, 5e-4, 1.0]),
    ),
)
def test_the_rate_is_that_of_keras_after_the_same_losses(first, rest, plateau):
    losses = [first, *rest]
    training = Training(learning_rate=0.003, reduce_on_plateau=plateau)
    assert rate_after(losses, training) == keras_rate(losses, training)


def test_by_hand():
    training = Training(learning_rate=0.1, reduce_on_plateau=(0.5, 2, 0.03))
    rates = [rate_after([3, 4, 4, 4, 4, 4, 4][:n], training) for n in range(8)]
    wanted = [0.1, 0.1, 0.1, 0.05, 0.05, 0.03, 0.03, 0.03]
    np.testing.assert_allclose(rates, wanted, rtol=1e-6)
    stays = dataclasses.replace(training, reduce_on_plateau=())
    assert rate_after([3] * 99, stays) == pytest.approx(0.1)
