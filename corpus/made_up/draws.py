"""Random numbers that depend on what is drawn, never on when or where."""

import hashlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, *names: object) -> np.random.Generator:
    """Return the random numbers that belong to a seed and a name.

    The same on every machine, Python and order of work: the name is hashed (not by
    `hash`, which is salted), and PCG64 promises its stream.

    Example: `stream(0, "voice", "01-05-01-01-01-12").uniform(-1, 1)`.
    """
    text = "/".join(str(part) for part in (seed, *names))
    state = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return np.random.Generator(np.random.PCG64(state))
