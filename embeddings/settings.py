"""Settings that a user names: whether a backbone has them, and of which types."""

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from corpus.problem import Problem

__all__ = ["check_settings"]

# The types that TOML and a factory's annotations share, as they are told to people.
WORDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "nothing",
}


def check_settings(
    name: str, factory: Callable[..., Any], settings: Mapping[str, Any]
) -> None:
    """See that a factory can be called with some settings.

    Args:
        name: What is made, for the sentence: a backbone's name, or "a Haar detector".
        factory: A function or a dataclass; what it annotates with other than plain
            types (text, numbers, true or false) it checks by itself.
        settings: By name.

    Raises:
        Problem: If it has no such setting, or not of that type.
    """
    accepted = inspect.signature(factory, eval_str=True).parameters
    for setting, value in settings.items():
        if setting not in accepted:
            raise Problem(
                f"{name} has no setting {setting!r}; it has {', '.join(accepted)}."
            )
        annotation = accepted[setting].annotation
        kinds = typing.get_args(annotation) or (annotation,)
        if WORDS.keys() >= set(kinds) and not _is_one_of(value, kinds):
            words = " or ".join(WORDS[kind] for kind in kinds)
            raise Problem(f"{name} needs {words} as {setting}, not {value!r}.")


def _is_one_of(value: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):  # which Python takes for a number
        return bool in kinds
    return isinstance(value, (*kinds, int) if float in kinds else kinds)
