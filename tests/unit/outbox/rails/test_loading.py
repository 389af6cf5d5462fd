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
