"""Predictions in; scores, comparisons and reports out."""
