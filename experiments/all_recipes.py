"""Every recipe whose data is there: a run each, on one store, read on one page.

Example:
    >>> recipes = [load_recipe(name) for name in recipes_of_papers()]
    >>> run_recipes(Path("runs/papers"), recipes, Path("RAVDESS"), seeds=[0, 1])
"""

import dataclasses
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.files import write_text
from corpus.problem import Problem
from evaluation.papers import write_papers
from experiments import chain
from experiments.needs import Place, lacking
from experiments.recipe import Recipe
from experiments.recipe_file import load_recipe, recipe_names
from experiments.run import Run
from experiments.show import SILENCE, Show
from experiments.trainers import Settle

__all__ = ["recipes_of_papers", "run_recipes"]


def recipes_of_papers() -> tuple[str, ...]:
    """Return the names of our recipes, without those of random weights.

    A recipe whose own file asks for random weights is there to try things out.
    """
    found = {name: load_recipe(name) for name in recipe_names()}
    return tuple(name for name, recipe in found.items() if not _random(recipe))


def _random(recipe: Recipe) -> bool:
    branches = [getattr(recipe, modality) for modality in recipe.modalities]
    return any(branch.weights.startswith("random:") for branch in branches)


def run_recipes(
    folder: Path,
    recipes: Sequence[Recipe],
    data: Path,
    *,
    refused: Mapping[str, str] | None = None,
    artifacts: Path | None = None,
    seeds: Sequence[int] = (0,),
    show: Show = SILENCE,
    workers: int | None = None,
    settle: Settle | None = None,
    note: Callable[[Run], None] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run each recipe that can be run, and set its paper's figures beside ours.

    What is done is skipped; files are opened once for all recipes, and embeddings
    shared between them.

    Args:
        folder: Gets a run folder for each recipe, and the page.
        recipes: The recipes.
        data: Root of the corpus, or of several.
        refused: Why further recipes, of ours, cannot be run at all, by name.
        artifacts: Where embeddings, faces and weights are.
        seeds: Of each recipe.
        show: Where progress goes.
        workers: Processes, see `trainers`.
        settle: Called first in every process that trains.
        note: Called with each run once it is there.
        options: `limit`, `strict` and `verify`, see `chain.prepare`.

    Returns:
        As of `evaluation.papers.write_papers`.

    Raises:
        Problem: If there is no such folder, or no recipe can be run at all; one that
            lacks recordings or weights, or whose training fails, is only left out.
            What failed by a mistake of ours leaves `failure.txt` in its folder.
    """
    place = Place(data)
    papers = {recipe.name: _paper(recipe) for recipe in recipes}
    papers |= {name: _paper(load_recipe(name)) for name in refused or {}}
    lacks, runs = dict(refused or {}), {}
    for name, why in lacks.items():
        show.say(f"left out: {name}: {why}")
    for number, recipe in enumerate(recipes, start=1):
        show.say(f"recipe {recipe.name} ({number} of {len(recipes)})")
        try:
            _need_data(recipe, place)
            run = Run.create(folder / recipe.name, recipe, artifacts)
            if note is not None:
                note(run)
            chain.reproduce(
                run,
                data,
                seeds=seeds,
                show=show,
                workers=workers,
                settle=settle,
                known=next((run.index_folder for run in runs.values()), None),
                **options,
            )
        except Problem as problem:
            lacks[recipe.name] = str(problem)
            show.say(f"left out: {recipe.name}: {problem}")
        except Exception as error:
            # Hours of other recipes are not given up for a bug in one.
            text = folder / recipe.name / "failure.txt"
            write_text(text, traceback.format_exc())
            lacks[recipe.name] = f"failed ({type(error).__name__}), see {text}."
            show.say(f"left out: {recipe.name}: {lacks[recipe.name]}")
        else:
            runs[recipe.name] = run
            (folder / recipe.name / "failure.txt").unlink(missing_ok=True)
    if not runs:
        name, why = next(iter(lacks.items()))
        raise Problem(
            f"not one of {len(papers)} recipes can be run; the first, {name}: {why}"
        )
    return write_papers(
        folder,
        {name: run.folder for name, run in runs.items()},
        papers=dict(sorted(papers.items())),
        lacking=lacks,
        command=next(iter(runs.values())).manifest.get("command"),
    )


def _paper(recipe: Recipe) -> dict[str, Any]:
    return {"title": recipe.title, **dataclasses.asdict(recipe.paper)}


def _need_data(recipe: Recipe, place: Place) -> None:
    """See that its recordings are there, before weights are fetched for them.

    Raises:
        Problem: If they are not.
    """
    said = lacking(place.data_of(recipe))
    if said:
        raise Problem(f"{'; '.join(said)}: `emostack recipes show {recipe.name}`.")
