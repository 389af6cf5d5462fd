"""Tasks of this topic."""
