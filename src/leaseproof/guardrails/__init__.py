"""Static rules that keep old patterns out of a code base."""
