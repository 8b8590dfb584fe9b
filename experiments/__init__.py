"""Recipes and the run folder: the whole chain as a few verbs."""

from experiments.chain import evaluate, prepare, report, reproduce, train
from experiments.recipe import load_recipe
from experiments.run import Run

__all__ = [
    "Run",
    "evaluate",
    "load_recipe",
    "prepare",
    "report",
    "reproduce",
    "train",
]
