"""What a backbone is, and the embeddings that backbones leave on disk."""
