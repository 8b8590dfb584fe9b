"""Frozen ears: from a waveform to what a sound backbone sees, and the backbones."""
