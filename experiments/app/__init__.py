"""A local web page: drop or record a clip, and see what a trained system says of it."""
