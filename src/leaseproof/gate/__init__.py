"""The ordered gate: guardrails → unit → database → integration → regression → strength → evidence → pack."""
