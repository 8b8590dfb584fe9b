"""How pages say numbers."""

import pytest

from evaluation.page import (
    Numbering,
    interval,
    p_value,
    percent,
    plural,
    points,
    render,
)


@pytest.mark.parametrize(
    "said, expected",
    [
        (percent(0.8718), "87.2"),
        (percent(None), "\u2013"),
        (percent(float("nan")), "\u2013"),
        (points(0.125), "+12.5"),
        (points(-0.03), "\u22123.0"),
        (interval((0.83, 0.904)), "83.0\u201390.4"),
        (interval(None), "\u2013"),
        (p_value(0.0004), "<\u00a00.001"),
        (p_value(0.0499), "0.050"),
        (p_value(None), "\u2013"),
        (plural(1, "take"), "1 take"),
        (plural(1248, "take"), "1,248 takes"),
    ],
)
def test_numbers(said, expected):
    assert said == expected


def test_tables_and_figures_are_counted_apart():
    number = Numbering()
    said = [number.table, number.figure, number.table]
    assert said == ["<b>Table 1.</b>", "<b>Figure 1.</b>", "<b>Table 2.</b>"]


def test_markdown_is_not_escaped_as_html_is():
    view = {"run_name": "a & b", "leaks": None}
    assert "# Run a & b" in render("report.md.j2", view)
