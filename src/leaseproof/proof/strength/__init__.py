"""Proof strength: mutants of the model, made from the model itself, and which proof kills each."""
