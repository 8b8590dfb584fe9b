"""What systems say of a take's beginning: their answer, had it ended there."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from embeddings.store import Embedding

__all__ = ["POINTS", "Ask", "Sequences", "answers_over_time"]

POINTS = 40  # a take

Ask = Callable[[Mapping[str, Sequence[np.ndarray]]], np.ndarray]
"""Makes probabilities, shape (n, labels), of what heads are fed of n takes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sequences:
    """One branch's embeddings of some takes.

    Attributes:
        embeddings: By take, as they lie in the store.
        feed: Makes of a take's embeddings what the branch's head is fed.
    """

    embeddings: Mapping[str, Embedding]
    feed: Callable[[Embedding], np.ndarray]

    def goes_on(self, take: str) -> bool:
        """Say whether a take has a beginning that is not all of it."""
        return len(self.embeddings[take].array) > 1

    def ends(self, take: str) -> np.ndarray:
        """Return from when on each embedding is known: when the next one begins."""
        time = self.embeddings[take].time
        return time + np.median(np.diff(time)) if len(time) > 1 else time

    def knows(self, take: str, end: float) -> bool:
        """Say whether there is anything to go by so early; always, of a single one."""
        return not self.goes_on(take) or end >= self.ends(take)[0]

    def until(self, take: str, end: float) -> np.ndarray:
        """Return what the head is fed of a take's beginning, one embedding at least."""
        embedding = self.embeddings[take]
        count = max(1, np.searchsorted(self.ends(take), end, side="right"))
        return self.feed(Embedding(embedding.array[:count], embedding.time[:count]))


def answers_over_time(
    branches: Mapping[str, Sequences],
    systems: Mapping[str, tuple[Sequence[str], Ask]],
    *,
    takes: Sequence[str],
    labels: Sequence[str],
) -> pd.DataFrame:
    """Ask systems for the emotion of ever longer beginnings of some takes.

    A branch with one embedding a take has heard (or seen) all of it from the start: it
    has no answers of its own here, and systems that it is a part of are told that
    embedding throughout. The last answers are those of the whole take.

    Args:
        branches: By modality; each has all takes.
        systems: The branches that each goes by, and what makes its probabilities.
        takes: Ids.
        labels: In the order of the probabilities.

    Returns:
        Columns take, system, time (when the beginning ends, in seconds) and
        `p_<label>`; at most 40 times a take.
    """
    asked = [(take, end) for take in takes for end in _ends(branches, take)]
    table = []
    for system, (names, ask) in systems.items():
        parts = [branches[name] for name in names]
        known = [
            (take, end)
            for take, end in asked
            if any(part.goes_on(take) for part in parts)
            and all(part.knows(take, end) for part in parts)
        ]
        if known:
            rows = {
                name: [branches[name].until(*one) for one in known] for name in names
            }
            pairs = zip(known, ask(rows).tolist(), strict=True)
            table += [(take, system, end, *p) for (take, end), p in pairs]
    columns = ["take", "system", "time", *(f"p_{label}" for label in labels)]
    return pd.DataFrame(table, columns=columns)


def _ends(branches: Mapping[str, Sequences], take: str) -> list[float]:
    """Return when a take's beginnings end, the whole take last."""
    ends = [part.ends(take) for part in branches.values() if part.goes_on(take)]
    if not ends:
        return []
    times = np.unique(np.concatenate(ends))
    chosen = np.linspace(0, len(times) - 1, min(POINTS, len(times))).round()
    return times[chosen.astype(int)].tolist()
