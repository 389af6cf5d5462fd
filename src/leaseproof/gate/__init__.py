"""The ordered gate: guardrails → unit tests → database → integration tests and proofs → regression → … → evidence → pack."""
