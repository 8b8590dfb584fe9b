"""The result of a run as a table on the terminal, and in a plain log file."""

from collections.abc import Mapping
from typing import IO, Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from evaluation.compare import cautions, headline, verdict
from evaluation.systems import SYSTEM_ORDER, ordered_systems, spoken

__all__ = [
    "SYSTEM_ORDER",
    "groups_table",
    "ordered_systems",
    "print_summary",
    "summary_table",
]

WIDTH = 80  # of a terminal nobody widened, and of log files
BESIDE = 5  # systems in a table of groups; the scores have them all


def summary_table(manifest: Mapping[str, Any], metrics: Mapping[str, Any]) -> Table:
    """Set the systems' test accuracy beside interval, chance and the paper's figure.

    Args:
        manifest: Content of `manifest.json`.
        metrics: Content of `metrics.json`.

    Returns:
        A table that fits 80 columns: system, n, accuracy, 95 % interval, UAR, the
        paper's figure, and on a made-up corpus the oracle's ceiling.
    """
    paper = manifest.get("paper") or {}
    figures = paper.get("figures") or {}
    ceilings = manifest.get("ceilings") or {}
    seeds = metrics.get("seeds") or manifest.get("seeds") or []
    table = Table(
        title=(
            f"{manifest.get('recipe', 'run')}, protocol "
            f"{manifest.get('protocol', 'not recorded')}, {_count(seeds, 'seed')}: "
            f"accuracy on the test part"
        ),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("system", no_wrap=True)
    for name in ("n", "accuracy", "95 % interval", "UAR"):
        table.add_column(name, justify="right", no_wrap=True)
    if figures:
        named = "thesis" if paper.get("name") == "Beyene 2019" else "paper"
        table.add_column(named, justify="right", no_wrap=True)
    if ceilings:
        table.add_column("ceiling", justify="right", no_wrap=True)
    for system in ordered_systems(metrics):
        part = metrics["systems"][system].get("test")
        if part is None:
            continue
        low, high = part["accuracy"]["interval"]
        row = [
            system,
            f"{part['n']:,}",
            _percent(part["accuracy"]["mean"]),
            f"{100 * low:.1f} to {100 * high:.1f}",
            _percent(part["uar"]["mean"]),
        ]
        if figures:
            row.append(_percent(figures.get(system)))
        if ceilings:
            row.append(_percent(ceilings.get(system)))
        table.add_row(*row, style="bold" if system == "stacked" else None)
    chance = metrics.get("chance") or {}
    if chance:
        blank = [""] * (len(table.columns) - 5)
        uniform = _percent(chance["uniform"])
        table.add_row("chance", "", uniform, "", uniform, *blank, style="dim")
        majority = _percent(chance["majority"])
        table.add_row("commonest class", "", majority, "", uniform, *blank, style="dim")
    return table


def print_summary(
    manifest: Mapping[str, Any],
    metrics: Mapping[str, Any],
    *,
    file: IO[str] | None = None,
) -> None:
    """Print what a reader must know first, the verdict, and the table.

    Args:
        manifest: Content of `manifest.json`.
        metrics: Content of `metrics.json`.
        file: Where to; standard output by default. Without a terminal it is plain
            text of 80 columns.
    """
    console = Console(file=file, highlight=False)
    if not console.is_terminal:
        console = Console(file=file, highlight=False, width=WIDTH)
    lines = [Text(f"! {said}", style="bold yellow") for said in cautions(manifest)]
    found = headline(verdict(manifest, metrics))
    if found:
        system, judged = found
        lines.append(Text(f"{system}: {judged.word}. {' '.join(judged.reasons)}"))
    console.print(Group(*lines, summary_table(manifest, metrics)))


def groups_table(metrics: Mapping[str, Any]) -> Table:
    """Set the systems' test accuracy in each group side by side.

    Args:
        metrics: Content of `metrics.json` that has `groups`.

    Returns:
        A table: what takes have in common, takes, a column a system (five at most;
        with Wilson's interval where there is one), and the commonest class' share.
    """
    rows = metrics["groups"]
    systems = [
        system
        for system in ordered_systems(metrics)
        if any(row["system"] == system for row in rows)
    ][:BESIDE]
    table = Table(
        title="\naccuracy on the test part by group, %",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("", no_wrap=True)
    for name in ("takes", *map(spoken, systems), "commonest class"):
        table.add_column(name, justify="right")
    places: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        places.setdefault((row["column"], row["value"]), {})[row["system"]] = row
    for (column, value), here in places.items():
        first = next(iter(here.values()))
        cells = [
            f"{100 * here[name]['accuracy']:.1f}" if name in here else ""
            for name in systems
        ]
        if len(systems) == 1:
            cells[0] += f" [{100 * first['low']:.1f}, {100 * first['high']:.1f}]"
        table.add_row(
            f"{column.replace('_', ' ')} {value}",
            f"{first['takes']:,}",
            *cells,
            f"{100 * first['majority']:.1f}",
        )
    return table


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _count(things, noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"
