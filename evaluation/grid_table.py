"""An ablation as a table on the terminal, and in a plain log file."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from evaluation.grid_cautions import cautions

__all__ = ["grid_text", "spoken"]

WIDTHS = (80, 100)  # the least, and the most that is used
BEST = 12  # of each protocol, and the reference wherever it stands


def grid_text(found: Mapping[str, Any], *, width: int = WIDTHS[0]) -> str:
    """Return cautions, the best systems of each protocol, and what failed.

    Args:
        found: Content of `ablation.json`.
        width: Columns of the terminal; 80 to 100 are used.

    Returns:
        Plain text.
    """
    width = min(max(width, WIDTHS[0]), WIDTHS[1])
    lines: list[Any] = [Text(f"! {said}") for said in cautions(found)]
    rows = found["systems"]
    for protocol in dict.fromkeys(row["protocol"] for row in rows):
        some = [row for row in rows if row["protocol"] == protocol]
        tested = [row for row in some if row["accuracy"] is not None]
        if tested:
            lines.append(_table(found, protocol, tested))
        if len(tested) > BEST:
            lines.append(Text(f"... {len(tested) - BEST} more in ablation.csv"))
    failed: dict[str, list[str]] = {}
    for row in rows:
        if row["failed"]:
            failed.setdefault(row["failed"], []).append(row["system"])
    for why, systems in failed.items():
        names = list(dict.fromkeys(systems))
        more = f" and {len(names) - 1} more" if names[1:] else ""
        lines.append(Text(f"failed: {names[0]}{more}: {why}"))
    text = io.StringIO()
    Console(file=text, width=width, highlight=False, color_system=None).print(
        Group(*lines)
    )
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _table(
    found: Mapping[str, Any], protocol: str, rows: Sequence[Mapping[str, Any]]
) -> Table:
    seeds = len(found["axes"]["seeds"])
    table = Table(
        title=f"\nprotocol {protocol}, {seeds} seed{'' if seeds == 1 else 's'}: "
        f"accuracy on the test part, %",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("system", overflow="fold")
    for name in ("acc.", "95 %", "diff.", "s/take"):
        table.add_column(name, justify="right", no_wrap=True)
    reference = found["reference"]
    for place, row in enumerate(rows):
        if place >= BEST and row["system"] != reference:
            continue
        low, high = row["accuracy_low"], row["accuracy_high"]
        seconds = row["seconds_a_take"]
        table.add_row(
            str(row["rank"] or ""),
            spoken(row["system"]).replace(" + ", "\n+ "),
            f"{100 * row['accuracy']:.1f}",
            f"{100 * low:.1f}-{100 * high:.1f}",
            "ref. " if row["system"] == reference else _difference(row),
            "" if seconds is None else f"{seconds:.2g}",
        )
    chance = found["chance"].get(protocol)
    if chance:
        for name, kind in (("chance", "uniform"), ("commonest class", "majority")):
            table.add_row("", name, f"{100 * chance[kind]:.1f}", "", "", "")
    return table


def spoken(system: str) -> str:
    """Say a system's name as people do: "a/dense + b/lstm (stacked)"."""
    kind, colon, names = system.partition(":")
    if not colon or kind not in ("stacked", "mean"):
        return system
    return f"{' + '.join(names.split('+'))} ({kind})"


def _difference(row: Mapping[str, Any]) -> str:
    if row["difference"] is None:
        return ""
    mark = "*" if row["p_holm"] < 0.05 else " "
    return f"{100 * row['difference']:+.1f}{mark}"
