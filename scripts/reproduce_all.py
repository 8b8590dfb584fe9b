"""`emostack reproduce --all`: the recipes of all papers, one after another."""

import argparse
from collections.abc import Mapping, Sequence

from corpus.problem import Problem
from evaluation.page import plural
from evaluation.papers_table import papers_table
from experiments.needs import Place, Weights, lacking, weights_of
from experiments.recipe import Recipe
from experiments.run import Run, artifacts_folder
from scripts import reproduce
from scripts.command import note_command
from scripts.console import of
from scripts.hush import quiet_trainer

__all__ = ["run_all"]


def run_all(args: argparse.Namespace) -> int:
    """Run every recipe of a paper that can be run; return the exit code."""
    if args.split:
        raise Problem("recipes have takes of their own: leave --split out with --all.")
    from experiments.all_recipes import run_recipes

    show = of(args)
    recipes, refused = _each(args)
    if args.dry_run:
        return _dry_run(recipes, refused, args)
    runs: list[Run] = []

    def note(run: Run) -> None:
        note_command(run)
        runs.append(run)

    found = run_recipes(
        args.out,
        recipes,
        args.data,
        refused=refused,
        artifacts=artifacts_folder(args.artifacts),
        show=show,
        settle=None if args.verbose else quiet_trainer,
        note=note,
        **{
            name: value
            for name, value in reproduce.work_of(args).items()
            if name != "split"
        },
    )
    show.table(papers_table(found))
    show.say(f"report: {args.out / 'papers.html'}")
    done = [run for run in runs if found["recipes"][run.recipe.name]["run"]]
    return 3 if found["lacking"] else max(map(reproduce.exit_code, done))


def _each(args: argparse.Namespace) -> tuple[list[Recipe], dict[str, str]]:
    """Return the recipes of papers as the options change them, and why others cannot.

    Raises:
        Problem: If the options fit none of them.
    """
    from experiments.all_recipes import recipes_of_papers

    recipes, refused = [], {}
    for name in recipes_of_papers():
        one = argparse.Namespace(**{**vars(args), "recipe": name})
        try:
            recipes.append(reproduce.recipe_of(one))
        except Problem as problem:
            refused[name] = str(problem)
    if not recipes:
        raise Problem(next(iter(refused.values())))
    return recipes, refused


def _dry_run(
    recipes: Sequence[Recipe], refused: Mapping[str, str], args: argparse.Namespace
) -> int:
    """Say which recipes would be run, by the names of files; return the exit code.

    Raises:
        Problem: If none would.
    """
    show, place, ready = of(args), Place(args.data), 0
    for name, why in refused.items():
        show.say(f"{name}: left out: {why}")
    for recipe in recipes:
        data = place.data_of(recipe)
        takes = " and ".join(f"{plural(d.takes, 'take')} of {d.corpus}" for d in data)
        if said := "; ".join(lacking(data)):
            show.say(f"{recipe.name}: left out: {said}")
            continue
        ready += 1
        absent = (_absent(one) for one in weights_of(recipe) if not one.here)
        said = "; ".join([f"{takes}, {plural(args.seeds, 'seed')}", *absent])
        show.say(f"{recipe.name}: {said}")
    if not ready:
        raise Problem("not one of these recipes can be run, see above.")
    return 0


def _absent(one: Weights) -> str:
    names = ", ".join(found.entry for found in one.found if found.path is None)
    why = one.problem or (f"{names} would be fetched" if names else one.state)
    return f"weights of {one.backbone}: {why}"
