"""A run of the whole chain that takes seconds: 42 made-up takes, three epochs."""

from corpus.made_up import make_corpus
from scripts.command import main

FAST = [
    *("--set", "visual.training.epochs=3", "--set", "audio.training.epochs=3"),
    *("--set", "fusion.training.epochs=3", "--set", "audio.units=[16, 8]"),
    *("--set", "visual.units=[12, 6]", "--set", "fusion.units=[8]"),
]


def command(root, out, *more):
    words = ["reproduce", "--recipe", "demo", "--data", root / "data", "--out", out]
    words += ["--artifacts", root / "artifacts", "--quiet", *FAST, *more]
    return [str(word) for word in words]


def make_small_run(root):
    """Make the corpus and run the chain; return the exit code."""
    make_corpus(
        root / "data", speakers=3, takes=14, seconds=(0.6, 0.7), modalities=("01",)
    )
    return main(command(root, root / "run"))
