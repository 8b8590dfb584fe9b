"""The rows that a meta-classifier learns from: base nets on takes they never saw."""

from collections.abc import Mapping, Sequence

import numpy as np

from classifiers.penultimate import penultimate
from classifiers.saved import TrainedHead
from corpus.problem import Problem

__all__ = ["check_unseen", "stack_features"]


def check_unseen(
    heads: Sequence[TrainedHead],
    takes: Sequence[str],
    *,
    watched: Sequence[str] = (),
    groups: Mapping[str, str] | None = None,
) -> None:
    """Make sure that no base net has seen a take that the meta-classifier learns from.

    On takes it has seen a base net is far surer than it will ever be again, and the
    meta-classifier would learn to believe it (Wolpert 1992, Stacked generalization).
    Takes that were only watched for early stopping count as seen.

    Args:
        heads: The base nets.
        takes: To be fitted on.
        watched: Those that only early stopping looks at. Base nets must not be trained
            on them, but may have been watched on them too, as in Beyene 2019, which
            has no fourth part to watch.
        groups: For takes that are one recording under several names, the recording
            (the hash of the sound, say); a take that is not named is its own.

    Raises:
        Problem: If one was seen; names the first.
    """
    groups = groups or {}
    how_seen = {"validation_takes": "validated", "takes": "trained"}
    for head in heads:
        for asked, kinds in ((takes, how_seen), (watched, ("takes",))):
            seen = {
                groups.get(take, take): (take, how_seen[kind])
                for kind in kinds
                for take in head.card[kind]
            }
            met = [take for take in asked if groups.get(take, take) in seen]
            if met:
                twin, how = seen[groups.get(met[0], met[0])]
                same = "" if twin == met[0] else f" (its sound is that of {twin})"
                raise Problem(
                    f"{len(met)} of {len(asked)} takes to stack on were seen by the "
                    f"{head.card.get('system', head.card['kind'])} base net, the first "
                    f"{met[0]}{same}, on which it was {how}; stack on a part of the "
                    f"split that base nets are kept from."
                )


def stack_features(
    heads: Sequence[TrainedHead],
    features: Sequence[np.ndarray | Sequence[np.ndarray]],
) -> np.ndarray:
    """Put the penultimate activations of several base nets side by side.

    The thesis' 356: 256 of the audio net, then 100 of the LSTM (Beyene 2019, 4.2; its
    350 in chapter 5 contradicts its own networks).

    Args:
        heads: The base nets, in the order of the result's columns.
        features: For each of them its features of the same n takes, in one order.

    Returns:
        Shape (n, sum of penultimate widths), float32.
    """
    if len({len(rows) for rows in features}) != 1:
        raise ValueError(
            f"base nets were given different numbers of takes: {[*map(len, features)]}"
        )
    pairs = zip(heads, features, strict=True)
    return np.concatenate([penultimate(head, rows) for head, rows in pairs], axis=1)
