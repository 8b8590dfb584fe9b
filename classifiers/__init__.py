"""Base classifiers on cached embeddings."""
