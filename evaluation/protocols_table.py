"""One system under several protocols, as a table on the terminal."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from evaluation.systems import spoken

__all__ = ["protocols_table"]

# The first that are there; of more, the page has the rest: a terminal has 80 columns.
SHOWN = (
    *("audio", "visual", "stacked", "stacked_out_of_fold", "joint", "early", "mean"),
    *("audio_base_stack", "visual_base_stack"),
)
COLUMNS = 5


def protocols_table(found: Mapping[str, Any]) -> Table:
    """Set test accuracies beside what they lose to the first protocol.

    Args:
        found: As `evaluation.protocols.write_protocols` returns it.

    Returns:
        A row a protocol, a column a system: accuracy, and in brackets its difference
        to the first row in points, with a star where that is more than chance. Below,
        what guessing reaches under the first protocol.
    """
    rows = {(row["system"], row["run"]): row for row in found["rows"]}
    there = {system for system, _run in rows}
    systems = [name for name in SHOWN if name in there][:COLUMNS]
    table = Table(
        title=f"test accuracy, %; in brackets points from {found['reference']} "
        f"(* more than chance)",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("protocol")
    for name in systems:
        table.add_column(spoken(name), justify="right")
    for text in found["protocols"]:
        table.add_row(text, *(_cell(rows.get((name, text))) for name in systems))
    first = next(row for row in found["rows"] if row["run"] == found["reference"])
    for name, key in (("chance", "chance"), ("commonest class", "majority")):
        shown = f"{100 * first[key]:.1f}"
        table.add_row(name, *(shown for _ in systems), style="dim")
    return table


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "-"
    if row["price"] is None:
        return f"{100 * row['accuracy']:.1f}"
    star = "*" if row["p_holm"] < 0.05 else ""
    return f"{100 * row['accuracy']:.1f} ({100 * row['price']:+.1f}{star})"
