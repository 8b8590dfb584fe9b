"""Backbones by name: looked up in the entry points, loaded when asked for."""

import difflib
from importlib.metadata import entry_points
from typing import Any

from corpus.problem import Problem
from embeddings.backbone import Backbone
from embeddings.settings import check_settings

__all__ = ["GROUP", "create", "names"]

GROUP = "emostack.backbones"


def names() -> tuple[str, ...]:
    """Return the names of all registered backbones, ours and other packages'.

    Raises:
        Problem: If two packages register one name for different things.
    """
    seen: dict[str, str] = {}
    for entry in entry_points(group=GROUP):
        if seen.setdefault(entry.name, entry.value) != entry.value:
            raise Problem(
                f"two packages register a backbone called {entry.name!r} "
                f"({seen[entry.name]} and {entry.value}); uninstall one of them."
            )
    return tuple(sorted(seen))


def create(name: str, **settings: Any) -> Backbone:
    """Make the backbone of that name.

    Args:
        name: `family.data`, such as "vggish.audioset".
        settings: Passed to the backbone's factory; `weights` is understood by all
            that have any (a path, or "random:SEED").

    Raises:
        Problem: If there is no such name, or the factory does not know a setting or
            its type.
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise Problem(
            f"no backbone is called {name!r}.{hint} Known: {', '.join(known)}."
        )
    factory = entry_points(group=GROUP, name=name)[name].load()
    check_settings(name, factory, settings)
    return factory(**settings)
