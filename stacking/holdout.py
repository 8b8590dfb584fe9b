"""The rows that a meta-classifier learns from: base nets on takes they never saw."""

from collections.abc import Mapping, Sequence

import numpy as np

from classifiers.penultimate import outputs, spoken
from classifiers.saved import TrainedHead
from corpus.problem import Problem

__all__ = ["check_unseen", "said_by", "stack_features"]


def check_unseen(
    heads: Sequence[TrainedHead],
    takes: Sequence[str],
    *,
    watched: Sequence[str] = (),
    validated: bool = False,
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
        validated: Whether base nets may have been watched on those to be fitted on,
            too, as in Coppola et al. 2024 (001:222).
        groups: For takes that are one recording under several names, the recording
            (the hash of the sound, say); a take that is not named is its own.

    Raises:
        Problem: If one was seen; names the first.
    """
    groups = groups or {}
    how_seen = {"validation_takes": "validated", "takes": "trained"}
    fitted = ("takes",) if validated else tuple(how_seen)
    for head in heads:
        for asked, kinds in ((takes, fitted), (watched, ("takes",))):
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


def said_by(
    head: TrainedHead, rows: np.ndarray | Sequence[np.ndarray], *, says: str
) -> np.ndarray:
    """Return what a base net says of takes to a meta-classifier.

    Args:
        head: The base net.
        rows: Its features of n takes.
        says: "penultimate" (Beyene 2019) or "probabilities" (Coppola et al. 2024,
            001:213, and Mitseas 2022, 004:79).

    Returns:
        Shape (n, units) or (n, classes), float32; of a mapped head that keeps all it
        is given, those.

    Raises:
        Problem: If the head has no penultimate layer.
    """
    return spoken(head, *outputs(head, rows), says=says)


def stack_features(
    heads: Sequence[TrainedHead],
    features: Sequence[np.ndarray | Sequence[np.ndarray]],
    *,
    says: str = "penultimate",
) -> np.ndarray:
    """Put what several base nets say of takes side by side.

    The thesis' 356: 256 of the audio net, then 100 of the LSTM (Beyene 2019, 4.2; its
    350 in chapter 5 contradicts its own networks).

    Args:
        heads: The base nets, in the order of the result's columns.
        features: For each of them its features of the same n takes, in one order.
        says: See `said_by`.

    Returns:
        Shape (n, sum of widths), float32.

    Raises:
        Problem: If a head has no penultimate layer, and is to say that.
    """
    if len({len(rows) for rows in features}) != 1:
        raise ValueError(
            f"base nets were given different numbers of takes: {[*map(len, features)]}"
        )
    pairs = zip(heads, features, strict=True)
    return np.concatenate(
        [said_by(head, rows, says=says) for head, rows in pairs], axis=1
    )
