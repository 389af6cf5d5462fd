"""Hooks are named as module:object."""

import sys
from types import SimpleNamespace

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.hooks import load_hooks


@pytest.fixture
def module(monkeypatch, counting):
    """Put a module named ``my_hooks`` where imports find it."""
    found = SimpleNamespace(make=lambda environment: counting, empty=lambda environment: object())
    monkeypatch.setitem(sys.modules, "my_hooks", found)


def test_no_name_is_no_hook():
    """Without SIGNAL_HOOK the log is all there is."""
    assert load_hooks("", {}) == ()


def test_named_object_makes_the_hook(module, counting):
    """The object gets the environment and returns the hook."""
    assert load_hooks("my_hooks:make", {}) == (counting,)


@pytest.mark.parametrize("name", ["my_hooks", "no_such_module:x", "my_hooks:other", "my_hooks:empty", ":x"])
def test_name_that_leads_nowhere_is_refused(module, name):
    """One sentence says what was got and what was expected."""
    with pytest.raises(LeaseproofError, match="got .*expected "):
        load_hooks(name, {})


@pytest.mark.parametrize("error", [AttributeError("hidden"), ValueError("hidden"), OSError("hidden")])
def test_error_of_a_factory_is_one_sentence_without_its_text(module, error):
    """What a factory says may hold what it read from the environment; only an import may be shown."""

    def broken(environment):
        raise error

    sys.modules["my_hooks"].broken = broken
    with pytest.raises(LeaseproofError, match=f"which raised {type(error).__name__}.*expected ") as refused:
        load_hooks("my_hooks:broken", {})
    assert "hidden" not in str(refused.value)
