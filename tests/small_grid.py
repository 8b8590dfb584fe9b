"""A grid that takes seconds: 60 tones, a drawn table as the faces, two epochs."""

import numpy as np
from media import write_tone

from corpus.indexing import index_corpus
from embeddings.tables import import_table
from experiments.ablation.ablate import ablate
from experiments.ablation.grid import Axes
from experiments.recipe_file import load_recipe
from experiments.run import Run

CODES = {"03": "happiness", "05": "anger", "04": "sadness"}
SETTINGS = [
    'corpus.emotions=["anger", "happiness", "sadness"]',
    *("audio.training.epochs=2", "fusion.training.epochs=2", "audio.units=[8, 6]"),
    "fusion.units=[5]",
]
SMALL = Axes(audio=("log_mel.signal",), visual=("drawn.faces",), seeds=(0, 1))


def make_tones(folder, *, speakers=5):
    """Write 12 takes of each speaker, an emotion a pitch."""
    for speaker in range(1, speakers + 1):
        for number in range(12):
            code = list(CODES)[number % 3]
            intensity, statement, repetition = 1 + number // 3 % 2, 1, 1 + number // 6
            name = f"03-01-{code}-{intensity:02}-{statement:02}-{repetition:02}"
            write_tone(
                folder / f"Actor_{speaker:02}" / f"{name}-{speaker:02}.wav",
                seconds=0.3,
                rate=16_000,
                hertz=200.0 * int(code) + 7 * number + speaker,
            )
    return folder


def import_faces(data, artifacts, *, lacking=0):
    """Import a table of two numbers a take; return the takes it lacks."""
    index, _files = index_corpus(data, name="ravdess")
    takes = index.takes
    rng = np.random.default_rng(0)
    lines = ["take,one,two"]
    for place, row in enumerate(takes.to_dict("records")):
        if place >= lacking:
            truth = sorted(set(takes["emotion"])).index(row["emotion"])
            one, two = rng.normal(size=2) + truth
            lines.append(f"{row['take']},{one:.4f},{two:.4f}")
    table = data.parent / "faces.csv"
    table.write_text("\n".join(lines) + "\n")
    import_table(
        index,
        table,
        name="drawn.faces",
        modality="picture",
        root=artifacts / "embeddings",
        replace=True,
    )
    return list(takes["take"][:lacking])


def make_grid(root, axes=SMALL, *, out="run", settings=(), **options):
    """Make the corpus and its table where they lack, and ablate in this process."""
    data, artifacts = root / "data", root / "artifacts"
    if not data.is_dir():
        make_tones(data)
        import_faces(data, artifacts)
    recipe = load_recipe("thesis", settings=[*SETTINGS, *settings])
    run = Run.create(root / out, recipe, artifacts)
    return ablate(run, data, axes, **{"workers": 0, **options})
