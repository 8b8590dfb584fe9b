"""Training of a head of any kind: its card, and what makes two trainings the same."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.bags import in_bags
from classifiers.epochs import HISTORY_COLUMNS, UNFINISHED, fit_network
from classifiers.heads import Head, written
from classifiers.joint import JointHead
from classifiers.joint_material import JointMaterial
from classifiers.layers import LATER
from classifiers.material import Material
from classifiers.optimizers import LOSSES, OPTIMIZERS
from classifiers.saved import TrainedHead, read_card, versions
from classifiers.shallow import ShallowHead, fit_shallow
from corpus.files import digest
from corpus.problem import Problem

__all__ = ["HISTORY_COLUMNS", "LOSSES", "OPTIMIZERS", "Training", "train_head"]

RECIPE = 1  # raised when this package's own code changes what is learnt


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training:
    """How a head is trained.

    Of a head that is no network only `normalise` is looked at.

    Attributes:
        optimizer: "adam", "adamax" or "sgd" (without momentum). The thesis says Adam,
            its code Adamax; Coban et al. 2020 train a softmax on VGG16 by SGD (code).
        learning_rate: Keras' Adam has 0.001; Adamax had 0.002 until 2019, has 0.001
            today.
        batch: Takes in a step; 1 is the thesis' "online learning" of sequences.
        epochs: At most.
        patience: Epochs without a lower validation loss after which to stop.
        min_delta: By how much a validation loss must be lower to count.
        normalise: Whether features become standard scores of the part fitted on.
        double_softmax: Whether the loss takes the network's probabilities for logits,
            as where a network that ends in a softmax meets PyTorch's cross-entropy.
        dropout_in_first_epoch_only: Whether there is dropout in the first epoch and
            none later, as where PyTorch's `train()` is called but once.
        weight_decay: How many times each weight is added to its gradient, as by
            PyTorch's `Adam(weight_decay=...)`, see `classifiers.optimizers`; Coppola
            et al. 2024 have 1e-4 for sound and meta-classifier (code). 0 for none.
        reduce_on_plateau: Three numbers: by what the learning rate is multiplied
            after how many epochs without a lower validation loss, and how low it may
            become, as Keras' `ReduceLROnPlateau` does; Coban et al. 2020 have 0.2, 5
            and 1e-6 (code). None for a rate that stays.
        bucketed: Whether sequences of like length stand together in a batch, see
            `classifiers.material.Material.batches`: faster, and other batches.
        loss: "cross_entropy" (categorical), or "mse": the mean squared error of the
            probabilities, as where Coban et al. 2020 train on VGG16 (code).
    """

    optimizer: str = "adam"
    learning_rate: float = 0.001
    batch: int = 32
    epochs: int = 200
    patience: int = 10
    min_delta: float = 0.0
    normalise: bool = True
    double_softmax: bool = False
    dropout_in_first_epoch_only: bool = False
    weight_decay: float = dataclasses.field(default=0.0, metadata=LATER)
    reduce_on_plateau: tuple[float, ...] = ()
    loss: str = dataclasses.field(default="cross_entropy", metadata=LATER)
    bucketed: bool = False

    def __post_init__(self) -> None:
        for name, known in (("optimizer", OPTIMIZERS), ("loss", LOSSES)):
            if getattr(self, name) not in known:
                raise Problem(
                    f"training.{name} {getattr(self, name)!r} is not known; use one of "
                    f"{', '.join(known)}."
                )
        for name in ("learning_rate", "batch", "epochs", "patience"):
            if getattr(self, name) <= 0:
                raise Problem(
                    f"training.{name} is {getattr(self, name)!r}; it must be above 0."
                )
        for name in ("min_delta", "weight_decay"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise Problem(
                    f"training.{name} is {getattr(self, name)}; it must be 0 or more."
                )
        if self.double_softmax and self.loss != "cross_entropy":
            raise Problem(
                f"training.double_softmax is a quirk of the cross-entropy, and "
                f"training.loss is {self.loss!r}; turn one of them off."
            )
        if self.reduce_on_plateau:
            self._check_plateau()

    def _check_plateau(self) -> None:
        told = tuple(self.reduce_on_plateau)
        factor, patience, minimum = told if len(told) == 3 else (0, 0, 0)
        whole = patience >= 1 and patience == int(patience)
        if not (0 < factor < 1 and whole and minimum >= 0):
            raise Problem(
                f"training.reduce_on_plateau is {told}; it must be a factor between 0 "
                f"and 1, a whole number of epochs from 1, and a learning rate of 0 or "
                f"more."
            )


def train_head(
    head: Head,
    features: np.ndarray | Sequence[np.ndarray],
    targets: Sequence[str],
    *,
    takes: Sequence[str],
    labels: Sequence[str],
    validation: np.ndarray,
    training: Training,
    seed: int,
    folder: Path,
    identity: Mapping[str, Any],
    progress: Callable[[dict[str, float]], None] | None = None,
    note_seconds: float = 0.0,
) -> TrainedHead:
    """Train a head, write it into a folder, and return it with its best weights.

    A second call with the same arguments goes on where a killed one stood after its
    last finished epoch, and ends with the same numbers; where the head is finished it
    is only loaded. With other arguments a training starts anew in its place.

    Random numbers: Keras' global seeds (and Python's and NumPy's legacy ones) are set
    to `seed` for initialisation and dropout; the order of takes in each epoch is drawn
    from (seed, epoch). On a CPU the same call gives the same bits; on a GPU only under
    TensorFlow's op determinism.

    A head that is no network is fitted at once, on the same takes; those that only
    watch a network make its probabilities honest (`classifiers.temperature`).

    Args:
        head: What to build.
        features: What the head `feeds` on, unscaled: shape (n, width), or n arrays of
            shape (steps, width) or (height, width[, channels]); of a joint head n
            tuples of what each trunk feeds on.
        targets: The label of each row.
        takes: The take of each row; copies of one take may repeat it.
        labels: The labels in the order of the outputs.
        validation: Shape (n,), bool: the rows that only early stopping looks at.
        training: How to train.
        seed: Of initialisation, dropout and order.
        folder: Gets `card.json`, and of a network `head.keras`, `history.csv`, and
            until the end `unfinished.npz`, of another head `head.skops`.
        identity: JSON values for the card, such as `system`, `backbones`,
            `split_digest` and `parts`; another identity is another training.
        progress: Called with each finished epoch's row of the history.
        note_seconds: How far apart notes of where it stands are, at least; by default
            one is written after every epoch.

    Raises:
        Problem: If a label is not known, or has no take to be fitted on, there is no
            row to fit on or to watch, features are not finite or not what the head
            feeds on, it cannot be fitted on them, or the loss never is a number.
    """
    if getattr(head, "bag", 0):
        features, owners = in_bags(features, head.bag)
        targets, takes = ([names[at] for at in owners] for names in (targets, takes))
        validation = validation[owners]
    made_of = JointMaterial if isinstance(head, JointHead) else Material
    material = made_of(
        head=head,
        rows=made_of.as_rows(features),
        targets=targets,
        takes=takes,
        labels=labels,
        validation=validation,
    )
    material.check()
    shallow = isinstance(head, ShallowHead)
    facts = {
        "kind": head.kind,
        "labels": list(labels),
        "head": written(head),
        **(
            {"normalise": training.normalise}
            if shallow
            else {"training": written(training)}
        ),
        "seed": seed,
        **material.facts,
        **material.seen,
    }
    if taken := facts.keys() & identity.keys():
        raise ValueError(f"identity may not hold {sorted(taken)}")
    facts = json.loads(json.dumps({**facts, **identity}))  # as it is read back
    fingerprint = digest({**facts, "data": material.sha256(), "recipe": RECIPE})
    try:
        if read_card(folder).get("fingerprint") == fingerprint:
            return TrainedHead.load(folder)
    except Problem:
        pass  # there is none yet, or a damaged one
    if shallow:
        pipeline, more = fit_shallow(
            material, seed=seed, normalise=training.normalise, progress=progress
        )
        card = {**facts, "parameters": 0, **more}
        trained = TrainedHead(pipeline, material.unscaled(), card)
    else:
        reporting = {"progress": progress, "note_seconds": note_seconds}
        trained = _fit_network(
            material, training, facts, folder, fingerprint, reporting
        )
    last = {"versions": versions(head), "fingerprint": fingerprint}
    trained = dataclasses.replace(trained, card={**trained.card, **last})
    trained.save(folder)
    (folder / UNFINISHED).unlink(missing_ok=True)
    return trained


def _fit_network(
    material: Material,
    training: Training,
    facts: Mapping[str, Any],
    folder: Path,
    fingerprint: str,
    reporting: Mapping[str, Any],
) -> TrainedHead:
    scaler = material.scaler() if training.normalise else material.unscaled()
    material = material.scaled(scaler)
    model, standing = fit_network(
        material,
        training,
        seed=facts["seed"],
        folder=folder,
        fingerprint=fingerprint,
        **reporting,
    )
    if not standing.best:
        raise Problem(
            f"training {folder.name} failed: its validation loss was not a number "
            f"after any of {len(standing.history)} epochs; lower the learning rate."
        )
    card = {
        **facts,
        "parameters": model.count_params(),
        "epochs": len(standing.history),
        "best_epoch": standing.best_epoch,
        "best_val_loss": standing.best_val_loss,
    }
    trained = TrainedHead(material.build(), scaler, card)
    trained.model.set_weights(standing.best)
    return trained
