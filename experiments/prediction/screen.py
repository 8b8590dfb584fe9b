"""Answers on a screen."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from evaluation.systems import spoken
from experiments.prediction.answers import Answer

__all__ = ["answer_table"]


def answer_table(answers: Sequence[Answer], *, most: int) -> Table:
    """Return a table of answers, the first ones of many.

    Args:
        answers: One a clip.
        most: So many rows.
    """
    table = Table(title="which posed emotion each clip is most like")
    table.add_column("clip", overflow="fold")
    table.add_column("answer")
    table.add_column("%", justify="right")
    table.add_column("says", overflow="fold")
    table.add_column("faces", justify="right")
    table.add_column("know", overflow="fold")
    for answer in answers[:most]:
        know = [
            *answer.warnings,
            *(f"{name} not used: {why}" for name, why in answer.missing.items()),
        ]
        if answer.windows:
            know.insert(0, f"{len(answer.windows)} windows")
        said = answer.decision
        if answer.problem:
            said, know = "no answer", []
        elif not answer.sure:
            said += f" ({answer.emotion}?)"
        table.add_row(
            Path(answer.clip).name,
            said,
            "" if answer.problem else f"{100 * answer.confidence:.0f}",
            spoken(answer.system) if answer.system else "",
            "" if answer.coverage is None else f"{100 * answer.coverage:.0f} %",
            "; ".join(know),
        )
    return table
