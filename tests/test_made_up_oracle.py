"""What could be reached at best on made-up takes, of one corpus and of several."""

import pandas as pd
import pytest
from takes import ravdess_index

from corpus.index import Index
from corpus.made_up.oracle import ceilings_of

HEAD = "take,voice_style,face_style\n"
ANGER, HAPPINESS, DISGUST = "raised,scowl", "raised,smile", "low,scowl"


def below(root, shown, *, corpus="made-up-ravdess", folder="rav"):
    """Write the table of a corpus; return its takes, as an index of the root has them.

    Args:
        root: Of the index.
        shown: Emotion and both styles of each take.
        corpus: Its name.
        folder: Below the root.
    """
    rows = ravdess_index([1]).takes.head(len(shown))
    (root / folder).mkdir(parents=True, exist_ok=True)
    lines = [f"t{place},{styles}\n" for place, (_, styles) in enumerate(shown)]
    (root / folder / "made_up.csv").write_text(HEAD + "".join(lines))
    return rows.assign(
        take=[f"{corpus}-t{place}" for place in range(len(shown))],
        corpus=corpus,
        emotion=[emotion for emotion, _ in shown],
        sound_file=[f"{folder}/A/{place}.wav" for place in range(len(shown))],
    )


SHOWN = [("anger", ANGER), ("happiness", HAPPINESS), ("disgust", DISGUST)]


def test_it_is_of_the_takes_that_are_used(tmp_path):
    takes = below(tmp_path, SHOWN)
    third = pytest.approx(2 / 3)
    found = ceilings_of(Index(takes, tmp_path, {}))
    assert found == {"audio": third, "visual": third, "stacked": 1.0}
    # Without happiness nobody is left whom the voice could be mistaken for.
    some = takes[takes["emotion"] != "happiness"]
    found = ceilings_of(Index(some, tmp_path, {}))
    assert found == {"audio": 1.0, "visual": 0.5, "stacked": 1.0}


def test_it_does_not_matter_where_below_the_root_the_corpus_lies(tmp_path):
    takes = below(tmp_path, SHOWN)
    inside = takes["sound_file"].str.removeprefix("rav/")
    alone = Index(takes.assign(sound_file=inside), tmp_path / "rav", {})
    assert ceilings_of(alone) == ceilings_of(Index(takes, tmp_path, {}))
    # What lies above the root is not its own.
    assert ceilings_of(Index(takes, tmp_path / "rav" / "A", {})) is None


def test_of_several_corpora_each_tells_of_its_own_takes(tmp_path):
    one = below(tmp_path, SHOWN)
    # Of the same names, and otherwise shown.
    two = below(tmp_path, SHOWN[::-1], corpus="made-up-rml", folder="deep/rml")
    both = Index(pd.concat([one, two]), tmp_path, {})
    third = pytest.approx(2 / 3)
    assert ceilings_of(both) == {"audio": third, "visual": third, "stacked": 1.0}
    (tmp_path / "deep" / "rml" / "made_up.csv").unlink()
    assert ceilings_of(both) is None


def test_real_takes_have_none(tmp_path):
    takes = below(tmp_path, SHOWN)
    assert ceilings_of(Index(takes.assign(corpus="ravdess"), tmp_path, {})) is None
    assert ceilings_of(Index(takes.head(0), tmp_path, {})) is None
