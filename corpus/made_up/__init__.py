"""A synthetic talking-face corpus in RAVDESS' names and formats."""

from corpus.made_up.clip import MARKER
from corpus.made_up.folder import make_corpus

__all__ = ["MARKER", "make_corpus"]
