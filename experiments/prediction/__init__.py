"""Ask a trained system about clips that it never met."""
