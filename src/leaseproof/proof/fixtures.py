"""Fixtures of the pytest plugin for integration tests: the run, a scratch database, connections as a role."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from leaseproof.database import marks
from leaseproof.database.connection import Connection
from leaseproof.database.run import Run
from leaseproof.proof import session_run


class ConnectAs(Protocol):
    """Connects as one of the roles of a proof; the connection is closed after the test."""

    def __call__(self, role: str, database: str) -> Connection: ...


@pytest.fixture(scope="session")
def leaseproof_run(request: pytest.FixtureRequest) -> Run:
    """Return the session's hold on a server."""
    return session_run.run_of(request.config)


@pytest.fixture(scope="session")
def _database_labels(request: pytest.FixtureRequest) -> Callable[[str], str]:
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    numbers = itertools.count(1)
    return lambda test: f"{worker}_{os.getpid()}_{next(numbers)}_{test}"


@pytest.fixture
def database(
    leaseproof_run: Run, _database_labels: Callable[[str], str], request: pytest.FixtureRequest
) -> str:
    """Return the name of a new scratch database with the model; it is kept until the run ends."""
    return leaseproof_run.create_database(_database_labels(request.node.name))


@pytest.fixture
def connect_as(leaseproof_run: Run) -> Iterator[ConnectAs]:
    """Return a function that connects as a role: ``connect_as("outbox_executor", database)``."""
    with ExitStack() as connections:
        yield lambda role, database: connections.enter_context(leaseproof_run.connect(role, database))


class BrokenOnPurpose(Protocol):
    """Says that a database breaks standing invariants on purpose: ``broken_on_purpose(database, "lease_is_whole")``."""

    def __call__(self, database: str, *invariants: str) -> None: ...


@pytest.fixture
def broken_on_purpose(leaseproof_run: Run, request: pytest.FixtureRequest) -> BrokenOnPurpose:
    """Return a function that excuses a scratch database from standing invariants, by name, in the gate's regression query."""

    def mark(database: str, *invariants: str) -> None:
        with leaseproof_run.connect("owner", database) as connection:
            marks.mark_broken(connection, database, invariants=invariants, by=request.node.nodeid)

    return mark
