"""Backbones from files of other formats."""
