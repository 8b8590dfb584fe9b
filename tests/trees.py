"""Folders of empty files with the names of a corpus: readers look at names only."""

from pathlib import Path

from corpus import labels
from corpus.made_up.layouts import LAYOUTS
from corpus.made_up.plan import Settings, plan


def touch(root: Path, *names: str) -> Path:
    """Make empty files."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def planned(layout: str, **changes) -> dict:
    """Return all takes of a corpus, by the names of their files."""
    form = LAYOUTS[layout]
    usual = {
        "layout": layout,
        "speakers": len(form.speakers),
        "seed": 0,
        "emotions": labels.label_order(form.codes),
        "channels": form.channels,
        "modalities": tuple(form.media),
        "takes": None,
        "seconds": (1.0, 1.0),
        "size": (320, 240),
        "fps": 30,
        "confusions": "complementary",
    }
    settings = Settings(**usual | changes)
    return {
        take.file(modality): take
        for take in plan(settings)
        for modality in settings.modalities
    }
