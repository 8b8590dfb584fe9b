"""Several papers as a table on the terminal: their figures and ours."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from evaluation.systems import spoken

__all__ = ["papers_table"]


def papers_table(found: Mapping[str, Any]) -> Table:
    """Set the papers' figures beside test accuracies.

    Args:
        found: As `evaluation.papers.write_papers` returns it.

    Returns:
        A row a system of a recipe: the paper's figure, ours with its 95 % interval,
        both in %, and the verdict.
    """
    table = Table(
        title="the papers' figures and ours: test accuracy, %",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("recipe")
    table.add_column("system")
    for name in ("paper", "ours", "95 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    last = None
    for row in found["rows"]:
        if last not in (None, row["recipe"]):
            table.add_section()
        interval = "-"
        if row["accuracy"] is not None:
            interval = f"{100 * row['low']:.1f} to {100 * row['high']:.1f}"
        table.add_row(
            row["recipe"] if row["recipe"] != last else "",
            spoken(row["system"]),
            _percent(row["figure"]),
            _percent(row["accuracy"]),
            interval,
            row["verdict"] or "-",
        )
        last = row["recipe"]
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
