"""The one exception that says: this is not a bug, and here is what to do."""

__all__ = ["Problem"]


class Problem(Exception):
    """Input, weights or disk are not as they must be.

    Its text is one sentence for the user: what is wrong, in which file or
    setting, and what to do about it. Commands print it without a traceback
    and exit with 4; a loop over takes lists it and goes on.
    """
