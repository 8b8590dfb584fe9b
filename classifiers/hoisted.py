"""LSTM layers that learn faster: what does not depend on the step before is hoisted.

Keras' LSTM multiplies a step's input and its state by their weights within its loop,
looks at the mask there, and leaves its gradient to the backend, which adds up the
gradients of all weights step by step. Here the loop holds the state's product alone:
the input's is one large product before it, that of all weights' gradients one large
product after it, and masks are looked at once. Numbers are those of Keras' layer but
for rounding.
"""

from typing import TYPE_CHECKING, Any

from embeddings.devices import sees_accelerator

if TYPE_CHECKING:
    import keras

__all__ = ["hoisted"]


def hoisted(model: "keras.Model") -> "keras.Model":
    """Return a network that learns as another does, in less time where it can.

    Its variables are in the same order, so that values go from one to the other. It is
    for training only: what is saved is the plain one.

    Masks must be True first and False after, as those of `embeddings.sequences.pad`.

    Args:
        model: A network; its layers and variables are not shared.

    Returns:
        The same network where no layer would gain: on a GPU TensorFlow has cuDNN's
        LSTM, which is faster yet.
    """
    import keras

    if not any(map(_gains, model.layers)):
        return model
    if keras.config.backend() == "tensorflow" and sees_accelerator():
        return model
    kind = _hoisted_lstm()

    def cloned(layer: "keras.Layer") -> "keras.Layer":
        known = kind if _gains(layer) else type(layer)
        return known.from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=cloned)
    for variable, other in zip(copy.variables, model.variables, strict=True):
        variable.assign(keras.ops.convert_to_numpy(other))  # JAX would share it
    return copy


def _gains(layer: "keras.Layer") -> bool:
    """Whether a layer is an LSTM of the kind that `_steps` computes."""
    import keras

    return (
        type(layer) is keras.layers.LSTM
        and layer.activation is keras.activations.tanh
        and layer.recurrent_activation is keras.activations.sigmoid
        and layer.use_bias
        and not (layer.dropout or layer.recurrent_dropout)
        and not (layer.go_backwards or layer.stateful or layer.return_state)
    )


def _hoisted_lstm() -> type["keras.layers.LSTM"]:
    """Return the layer's class; Keras is imported only where something is trained."""
    import keras
    from keras import ops

    class HoistedLSTM(keras.layers.LSTM):
        def call(self, sequences, initial_state=None, mask=None, training=False):
            cell, width = self.cell, 4 * self.units
            by_time = ops.transpose(sequences, (1, 0, 2))
            # One sigmoid for all: tanh(x) = 2 sigmoid(2 x) - 1. Doubling is exact.
            one = ops.ones(self.units)
            double = ops.concatenate([one, one, 2 * one, one])
            told = ops.add(
                ops.matmul(
                    ops.reshape(by_time, (-1, sequences.shape[-1])),
                    cell.kernel * double,
                ),
                cell.bias * double,
            )
            shape = ops.shape(by_time)
            told = ops.reshape(told, (shape[0], shape[1], width))
            states = _steps(told, cell.recurrent_kernel * double)
            if self.return_sequences:
                return ops.transpose(states, (1, 0, 2))
            if mask is None:
                return states[-1]
            # Padding comes last: a state after it never enters what is asked for.
            last = ops.sum(ops.cast(mask, "int32"), axis=1) - 1
            flat = ops.reshape(states, (-1, self.units))
            return ops.take(flat, last * shape[1] + ops.arange(shape[1]), axis=0)

    return HoistedLSTM


def _steps(told: Any, recurrent: Any) -> Any:
    """Return the states after all steps, with a gradient of its own.

    Args:
        told: What each step's input says to input gate, forget gate, candidate
            (doubled) and output gate: shape (steps, n, 4 units), bias included.
        recurrent: The state's weights, in the same order: shape (units, 4 units).

    Returns:
        Shape (steps, n, units).
    """
    from keras import ops

    units = recurrent.shape[0]

    def before(array):
        """Return what stood before each step: zeros, then what stood after others."""
        return ops.concatenate([ops.zeros_like(array[:1]), array[:-1]], axis=0)

    @ops.custom_gradient
    def run(told, recurrent):
        def step(carry, says):
            gates, cell = carry
            state = gates[:, 3 * units :] * ops.tanh(cell)
            gates = ops.sigmoid(says + ops.matmul(state, recurrent))
            i, f, g, _ = ops.split(gates, 4, axis=-1)
            cell = f * cell + i * (2 * g - 1)
            return (gates, cell), (gates, cell)

        nothing = ops.zeros_like(told[0])
        start = (nothing, nothing[:, :units])
        _, (gates, cell) = ops.scan(step, start, told)
        i, f, g, o = ops.split(gates, 4, axis=-1)
        squashed = ops.tanh(cell)
        states = o * squashed

        def gradient(*inputs, upstream=None):
            if upstream is None:  # TensorFlow and JAX give it alone
                (upstream,) = inputs
            # By how much what each gate is told moves the cell, or of the output gate
            # the state; and by how much the cell moves the state.
            times = ops.concatenate([2 * g - 1, before(cell), 2 * i, squashed], axis=-1)
            slopes = times * gates * (1 - gates)
            moves = o * (1 - squashed * squashed)
            transposed = ops.transpose(recurrent)

            def back(carry, known):
                wanted, of_cell = carry
                of_state, slope, move, kept = ops.split(known, places, axis=-1)
                of_state = of_state + ops.matmul(wanted, transposed)
                of_cell = of_cell + of_state * move
                wanted = slope * ops.concatenate([of_cell] * 3 + [of_state], axis=-1)
                of_cell = of_cell * kept
                return (wanted, of_cell), (wanted, of_cell)

            # One array: of several Keras' scan must know the length on TensorFlow.
            known = ops.concatenate([upstream, slopes, moves, f], axis=-1)
            places = [units, 5 * units, 6 * units]
            _, (wanted, _) = ops.scan(back, start, known, reverse=True)
            earlier = ops.reshape(before(states), (-1, units))
            flat = ops.reshape(wanted, (-1, 4 * units))
            return wanted, ops.matmul(ops.transpose(earlier), flat)

        return states, gradient

    return run(told, recurrent)
