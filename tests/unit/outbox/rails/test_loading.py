"""Rails are named as module:object."""

import sys
from types import SimpleNamespace

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.rails.http import HttpRail
from leaseproof.outbox.rails.loading import load_rail


@pytest.fixture
def module(monkeypatch):
    """Put a module named ``my_rails`` where imports find it."""
    complete = SimpleNamespace(dispatch=print, lookup=print, aclose=print)
    found = SimpleNamespace(
        make=lambda environment: complete, partial=lambda environment: SimpleNamespace(dispatch=print)
    )
    monkeypatch.setitem(sys.modules, "my_rails", found)
    return complete


def test_http_is_the_rail_that_ships():
    """RAIL=http needs only RAIL_URL."""
    assert isinstance(load_rail("http", {"RAIL_URL": "https://rail/"}, concurrency=1), HttpRail)


def test_named_object_makes_the_rail(module):
    """The object gets the environment and returns the rail."""
    assert load_rail("my_rails:make", {}, concurrency=1) is module


@pytest.mark.parametrize("name", ["", "https", "my_rails", "my_rails:", "no_such_module:x", "my_rails:other"])
def test_name_that_leads_nowhere_is_refused(module, name):
    """One sentence says what was got and what was expected."""
    with pytest.raises(LeaseproofError, match="got .*expected "):
        load_rail(name, {}, concurrency=1)


def test_rail_without_a_method_is_refused(module):
    """The missing methods are named at the start, not at the first payment."""
    with pytest.raises(LeaseproofError, match="without lookup, aclose"):
        load_rail("my_rails:partial", {}, concurrency=1)


def test_error_of_a_factory_is_one_sentence_without_its_text(module):
    """What a factory says may hold what it read from the environment."""

    def broken(environment):
        raise RuntimeError(f"cannot log in with {environment['TOKEN']}")

    sys.modules["my_rails"].broken = broken
    said = "got RAIL='my_rails:broken', which raised RuntimeError.*expected "
    with pytest.raises(LeaseproofError, match=said) as refused:
        load_rail("my_rails:broken", {"TOKEN": "hidden"}, concurrency=1)
    assert "hidden" not in str(refused.value)


def test_module_that_cannot_be_run_is_one_sentence(tmp_path, monkeypatch):
    """A mistake in the module itself is no traceback either."""
    (tmp_path / "broken_rails.py").write_text("raise KeyError('hidden')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LeaseproofError, match="whose module raised KeyError.*expected ") as refused:
        load_rail("broken_rails:make", {}, concurrency=1)
    assert "hidden" not in str(refused.value)


def test_refusal_of_a_factory_is_its_own_sentence(module):
    """A rail that refuses its settings in our way is heard."""

    def refuses(environment):
        raise LeaseproofError("got no BANK_URL; expected an address; set it")

    sys.modules["my_rails"].refuses = refuses
    with pytest.raises(LeaseproofError, match="^got no BANK_URL"):
        load_rail("my_rails:refuses", {}, concurrency=1)
