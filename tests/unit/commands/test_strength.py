"""The task that measures proof strength: what it refuses before anything runs."""

import pytest
from invoke import Context, Exit

from leaseproof.commands import strength as commands


def test_strength_writes_hints_of_the_whole_model_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints of one object would replace those of all others."""
    monkeypatch.setattr(commands, "run_strength", lambda *_arguments, **_options: pytest.fail("it ran"))
    with pytest.raises(Exit, match="expected hints of the whole model"):
        commands.strength(Context(), object="outbox_clock", write_hints=True)
