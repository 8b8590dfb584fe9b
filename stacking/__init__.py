"""The meta-classifier, and other ways to join base classifiers."""
