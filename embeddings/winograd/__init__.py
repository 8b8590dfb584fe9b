"""Frozen networks on a processor: their convolutions in a quarter of the products."""

from embeddings.winograd.network import quickly

__all__ = ["quickly"]
