"""Specs of PostgreSQL's isolation tester: read them, run them as it does, turn them into proofs."""
