"""Frozen eyes: frames, faces, and the picture backbones."""
