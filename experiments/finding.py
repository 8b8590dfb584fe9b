"""One line of an examination of the installation."""

import dataclasses

__all__ = ["REINSTALL", "Finding"]

REINSTALL = "`pip install -e .` in the project's folder"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One line of the examination.

    Attributes:
        what: What was looked at.
        state: "ok"; "warn" (works, or works in part); or "missing" (does not).
        value: What was found.
        remedy: What to do; given exactly where the state is not "ok".
    """

    what: str
    state: str
    value: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.state not in ("ok", "warn", "missing"):
            raise ValueError(f"{self.state!r} is no state")
        if (self.state == "ok") == bool(self.remedy):
            raise ValueError(f"{self.what}: {self.state} with remedy {self.remedy!r}")
