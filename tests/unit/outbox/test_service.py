"""One worker process put together: what ends it, and what does not."""

import asyncio

import pytest

from leaseproof.errors import DatabaseError
from leaseproof.outbox import service

AWAY = DatabaseError("PoolTimeout: the connection was refused or lost", sqlstate="08006")


class Database:
    """An outbox without payments; ``status`` and ``reach`` raise what they are given."""

    def __init__(self, *, status=None, reach=None):
        self._status, self._reach = status, reach

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def status(self):
        """Answer, or not."""
        if self._status is not None:
            raise self._status
        return {}

    async def reach(self):
        """Connect, or not."""
        if self._reach is not None:
            raise self._reach

    async def claim(self, batch_size, lease_seconds):
        """Have nothing due."""
        return []

    async def repair(self, batch_size):
        """Have nothing expired."""
        return []

    async def expired_leases(self):
        """Have nothing expired."""
        return 0


class ClosingRail:
    """A rail that remembers whether it was closed."""

    closed = False

    async def aclose(self):
        """Remember."""
        self.closed = True


@pytest.fixture
def run_worker(monkeypatch, new_settings):
    """Return a function that runs a worker; ``begin`` is given what stops it, and stops it at once by itself."""

    def run(database, rail, *, begin=lambda stop: stop(), **changes):
        async def bounded():
            async with asyncio.timeout(20):
                await service.run_worker(new_settings(**changes), rail)

        def on_stop(*stops):
            begin(lambda: [stop() for stop in stops])

        monkeypatch.setattr(service, "calls_for", lambda settings: database)
        monkeypatch.setattr(service, "_on_stop", on_stop)
        asyncio.run(bounded())

    return run


def test_rail_is_closed_and_the_last_cycle_told_whatever_fails_at_the_end(run_worker, monkeypatch, lines):
    """Each step of the end is taken although the one before it raised."""

    class Broken:
        def __init__(self, *, signals, **_):
            self._signals = signals

        async def run(self):
            self._signals.completed("DISPATCHED")
            raise RuntimeError("bug")

        def stop(self):
            pass

    monkeypatch.setattr(service, "Repairer", Broken)
    rail = ClosingRail()
    with pytest.raises(RuntimeError):
        run_worker(Database(), rail)
    assert rail.closed
    assert any("outbox_signals" in text and "dispatched_count=1" in text for text in lines())


def test_listener_that_raises_is_told_and_begins_again(run_worker, monkeypatch, lines):
    """A host name that no resolver takes is no reason to relay without notifications in silence."""
    begun, stops = [], []

    async def listen(settings, listen_url, wake):
        begun.append(listen_url)
        if len(begun) == 2:
            stops[0]()
        raise UnicodeError("label empty or too long")

    monkeypatch.setattr(service, "listen", listen)
    run_worker(Database(), ClosingRail(), begin=stops.append, listen_url="postgresql://a..b/x")
    assert begun == ["postgresql://a..b/x"] * 2
    assert len([text for text in lines() if text.startswith("ERROR") and "where=listen" in text]) == 1


@pytest.mark.parametrize(("sqlstate", "said"), [("28P01", "password authentication failed"), ("3D000", "no database")])
def test_login_that_is_refused_ends_the_start_with_the_servers_words(run_worker, sqlstate, said):
    """The pool only knows that it has no connection; one plain connection is told why."""
    rail = ClosingRail()
    with pytest.raises(DatabaseError) as refused:
        run_worker(Database(status=AWAY, reach=DatabaseError(said, sqlstate=sqlstate)), rail)
    message = str(refused.value)
    assert sqlstate in message and said in message and "OUTBOX_DATABASE_URL" in message
    assert rail.closed


def test_database_that_is_away_is_waited_for_with_the_servers_words(run_worker, lines):
    """A server that starts up is no mistake of ours."""
    starting = DatabaseError("the database system is starting up", sqlstate="08006")
    run_worker(Database(status=AWAY, reach=starting), ClosingRail())
    assert any("DATABASE_UNAVAILABLE" in text and "starting" in text for text in lines())
