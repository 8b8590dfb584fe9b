"""The heads that a recipe can name: one table of kinds, and one way to make them."""

import dataclasses
import difflib
from collections.abc import Sequence
from typing import Any

from classifiers.cnn import CnnHead
from classifiers.dense import DenseHead
from classifiers.joint import JointHead, Trunk
from classifiers.layers import LATER
from classifiers.lstm import LSTMHead
from classifiers.mapped import MappedHead
from classifiers.shallow import ShallowHead
from classifiers.shallow_kinds import (
    AdaBoostHead,
    ForestHead,
    KNNHead,
    LinearSVMHead,
    LogisticHead,
    NaiveBayesHead,
    QDAHead,
    RBFSVMHead,
    TreeHead,
)
from corpus.problem import Problem

__all__ = ["KINDS", "Head", "make_head", "make_joint", "restored", "written"]

Head = DenseHead | LSTMHead | CnnHead | JointHead | ShallowHead

KINDS: dict[str, type[Head]] = {
    "dense": DenseHead,
    "lstm": LSTMHead,
    "cnn": CnnHead,
    "knn": KNNHead,
    "linear_svm": LinearSVMHead,
    "rbf_svm": RBFSVMHead,
    "tree": TreeHead,
    "forest": ForestHead,
    "naive_bayes": NaiveBayesHead,
    "adaboost": AdaBoostHead,
    "qda": QDAHead,
    "logistic": LogisticHead,
    "mapped": MappedHead,
}

# What makes up a network's layers is said by arguments of their own.
NOT_SETTINGS = ("kind", "units", "dropout")

WORDS = {str: "text", int: "a whole number", float: "a number"}


def make_head(
    kind: str,
    /,
    *,
    units: Sequence[int] | None = None,
    dropout: Sequence[float] | None = None,
    **settings: Any,
) -> Head:
    """Return a head's settings.

    Args:
        kind: A key of `KINDS`.
        units: Width of each hidden layer: of an LSTM the recurrent ones, of a CNN the
            dense ones after its convolutions; None for the head's own. Heads that are
            no networks have no layers, and do not look at it.
        dropout: Rate after each of those.
        settings: All others that this kind has; see its class.

    Raises:
        Problem: If the kind is not known, it has no such setting, or a value is of
            another type or out of range.
    """
    if kind not in KINDS:
        raise Problem(
            f"no head is called {kind!r}.{_near(kind, KINDS)} Known: "
            f"{', '.join(KINDS)}."
        )
    head = KINDS[kind]
    types = {field.name: field.type for field in dataclasses.fields(head)}
    known = [name for name in types if name not in NOT_SETTINGS]
    for name in settings:
        if name not in known:
            has = f"It has {', '.join(known)}" if known else "It has none"
            raise Problem(
                f"the {kind} head has no setting {name!r}.{_near(name, known)} {has}."
            )
    layers = {"units": units, "dropout": dropout}
    settings |= {n: v for n, v in layers.items() if v is not None and n in types}
    return head(**_of_types(head, kind, settings))


def make_joint(trunks: Sequence[Trunk], /, **settings: Any) -> JointHead:
    """Return a joint head's settings; no kind of `KINDS`, for no branch has it alone.

    Args:
        trunks: The heads of the branches, as `make_head` makes them.
        settings: All others that `JointHead` has.

    Raises:
        Problem: If a trunk is no network, there is no such setting, or a value is of
            another type or out of range.
    """
    known = [field.name for field in dataclasses.fields(JointHead)]
    known = [name for name in known if name not in ("trunks", "kind")]
    for name in settings:
        if name not in known:
            raise Problem(
                f"the joint head has no setting {name!r}.{_near(name, known)} It has "
                f"{', '.join(known)}."
            )
    return JointHead(trunks=tuple(trunks), **_of_types(JointHead, "joint", settings))


def written(settings: Any) -> dict[str, Any]:
    """Return settings as a card has them.

    Switches that are off, empty lists and defaults of `LATER` fields are left out.

    So a card, and the fingerprint of a training, stay what they were when there is one
    setting more.

    Args:
        settings: Of a head or a training: a dataclass of plain values, in which these
            are defaults.
    """
    return {
        field.name: _plain(value)
        for field in dataclasses.fields(settings)
        if (value := getattr(settings, field.name)) != field.default
        or not (value is False or value == () or field.metadata == LATER)
    }


def restored(kind: str, settings: dict[str, Any]) -> Head:
    """Return the head that `written` described, as JSON has it.

    Args:
        kind: That of a card: a key of `KINDS`, or "meta".
        settings: The card's `head`.

    Raises:
        Problem: If this version has no such head.
    """
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings.items()
    }
    try:
        if kind == "joint":
            trunks = [restored(trunk["kind"], trunk) for trunk in values.pop("trunks")]
            return JointHead(trunks=tuple(trunks), **values)
        return KINDS["dense" if kind == "meta" else kind](**values)
    except (KeyError, TypeError):
        raise Problem(
            f"the card tells of a head that this version does not have ({kind}, "
            f"{settings}); train this head again."
        ) from None


def _plain(value: Any) -> Any:
    """Return a value of a setting without heads in it."""
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    return written(value) if dataclasses.is_dataclass(value) else value


def _of_types(head: type[Head], kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    types = {field.name: field.type for field in dataclasses.fields(head)}
    return {
        name: _checked(f"{name} of the {kind} head", value, types[name])
        for name, value in settings.items()
    }


def _checked(path: str, value: Any, kind: Any) -> Any:
    """Return a value of TOML or JSON as the type that a setting has."""
    if getattr(kind, "__origin__", None) is tuple and isinstance(value, (list, tuple)):
        return tuple(_checked(path, one, kind.__args__[0]) for one in value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is kind:
        return value
    word = WORDS.get(kind, "a list")
    raise Problem(f"{path} must be {word}, not {value!r}.")


def _near(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
