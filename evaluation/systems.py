"""Systems: what their names say of them, and the order they are shown in.

A name begins with what the system is ("audio", "visual", "stacked", "mean", or a word
of one's own) and may go on with how it differs ("audio_base_stack": trained on both
parts; "stacked_out_of_fold": see `stacking.out_of_fold`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = [
    "BASE_NETS",
    "KINDS",
    "OTHER",
    "OUT_OF_FOLD",
    "STACKED",
    "SYSTEM_ORDER",
    "kind_of",
    "modalities_of",
    "ordered_systems",
    "reference_of",
    "spoken",
    "trained_on",
]

STACKED, OUT_OF_FOLD = "stacked", "stacked_out_of_fold"
BASE_NETS = ("audio", "visual")
KINDS = (*BASE_NETS, STACKED, "mean")
OTHER = "other"
FAIR = "_base_stack"
TOGETHER = ("early", "joint")  # both branches in one classifier

SYSTEM_ORDER = (
    *BASE_NETS,
    STACKED,
    OUT_OF_FOLD,
    "mean",
    "audio_base_stack",
    "visual_base_stack",
    "mean_base_stack",
    "mean_out_of_fold",
    "early",
    "joint",
)


def kind_of(system: str) -> str:
    """Return which of `KINDS` a system is, or `OTHER`."""
    for kind in KINDS:
        if system == kind or system.startswith(f"{kind}_"):
            return kind
    return OTHER


def spoken(system: str) -> str:
    """Say a system's name as people do: "audio, base + stack"."""
    kind, words = kind_of(system), system.replace("base_stack", "base + stack")
    if kind != OTHER and system != kind:
        words = f"{kind}, {words.removeprefix(f'{kind}_')}"
    return words.replace("_", " ")


def modalities_of(system: str) -> tuple[str, ...]:
    """Return the channels a system uses ("audio", "visual" or both)."""
    kind = kind_of(system)
    return (kind,) if kind in BASE_NETS else BASE_NETS


def trained_on(system: str) -> tuple[str, ...]:
    """Return the parts whose takes a system's last layer learned from."""
    if system.endswith(FAIR) or "out_of_fold" in system or system in TOGETHER:
        return ("base", "stack")
    return ("stack",) if kind_of(system) == STACKED else ("base",)


def ordered_systems(metrics: Mapping[str, Any]) -> list[str]:
    """Return the systems of a run: the known ones in their order, then the others.

    Args:
        metrics: Content of `metrics.json`.
    """
    return _ordered(metrics.get("systems") or {})


def reference_of(systems: Iterable[str]) -> str | None:
    """Return the system that all others are set beside: the stacked one, if any."""
    stacked = [name for name in _ordered(systems) if kind_of(name) == STACKED]
    return stacked[0] if stacked else None


def _ordered(systems: Iterable[str]) -> list[str]:
    names = list(systems)
    known = [name for name in SYSTEM_ORDER if name in names]
    return known + [name for name in names if name not in SYSTEM_ORDER]
