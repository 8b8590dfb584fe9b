"""Rows for a meta-classifier from all training takes: each by a net that never saw it.

Beyene 2019 holds a quarter of the takes back for the meta-classifier. Here none is
held back (Wolpert 1992, Stacked generalization, section II; van der Laan, Polley and
Hubbard 2007, Super learner): the training takes are cut into folds, one base net is
trained without each, and says what it makes of that fold.

In those papers one base net trained on all takes speaks at prediction time. But a
penultimate unit has no meaning outside its own net, and the meta-classifier never met
those of that one: on real takes it then fell far behind the hold-out. The nets of the
folds are those it knows. So each of them speaks of a new take, the meta-classifier
judges each, and the mean decides. The nets begin with the same weights (the same
seed), so that their units stay alike as far as may be. Probabilities need no such care.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from classifiers.saved import TrainedHead
from corpus.problem import Problem
from stacking.holdout import check_unseen, said_by

__all__ = ["assign_folds", "out_of_fold_features"]


def assign_folds(
    groups: Sequence[str], targets: Sequence[str], *, count: int, seed: int
) -> np.ndarray:
    """Cut takes into folds, no group in two; each class spread as evenly as can be.

    Made again on another machine, or of takes in another order, it is the same.

    Args:
        groups: What must not be parted, by take: its speaker, or the hash of its
            sound.
        targets: The label of each take.
        count: Folds, at least 2.
        seed: Which of the many such cuts.

    Returns:
        Shape (takes,): the fold of each take, from 0.

    Raises:
        Problem: If there are fewer groups than folds.
    """
    groups, targets = np.asarray(groups, str), np.asarray(targets, str)
    names = np.unique(groups)
    if count < 2 or len(names) < count:
        raise Problem(
            f"{len(names)} groups cannot be cut into {count} folds; use 2 folds or "
            f"more, and at least one group (a speaker, or a take) for each."
        )
    classes = np.unique(targets)
    has = {
        name: np.array([(targets[groups == name] == label).sum() for label in classes])
        for name in names
    }
    # Large groups first; each to the fold that has least of what it brings.
    order = sorted(names, key=lambda name: (-has[name].sum(), _rank(seed, name)))
    held = np.zeros((count, len(classes)), int)
    fold_of = {}
    for name in order:
        wanted = has[name] > 0
        load = [(held[fold, wanted].sum(), held[fold].sum()) for fold in range(count)]
        fold = min(range(count), key=lambda fold: (*load[fold], fold))
        fold_of[name] = fold
        held[fold] += has[name]
    return np.array([fold_of[name] for name in groups])


def _rank(seed: int, name: str) -> str:
    return hashlib.sha256(f"out-of-fold-{seed}:{name}".encode()).hexdigest()


def out_of_fold_features(
    heads: Sequence[TrainedHead],
    features: Sequence[np.ndarray],
    *,
    takes: Sequence[str],
    folds: np.ndarray,
    says: str = "penultimate",
    groups: Mapping[str, str] | None = None,
) -> np.ndarray:
    """Return what nets say of the takes that each of them was trained without.

    Args:
        heads: The base net of each fold, trained on all others.
        features: What they are fed, by take.
        takes: The takes.
        folds: Shape (takes,): see `assign_folds`.
        says: "penultimate", or "probabilities".
        groups: As for `stacking.holdout.check_unseen`.

    Returns:
        Shape (takes, units) or (takes, classes), float32, in the order of the takes.

    Raises:
        Problem: If a net did see a take of its fold.
        ValueError: If there is not one net a fold.
    """
    if sorted(set(folds.tolist())) != list(range(len(heads))):
        raise ValueError(f"{len(heads)} nets do not go with folds {set(folds)}")
    rows: list[np.ndarray | None] = [None] * len(takes)
    for fold, head in enumerate(heads):
        chosen = np.flatnonzero(folds == fold)
        check_unseen([head], [takes[place] for place in chosen], groups=groups)
        said = said_by(head, [features[place] for place in chosen], says=says)
        for place, row in zip(chosen, said, strict=True):
            rows[place] = row
    return np.stack(rows)
