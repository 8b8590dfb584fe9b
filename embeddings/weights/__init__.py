"""Pretrained weights: known by name, found, fetched, verified, read as tensors."""
