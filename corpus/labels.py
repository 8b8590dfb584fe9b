"""The emotions: canonical names, the orders used, and other people's names for them."""

from collections.abc import Iterable, Mapping

from corpus.problem import Problem

__all__ = [
    "EMOTIONS",
    "RAVDESS_CODES",
    "SYNONYMS",
    "THESIS",
    "canonical",
    "label_order",
]

EMOTIONS = (
    "anger",
    "calm",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
)

# Beyene 2019, the label list of the printed code (calm is dropped there).
THESIS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")

# Livingstone & Russo 2018: third field of a RAVDESS file name.
RAVDESS_CODES: Mapping[str, str] = {
    "01": "neutral",
    "02": "calm",
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}

SYNONYMS: Mapping[str, str] = {
    "angry": "anger",
    "disgusted": "disgust",
    "fearful": "fear",
    "happy": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
}


def canonical(name: str) -> str:
    """Return the canonical name of an emotion ("Happy" -> "happiness").

    Raises:
        Problem: If the name is not known.
    """
    plain = name.strip().lower()
    plain = SYNONYMS.get(plain, plain)
    if plain not in EMOTIONS:
        raise Problem(
            f"{name!r} is not an emotion known here; use one of {', '.join(EMOTIONS)}."
        )
    return plain


def label_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return canonical names without repeats, in the canonical (alphabetical) order."""
    wanted = {canonical(name) for name in names}
    return tuple(emotion for emotion in EMOTIONS if emotion in wanted)
