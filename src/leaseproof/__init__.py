"""Proofs on a real PostgreSQL that a payment outbox's lease model is the only operational truth."""

__version__ = "0.1.0"
