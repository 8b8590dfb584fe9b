"""The ablation engine: a grid of systems on one corpus, trained once each, ranked."""
