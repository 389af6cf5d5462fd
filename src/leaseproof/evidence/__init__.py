"""The evidence bundle: collect, write, verify."""
