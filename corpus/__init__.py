"""Corpora: takes and their files, labels, splits, sound and sight."""

__version__ = "0.1.0"
