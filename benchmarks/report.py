"""What was measured, as JSON, as Markdown, and as a plot."""

import json
from pathlib import Path

__all__ = ["markdown", "plot", "targets", "write"]

APPENDIX = "appendix"

# What the issue asks for on two cores, on the real original clip: of which comparison,
# which way against which, and at least how often as fast.
TARGETS = (
    ("visual", "ours, exact", APPENDIX, 1.8),
    ("visual", "min_face=150", APPENDIX, 5.5),
    ("visual", "ours, --fast", APPENDIX, 15.0),
    ("visual", "ours, --fast", "the floor", 0.5),
    ("visual", "ours, --fast", "fer", 8.0),
    ("audio", "ours, exact", APPENDIX, 2.0),
    ("audio", "resampler=soxr", APPENDIX, 5.0),
)


def write(found, folder):
    """Write all three into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.json").write_text(json.dumps(found, indent=1) + "\n")
    (folder / "benchmarks.md").write_text("\n".join(markdown(found)) + "\n")
    if found.get("growth"):
        plot(found["growth"], folder / "cost.png")


def markdown(found):
    """Yield the lines of a page."""
    machine = found["machine"]
    yield f"# Measured on {machine['processor']}, {machine['cores']} cores"
    yield ""
    yield f"Load before: {machine['load']:.1f}. {machine['libraries']}."
    if found.get("peaks"):
        yield (
            "Matrix products at their fastest: "
            + ", ".join(
                f"{rate / 1e9:.0f} GFLOP/s in {precision}"
                for precision, rate in found["peaks"].items()
            )
            + "."
        )
    for why in found.get("absent", []):
        yield f"Not measured: {why}."
    for comparison in found["comparisons"]:
        yield ""
        yield from compared(comparison)
    rows = [row for one in found["comparisons"] for row in targets(one)]
    if rows:
        yield ""
        yield "## Asked for"
        yield ""
        yield from table(
            ["what", "against", "at least", "clock", "processor"],
            [
                [
                    f"{row['modality']}: {row['way']}",
                    row["against"],
                    f"{row['least']:g} x",
                    spread(row["ratio"]["wall"]),
                    spread(row["ratio"]["cpu"]),
                ]
                for row in rows
            ],
        )
    if found.get("growth"):
        yield ""
        yield "## Many takes, from nothing: start-up, and memory"
        yield ""
        yield from table(
            ["", "takes", "s a take", "embedding, MB", "worker, MB", "together, MB"],
            [
                [
                    f"{row['modality']}, {'--fast' if row['fast'] else 'exact'}",
                    row["takes"],
                    f"{row['seconds'] / row['takes']:.3f}",
                    *(f"{row[name]:.0f}" for name in ("main", "worker", "together")),
                ]
                for row in found["growth"]
            ],
        )
        yield ""
        yield "![cost](cost.png)"


def compared(one):
    """Yield the lines of a comparison."""
    yield f"## {one['what']}, {one['material']}"
    yield ""
    yield (
        f"{one['takes']} takes, {one['examples']} examples, {one['rounds']} rounds in "
        f"turn; ratios are medians of rounds [least, most]."
    )
    yield ""
    rows = []
    for label, seconds in one["seconds"].items():
        ratios = one["ratios"].get(label)
        rows.append(
            [
                label,
                f"{seconds['wall']:.2f}",
                f"{seconds['cpu']:.2f}",
                f"{one['takes'] / seconds['wall']:.2f}",
                f"{one['examples'] / seconds['wall']:.0f}",
                spread(ratios["wall"]) if ratios else "1 x",
                spread(ratios["cpu"]) if ratios else "1 x",
            ]
        )
    columns = ["", "clock s", "processor s", "takes/s", "examples/s"]
    yield from table([*columns, "clock", "processor"], rows)
    yield ""
    yield "Processor seconds by stage:"
    yield ""
    names = list(dict.fromkeys(n for row in one["stages"].values() for n in row))
    yield from table(
        ["", *names],
        [
            [label, *(f"{row[name]:.2f}" if name in row else "" for name in names)]
            for label, row in one["stages"].items()
        ],
    )
    yield ""
    yield "Against the exact way, on one take:"
    yield ""
    names = list(dict.fromkeys(n for row in one["deviation"].values() for n in row))
    yield from table(
        ["", *names],
        [
            [label, *(figure(row.get(name)) for name in names)]
            for label, row in one["deviation"].items()
        ],
    )


def targets(one):
    """Return what was asked of a comparison, and what came of it."""
    rows = []
    for modality, way, against, least in TARGETS:
        if one["modality"] != modality or one["material"] != "original":
            continue
        if against == APPENDIX:
            ratio = one["ratios"].get(way)
        elif against == "the floor":
            ratio = one["to the floor"]  # its time in ours: 0.5 is twice the time
        else:
            ratio = next(
                (
                    row
                    for label, row in one["to peers"].items()
                    if label.startswith(against) and label.endswith(way)
                ),
                None,
            )
        if ratio:
            rows.append(
                {
                    "modality": modality,
                    "way": way,
                    "against": against,
                    "least": least,
                    "ratio": ratio,
                }
            )
    return rows


def spread(ratio):
    """Return a ratio with its spread, "5.1 x [4.8, 5.3]"."""
    least, middle, most = ratio
    return f"{middle:.2f} x [{least:.2f}, {most:.2f}]"


def figure(value):
    """Return a share or a cosine as text."""
    return "" if value is None else f"{value:.5f}"


def table(columns, rows):
    """Yield the lines of a table in Markdown."""
    yield "| " + " | ".join(columns) + " |"
    yield "| --- " * len(columns) + "|"
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"


def plot(rows, file: Path):
    """Draw seconds a take, and memory, against the number of takes."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(8, 3.4), layout="constrained")
    cost, memory = page.subplots(1, 2)
    lines = {}
    for row in rows:
        label = f"{row['modality']}, {'--fast' if row['fast'] else 'exact'}"
        lines.setdefault(label, []).append(row)
    for label, own in lines.items():
        counts = [row["takes"] for row in own]
        cost.plot(counts, [r["seconds"] / r["takes"] for r in own], "o-", label=label)
        memory.plot(counts, [row["together"] / 1000 for row in own], "o-", label=label)
    cost.set_ylabel("seconds a take, start-up included")
    memory.set_ylabel("peak memory of all processes, GB")
    cost.set_yscale("log")
    cost.yaxis.set_major_formatter("{x:g}")
    memory.set_ylim(0, 1.1 * memory.get_ylim()[1])
    for axes in (cost, memory):
        axes.set_xscale("log")
        counts = sorted({row["takes"] for row in rows})
        axes.set_xticks(counts, [str(count) for count in counts])
        axes.minorticks_off()
        axes.set_xlabel("takes")
        axes.grid(alpha=0.3)
    cost.legend(frameon=False)
    page.savefig(file, dpi=120)
