"""Protocols: how takes are parted, and what that keeps apart.

A protocol is spelled in one text, in recipes and commands alike: its name, and where
it has one a parameter after a colon ("speaker_folds:4", "speakers:8-12-4",
"group:language"). `docs/protocols.md` lists them.

Each protocol draws by a group of its own: the speaker, the statement, the repetition
twins, or by class alone. By the same group its training part is cut again, wherever
that is needed: for the stack part, for the takes that watch the training, for the
folds of out-of-fold stacking. One rule gives a stack part to every protocol that does
not draw one itself: a third of the training part, as 25 is of the thesis' 50 + 25.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any

import pandas as pd

from corpus.drawing import by_class, whole_groups
from corpus.kinship import (
    KINDS,
    join_groups,
    kin,
    kind_of,
    need_known,
    need_sounds_apart,
)
from corpus.named_lists import LISTS, NamedList
from corpus.problem import Problem
from corpus.ratios import RATIOS, read_ratios

__all__ = ["PROTOCOLS", "STACK_SHARE", "Protocol", "read_protocol"]

STACK_SHARE = 1 / 3
SPEAKER_FOLDS = 5
# Groups within one class: parts are filled class by class. All other groups are given
# to the parts whole, whatever classes they hold.
WITHIN_CLASS = ("takes", "repetition twins")

Drawing = Callable[[pd.DataFrame, pd.Series, int], Iterator[pd.Series]]
"""From takes, their groups and a seed to the parts of each fold in turn."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Protocol:
    """How takes are parted.

    Attributes:
        text: As recipes and commands spell it.
        group: What is never parted: "takes" (each for itself, so nothing), a kind of
            `corpus.kinship.KINDS`, or a column of the index.
        within: The group by which a training part is cut that is a single group of
            its own ("statements" has such); "" where that is refused.
        draw: Draws the parts of each fold; "training" is what is still to be cut into
            base and stack.
        settings: What it was told, JSON values.
    """

    text: str
    group: str
    draw: Drawing
    within: str = ""
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def parts(
        self, takes: pd.DataFrame, *, seed: int, apart: bool = True
    ) -> Iterator[tuple[pd.Series, str]]:
        """Draw the parts.

        Args:
            takes: Rows of the index.
            seed: Which of the many such draws.
            apart: Whether takes with identical sound stay in one part.

        Yields:
            For each fold the part of each row, and the group by which a training part
            was cut into base and stack; "" where the protocol drew those itself.

        Raises:
            Problem: If the corpus cannot serve the protocol.
        """
        groups = self.groups(takes, apart=apart)
        if apart:
            who = f"the protocol {self.text!r}"
            need_sounds_apart(takes, groups, what=_called(self.group), why=who)
        for fold, parts in enumerate(self.draw(takes, groups, seed)):
            training, by = takes[parts == "training"], ""
            if len(training):
                inner, by = self.inner_groups(training, apart=apart)
                shares = {"base": 1 - STACK_SHARE, "stack": STACK_SHARE}
                cut = by_class if by in WITHIN_CLASS else whole_groups
                parts = parts.copy()
                parts[training.index] = cut(
                    training, inner, shares, f"stack-{seed}-{fold}"
                )
            yield parts, by

    def promises(self, stack_groups: Set[str]) -> tuple[tuple[str, ...], ...]:
        """Return what no two parts share, and what only the test part does not share.

        Args:
            stack_groups: As `parts` yielded them.
        """
        if self.group == "takes":
            return (), ()
        if stack_groups <= {"", self.group}:
            return (self.group,), ()
        # Twins say the same: what parts statements does not part them either.
        kept = (self.within,) if self.group == "statements" else ()
        return kept, (self.group,)

    def groups(self, takes: pd.DataFrame, *, apart: bool = True) -> pd.Series:
        """Return by row what is never parted.

        Args:
            takes: Rows of the index.
            apart: Whether takes with identical sound are one group, where groups lie
                within a class.

        Raises:
            Problem: If the index does not tell it.
        """
        sounds = [kin(takes, "identical sound")] if apart else []
        if self.group == "takes":
            return join_groups(takes, *sounds)
        groups = need_known(takes, self.group, why=f"the protocol {self.text!r}")
        if self.group in WITHIN_CLASS:
            return join_groups(takes, groups, *sounds)
        return groups

    def inner_groups(
        self, takes: pd.DataFrame, *, at_least: int = 2, apart: bool = True
    ) -> tuple[pd.Series, str]:
        """Return by row the groups by which a training part is cut again.

        Args:
            takes: Rows of the index, those of the training part.
            at_least: How many groups are needed.
            apart: Whether takes with identical sound are one group.

        Returns:
            The groups, and what they are: the protocol's own group, or `within` where
            the training part has too few of those.

        Raises:
            Problem: If there are too few, and nothing to fall back on.
        """
        groups = self.groups(takes, apart=apart)
        if (count := groups.nunique()) >= at_least or self.group in WITHIN_CLASS:
            return groups, self.group
        if not self.within:
            many = f"a single {self.group.removesuffix('s')}"
            raise Problem(
                f"under the protocol {self.text!r} a training part has "
                f"{many if count == 1 else f'{count} {self.group}'}, so none can be "
                f"spared for stacking or validation; use more {self.group}, or the "
                f"protocol 'stratified'."
            )
        sounds = [kin(takes, "identical sound")] if apart else []
        return join_groups(takes, kin(takes, self.within), *sounds), self.within


def _called(group: str) -> str:
    return group if group in KINDS else f"values of {group!r}"


def read_protocol(
    text: str, *, ratios: Sequence[float] | None = None, folds: int | None = None
) -> Protocol:
    """Read a protocol as recipes and commands spell it.

    Args:
        text: Such as "stratified", "speakers:8-12-4" or "group:language".
        ratios: What to part by, for the protocols that part by ratios and whose text
            does not say it, see `corpus.ratios.read_ratios`; by default the thesis'.
        folds: How many, for "speaker_folds" where the text does not say it.

    Raises:
        Problem: If no protocol is called so, or the parameter does not fit it.
    """
    name, colon, parameter = text.strip().partition(":")
    if name not in PROTOCOLS:
        raise Problem(f"no protocol is called {text!r}; known: {', '.join(PROTOCOLS)}.")
    if colon and not parameter:
        raise Problem(f"the protocol {text!r} ends in a colon; leave it out.")
    if folds is not None and name != "speaker_folds":
        raise Problem(f"the protocol {text!r} has no number of folds to be set.")
    return PROTOCOLS[name](text.strip(), parameter, ratios, folds)


Reading = Callable[[str, str, Sequence[float] | None, int | None], Protocol]
"""From text, parameter, ratios and folds to the protocol."""


def _by_ratios(group: str, within: str = "") -> Reading:
    def read(text: str, parameter: str, ratios: Any, _folds: Any) -> Protocol:
        given = parameter or (RATIOS if ratios is None else ratios)
        sizes = read_ratios(given)
        counted = all(isinstance(size, int) for size in sizes.values())
        if counted and group in WITHIN_CLASS:
            raise Problem(
                f"the protocol {text!r} parts by shares, not by whole numbers: the "
                f"ratios must sum to 1 or to 100."
            )

        def draw(takes: pd.DataFrame, groups: pd.Series, seed: int) -> Iterator:
            if group in WITHIN_CLASS:
                yield by_class(takes, groups, sizes, seed)
                return
            cure = "Use the protocol 'stratified'."
            if within and len(sizes) > 2:
                cure = "Give two ratios, of training and test, such as 75-25."
            _enough(text, groups, group, len(sizes), cure=cure)
            here, asked = groups.nunique(), sum(sizes.values())
            if counted and asked != here:
                raise Problem(
                    f"the protocol {text!r} parts {asked} {_called(group)}; this "
                    f"corpus has {here}. Let the numbers sum to that, or give shares "
                    f"such as 50-25-25."
                )
            yield whole_groups(takes, groups, sizes, seed)

        return Protocol(
            text=text,
            group=group,
            within=within,
            draw=draw,
            settings={"ratios": [*sizes.values()]},
        )

    return read


def _by_column(text: str, parameter: str, ratios: Any, folds: Any) -> Protocol:
    column, _, own_ratios = parameter.partition(":")
    if not column:
        raise Problem(
            "the protocol 'group' needs a column of the index, such as "
            "'group:language' or 'group:language:75-25'."
        )
    kind = kind_of(column)
    within = "" if kind == "speakers" else "repetition twins"
    return _by_ratios(kind, within)(text, own_ratios, ratios, folds)


def _one_fold_a_group(group: str, within: str, least: int) -> Reading:
    def read(text: str, parameter: str, _ratios: Any, _folds: Any) -> Protocol:
        _no_parameter(text, parameter)

        def draw(_takes: pd.DataFrame, groups: pd.Series, _seed: int) -> Iterator:
            _enough(text, groups, group, least)
            for name in sorted(groups.unique()):
                yield (groups == name).map({True: "test", False: "training"})

        return Protocol(text=text, group=group, within=within, draw=draw)

    return read


def _speaker_folds(text: str, parameter: str, _ratios: Any, folds: Any) -> Protocol:
    count = parameter or (SPEAKER_FOLDS if folds is None else str(folds))
    if not str(count).isdecimal() or int(count) < 2:
        raise Problem(
            f"the protocol {text!r} needs a whole number of folds from 2 on, such as "
            f"'speaker_folds:4', not {count!r}."
        )
    count = int(count)

    def draw(takes: pd.DataFrame, groups: pd.Series, seed: int) -> Iterator:
        # Two speakers must be left to train, one for base and one for stack.
        _enough(text, groups, "speakers", max(count, 4 if count == 2 else 3))
        sizes = {str(fold): 1 / count for fold in range(count)}
        fold_of = whole_groups(takes, groups, sizes, seed)
        for fold in sizes:
            yield (fold_of == fold).map({True: "test", False: "training"})

    return Protocol(text=text, group="speakers", draw=draw, settings={"folds": count})


def _by_list(name: str) -> Reading:
    def read(text: str, parameter: str, _ratios: Any, _folds: Any) -> Protocol:
        _no_parameter(text, parameter)
        published = NamedList.read(name)

        def draw(takes: pd.DataFrame, _groups: pd.Series, _seed: int) -> Iterator:
            published.check(takes)
            for fold in range(len(published.folds)):
                yield published.parts(takes, fold)

        return Protocol(
            text=text,
            group="speakers",
            draw=draw,
            settings={"list": name, "source": published.source},
        )

    return read


def _no_parameter(text: str, parameter: str) -> None:
    if parameter:
        raise Problem(f"the protocol {text!r} has no parameter; leave it out.")


def _enough(
    text: str,
    groups: pd.Series,
    group: str,
    least: int,
    *,
    cure: str = "Use the protocol 'stratified'.",
) -> None:
    if (here := groups.nunique()) < least:
        raise Problem(
            f"the protocol {text!r} needs at least {least} {_called(group)}; this "
            f"corpus has {here}. {cure}"
        )


PROTOCOLS: Mapping[str, Reading] = {
    "stratified": _by_ratios("takes"),
    "speakers": _by_ratios("speakers"),
    "repetitions": _by_ratios("repetition twins"),
    "group": _by_column,
    "speaker_folds": _speaker_folds,
    "leave_one_speaker_out": _one_fold_a_group("speakers", "", 3),
    "statements": _one_fold_a_group("statements", "repetition twins", 2),
    **{name: _by_list(name) for name in LISTS},
}
