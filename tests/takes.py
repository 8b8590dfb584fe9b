"""Index rows for tests: RAVDESS as its documentation describes it, without any file."""

import itertools
from pathlib import Path

import pandas as pd

from corpus import labels
from corpus.index import TAKE_COLUMNS, Index, typed


def ravdess_index(actors=range(1, 25), *, twins=True, emotions=labels.THESIS) -> Index:
    """Return the 60 speech takes of each actor, those of some emotions.

    The identical pair of actor 7 is there, as in the real corpus, unless `twins` is
    false.
    """
    rows = []
    codes = [c for c, name in labels.RAVDESS_CODES.items() if name in emotions]
    for actor, code in itertools.product(actors, codes):
        for cell in itertools.product(("01", "02"), repeat=3):
            intensity, statement, repetition = cell
            if (code, intensity) == ("01", "02"):
                continue
            name = f"01-{code}-{intensity}-{statement}-{repetition}-{actor:02}"
            twin = twins and name.startswith("01-03-01-02-") and actor == 7
            rows.append(
                {
                    "take": f"ravdess-{name}",
                    "corpus": "ravdess",
                    "speaker": f"{actor:02}",
                    "sex": "male" if actor % 2 else "female",
                    "emotion": labels.RAVDESS_CODES[code],
                    "intensity": intensity,
                    "statement": statement,
                    "repetition": repetition,
                    "vocal_channel": "speech",
                    "language": "en",
                    "sound_file": f"03-{name}.wav",
                    "sound_sha256": "twin" if twin else name,
                    "sound_file_sha256": name,
                }
            )
    return Index(typed(pd.DataFrame(rows), TAKE_COLUMNS), Path("/nowhere"))
