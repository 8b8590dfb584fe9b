"""The emotions: canonical names, the orders used, and other people's names for them."""

from collections.abc import Iterable, Mapping

from corpus.problem import Problem

__all__ = [
    "EMOTIONS",
    "FER2013",
    "RAVDESS_CODES",
    "RML_CODES",
    "SAVEE_CODES",
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

# Goodfellow et al. 2013: the classes of FER2013 by its numbers, 0 to 6, which is the
# order in which networks trained on it answer.
FER2013 = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")

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

# Coppola et al. 2024 (001:68): first two letters of an RML file name.
RML_CODES: Mapping[str, str] = {
    "an": "anger",
    "di": "disgust",
    "fe": "fear",
    "ha": "happiness",
    "sa": "sadness",
    "su": "surprise",
}

# Haq & Jackson 2009, `Info.txt` of the corpus: the letters before a SAVEE number.
SAVEE_CODES: Mapping[str, str] = {
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happiness",
    "n": "neutral",
    "sa": "sadness",
    "su": "surprise",
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
