"""What every answer of a trained system must be read with, wherever it is shown."""

from collections.abc import Mapping
from typing import Any

from evaluation.compare import cautions

__all__ = ["LIMITS", "limits_of"]

LIMITS = (
    "It tells which posed emotion of an actor a recording is most like; it does not "
    "tell what anybody feels.",
    "It is not for people at work or in education: the EU AI Act, Article 5(1)(f), "
    "forbids inferring emotions there, medical and safety reasons aside.",
    "No decision about anybody may rest on it, and nobody is to be recorded for it "
    "without knowing.",
)


def limits_of(manifest: Mapping[str, Any]) -> list[str]:
    """Return what a system's answers must be read with, most grave first.

    Args:
        manifest: Content of its run's `manifest.json`: on random weights, or of a
            made-up corpus, it says that as well.
    """
    return [*cautions({**manifest, "failed": []}), *LIMITS]
