import numpy as np
import pytest
from takes import ravdess_index

from corpus.naming import TakeNames
from corpus.problem import Problem
from embeddings.claims import claims_of, one_each
from embeddings.foreign import Piece
from embeddings.store import Embedding

INDEX = ravdess_index([1], emotions=["happiness"])
NAMES = TakeNames(INDEX)
TAKE = INDEX.takes["take"].iloc[0]
SHORT = TAKE.removeprefix("ravdess-")


def piece(name, value):
    embedding = Embedding(np.full((1, 2), value, np.float32), np.zeros(1))
    return Piece(name, lambda: (embedding, ""))


def chosen(*pieces, medium="picture"):
    claims, unknown = claims_of(pieces, NAMES)
    wanted, copies = one_each(claims, NAMES, medium=medium, path="t.csv")
    return wanted[TAKE].name, copies, unknown


def test_names_that_are_no_takes_are_told():
    assert chosen(piece(TAKE, 1), piece("x", 2)) == (TAKE, [], ["x"])


def test_of_copies_the_one_of_the_index_or_the_first_is_used():
    pieces = [piece(f"{modality}-{SHORT}", modality) for modality in ("02", "03", "01")]
    name, ((take, used, over),), _ = chosen(*pieces)
    assert name == used == f"01-{SHORT}"
    assert (take, over) == (TAKE, (f"02-{SHORT}", f"03-{SHORT}"))
    assert chosen(*pieces, medium="sound")[0] == f"03-{SHORT}"


def test_two_names_that_are_no_copies_must_agree():
    assert chosen(piece(TAKE, 1), piece(SHORT, 1))[0] == TAKE
    with pytest.raises(Problem, match=r"t\.csv has different numbers for the take"):
        chosen(piece(TAKE, 1), piece(SHORT, 2))
