"""One system under several protocols: a run each, on one store, read side by side.

Example:
    >>> recipe = load_recipe("thesis")
    >>> texts = ["stratified", "speakers", "statements"]
    >>> run_protocols(Path("runs/honest"), recipe, Path("RAVDESS"), texts, seeds=[0, 1])
"""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from corpus.files import file_safe
from corpus.problem import Problem
from corpus.protocols import read_protocol
from evaluation.protocols import write_protocols
from experiments import chain
from experiments.recipe import Recipe
from experiments.run import Run
from experiments.show import SILENCE, Show
from experiments.takes import Unserved
from experiments.trainers import Settle

__all__ = ["run_protocols", "under"]


def under(recipe: Recipe, protocol: str) -> Recipe:
    """Return a recipe with another protocol.

    Raises:
        Problem: If there is no such protocol.
    """
    read_protocol(protocol, ratios=recipe.protocol.ratios)
    changed = dataclasses.replace(recipe.protocol, name=protocol)
    return dataclasses.replace(recipe, protocol=changed)


def run_protocols(
    folder: Path,
    recipe: Recipe,
    data: Path | Sequence[Path],
    protocols: Sequence[str],
    *,
    artifacts: Path | None = None,
    seeds: Sequence[int] = (0,),
    show: Show = SILENCE,
    workers: int | None = None,
    settle: Settle | None = None,
    note: Callable[[Run], None] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run a recipe under each protocol, and write what that does to its figures.

    Takes are indexed and embedded once; all seeds and folds of all protocols are
    trained side by side. What is done is skipped.

    Args:
        folder: Gets a run folder for each protocol, and the page.
        recipe: The system.
        data: Root of the corpus, or several.
        protocols: As `corpus.protocols` spells them; the first one is what the others
            are set beside.
        artifacts: Where embeddings, faces and weights are.
        seeds: Of each protocol.
        show: Where progress goes.
        workers: Processes, see `trainers`.
        settle: Called first in every process that trains.
        note: Called with each run once it is there.
        options: `limit`, `strict` and `verify`, see `chain.prepare`.

    Returns:
        As of `evaluation.protocols.write_protocols`.

    Raises:
        Problem: If no protocol can be run at all; one that this corpus cannot serve,
            or whose training fails, is only left out.
    """
    recipes = {text: under(recipe, text) for text in dict.fromkeys(protocols)}
    places = {text: folder / file_safe(text) for text in recipes}
    runs: dict[str, Run] = {}
    lacking: dict[str, str] = {}
    for text, changed in recipes.items():
        run = Run.create(places[text], changed, artifacts)
        if note is not None:
            note(run)
        known = next((run.index_folder for run in runs.values()), None)
        try:
            chain.prepare(
                run,
                data,
                seeds=seeds,
                show=show,
                workers=workers,
                known=known,
                **options,
            )
        except Unserved as problem:
            lacking[text] = str(problem)
            show.say(f"left out: protocol {text}: {problem}")
            continue
        runs[text] = run
    if runs:
        found = list(runs.values())
        whys = chain.train_all(found, show=show, workers=workers, settle=settle)
        for text, why in zip(list(runs), whys, strict=True):
            if isinstance(why, Problem):
                del runs[text]
                lacking[text] = str(why)
                show.say(f"left out: protocol {text}: {why}")
            elif why is not None:
                raise why
    if not runs:
        raise Problem("; ".join(dict.fromkeys(lacking.values())))
    with show.bar("report", "protocols") as update:
        for done, run in enumerate(runs.values()):
            update(done, len(runs))
            chain.evaluate(run)
            chain.report(run)
    return write_protocols(
        folder,
        {text: run.folder for text, run in runs.items()},
        lacking=lacking,
        command=next(iter(runs.values())).manifest.get("command"),
    )
