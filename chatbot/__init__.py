"""A turn in, an answer out. Knows courses through `knowledge`, and no screen."""
