"""What a trained head says of takes: penultimate activations and probabilities."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from classifiers.bags import in_bags, mean_of_bags
from classifiers.joint import JointHead
from classifiers.saved import TrainedHead
from classifiers.shallow import ShallowHead
from classifiers.temperature import chances
from corpus.problem import Problem

__all__ = ["check_penultimate", "outputs", "penultimate", "probabilities", "spoken"]

# All calls use this many rows, and steps in multiples of STEPS, so that whatever
# number of takes is asked for the network is traced (or compiled) but a few times.
ROWS = 32
STEPS = 32


def outputs(
    head: TrainedHead, features: np.ndarray | Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return both outputs of a head in one pass.

    Args:
        head: Trained on features of the same kind.
        features: What the head `feeds` on, unscaled, as they lie in the store: shape
            (n, width), or n arrays of shape (steps, width), of any lengths, or n of
            shape (height, width[, channels]). Of sequences that are fed as pictures
            what is longer than all in training is cut. Of a joint head n tuples of
            what each trunk feeds on.

    Returns:
        Penultimate activations, shape (n, units), before dropout, and probabilities,
        shape (n, classes), in the order of `head.labels`; float32. Of a head without
        a penultimate layer `units` is 0, see `check_penultimate`, but one that is to
        hand on what it is given (`kept`) has that here; of one that learnt bags both
        are means over a take's bags.

    Raises:
        Problem: If pictures are of another size than those trained on.
    """
    size = getattr(head.settings, "bag", 0)
    if not size:
        return _outputs(head, features)
    bags, owners = in_bags(features, size)
    hidden, said = _outputs(head, bags)
    return mean_of_bags(hidden, owners), mean_of_bags(said, owners)


def _outputs(
    head: TrainedHead, features: np.ndarray | Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    settings = head.settings
    joint = isinstance(settings, JointHead)
    columns = list(zip(*features, strict=True)) if joint else [features]
    trunks = _trunks(head)
    for trunk, rows in zip(trunks, columns or [()] * len(trunks), strict=True):
        trunk.check(rows)  # of a joint head also that there are as many
    if isinstance(settings, ShallowHead):
        scores = settings.scores(head.model, np.asarray(features))
        said = chances(scores, head.card["temperature"]).astype(np.float32)
        rows = np.asarray(features, np.float32)
        return (rows if _hands_on(head) else rows[:, :0]), said
    tapped = settings.has_penultimate
    network = head.tapped if tapped else head.model
    parts = []
    for start in range(0, len(features), ROWS):
        rows = [head.scaler(row) for row in features[start : start + ROWS]]
        # The last rows are filled up with copies of the first, never with masks that
        # hide a whole sequence: cuDNN refuses those.
        filled = rows + rows[:1] * (ROWS - len(rows))
        parted = zip(*rows, strict=True) if joint else [rows]
        lengths = [t.length(own) for t, own in zip(trunks, parted, strict=True)]
        inputs = settings.inputs(filled, length=lengths if joint else lengths[0])
        batch = network.predict_on_batch(inputs)
        both = batch if tapped else (np.empty((ROWS, 0), np.float32), batch)
        parts.append([array[: len(rows)] for array in both])
    hidden, softmax = zip(*parts, strict=True)
    return np.concatenate(hidden), np.concatenate(softmax)


@dataclasses.dataclass(frozen=True)
class _Trunk:
    """What a head, or one trunk of a joint head, was trained on.

    Attributes:
        name: What to call the head.
        width: Numbers in one embedding.
        shape: Of pictures; else None.
        free: Whether pictures may differ in their first axis.
    """

    name: str
    width: int
    shape: tuple[int, ...] | None
    free: bool

    def check(self, rows: Sequence[np.ndarray]) -> None:
        """See that a network can be fed what it is given.

        Raises:
            Problem: If pictures are of another size.
        """
        if not len(rows) or {np.shape(row)[-1] for row in rows} != {self.width}:
            raise ValueError(f"features must be one or more rows of width {self.width}")
        if self.shape is None:
            return
        first = int(self.free)
        for row in rows:
            size = np.shape(row)
            alike = size[first:] == self.shape[first:]
            if len(size) != len(self.shape) or not alike:
                raise Problem(
                    f"the {self.name} head was trained on pictures of {self.shape}, "
                    f"and cannot be asked about one of {size}; extract takes with the "
                    f"same settings."
                )

    def length(self, rows: Sequence[np.ndarray]) -> int:
        """Return the length of the first axis that the network is fed."""
        if self.shape is not None:
            return self.shape[0]
        return -(-max(map(len, rows)) // STEPS) * STEPS


def _trunks(head: TrainedHead) -> list[_Trunk]:
    """Return those of a joint head, else one for all."""
    width, shape = head.card["width"], head.card.get("shape")
    if isinstance(head.settings, JointHead):
        columns = zip(width, shape, head.scaler.trunks, strict=True)
    else:
        columns = [(width, shape, head.scaler)]
    name = head.card.get("system", head.card["kind"])
    return [
        _Trunk(name, width, shape and tuple(shape), scaler.mean.ndim == 1)
        for width, shape, scaler in columns
    ]


def penultimate(
    head: TrainedHead, features: np.ndarray | Sequence[np.ndarray]
) -> np.ndarray:
    """Return the penultimate activations alone, see `outputs`.

    Raises:
        Problem: If the head has no penultimate layer.
    """
    check_penultimate(head)
    return outputs(head, features)[0]


def probabilities(
    head: TrainedHead, features: np.ndarray | Sequence[np.ndarray]
) -> np.ndarray:
    """Return the probabilities alone, see `outputs`."""
    return outputs(head, features)[1]


def spoken(
    head: TrainedHead, hidden: np.ndarray, said: np.ndarray, *, says: str
) -> np.ndarray:
    """Return which of a head's `outputs` a meta-classifier is told.

    Args:
        head: The head, of which only the card is read.
        hidden: Its penultimate activations.
        said: Its probabilities.
        says: "penultimate" or "probabilities".

    Raises:
        Problem: If the head has no penultimate layer, and is to say that.
    """
    if says == "penultimate":
        check_penultimate(head)
        return hidden
    return hidden if _hands_on(head) else said


def _hands_on(head: TrainedHead) -> bool:
    return getattr(head.settings, "kept", False)


def check_penultimate(head: TrainedHead) -> None:
    """See that a head has a penultimate layer, by its card.

    Raises:
        Problem: If it has none.
    """
    if not head.settings.has_penultimate:
        raise Problem(
            f"the {head.card.get('system', head.card['kind'])} head "
            f"({head.card['kind']}) has no penultimate layer to stack on; stack on "
            f'probabilities instead: fusion.says = "probabilities".'
        )
