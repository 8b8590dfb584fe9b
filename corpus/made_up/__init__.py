"""A synthetic talking-face corpus in the names and formats of RAVDESS, RML or SAVEE."""

from corpus.made_up.clip import MARKER
from corpus.made_up.folder import PAGE, TABLE, make_corpus
from corpus.made_up.layouts import LAYOUTS

__all__ = ["LAYOUTS", "MARKER", "PAGE", "TABLE", "make_corpus"]
