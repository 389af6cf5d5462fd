"""The pytest session's hold on a server: opened by the controller, joined by its workers, ended with the
session.

Called by the plugin's hooks; reads no environment itself.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from leaseproof.database.run import Run, open_run, read_state
from leaseproof.errors import LeaseproofError

WORKER_KEY = "leaseproof_run"
NO_DATABASE = "no database was asked for"


class SessionRun:
    """What a pytest process knows about its run.

    Args:
        root: the project.
        url: somebody's server, or nothing.
        run_file: the state of a run to join, from LEASEPROOF_RUN_FILE, or nothing.
        state: the controller's state in a worker, or nothing.
        no_database: nothing may ask for a run.
    """

    def __init__(
        self,
        *,
        root: Path,
        url: str | None,
        run_file: Path | None,
        state: dict[str, Any] | None = None,
        no_database: bool = False,
    ) -> None:
        self._root = root
        self._url = url
        self._run_file = run_file
        self._state = state
        self._stack = ExitStack()
        self._run: Run | None = None
        self.no_database = no_database

    def run(self) -> Run:
        """Return the run: joined when there is one to join, else opened, the first time somebody asks.

        Raises:
            LeaseproofError: the server cannot be used.
        """
        if self._run is None:
            state = self._state or (read_state(self._run_file) if self._run_file else None)
            if state:
                self._run = Run.join(state)
                self._stack.callback(self._run.close)
            else:
                self._run = self._stack.enter_context(open_run(url=self._url, root=self._root))
        return self._run

    def close(self) -> None:
        """End the run, or leave it when it was joined."""
        self._run = None
        self._stack.close()


KEY = pytest.StashKey[SessionRun]()


def configure(
    config: pytest.Config, *, url: str | None, run_file: Path | None, no_database: bool = False
) -> SessionRun:
    """Prepare the session's run; call it from ``pytest_configure``. Nothing is opened yet.

    Args:
        config: pytest's; its root is the project.
        url: OUTBOX_EVIDENCE_DB_URL, or nothing.
        run_file: LEASEPROOF_RUN_FILE, or nothing.
        no_database: tests that need a database are skipped with the reason :data:`NO_DATABASE`.
    """
    workerinput = getattr(config, "workerinput", {})
    held = SessionRun(
        root=config.rootpath,
        url=url,
        run_file=run_file,
        state=workerinput.get(WORKER_KEY),
        no_database=no_database,
    )
    config.stash[KEY] = held
    return held


def hand_to_worker(config: pytest.Config, workerinput: dict[str, Any]) -> None:
    """Open the run in the controller and pass it on.

    Call it from ``pytest_configure_node`` with ``node.workerinput``.
    """
    held = config.stash[KEY]
    if not held.no_database:
        workerinput[WORKER_KEY] = _reached(held).state()


def run_of(config: pytest.Config) -> Run:
    """Return the session's run, or skip the test that asked when no database was asked for."""
    held = config.stash[KEY]
    if held.no_database:
        pytest.skip(NO_DATABASE)
    return _reached(held)


def _reached(held: SessionRun) -> Run:
    """Return the run; a server that cannot be used ends the session with one sentence.

    A traceback would show the connection string, and with it a password.
    """
    try:
        return held.run()
    except LeaseproofError as error:
        sentence = str(error)
    pytest.exit(sentence, returncode=1)


def unconfigure(config: pytest.Config) -> None:
    """End the session's run; call it from ``pytest_unconfigure``."""
    held = config.stash.get(KEY, None)
    if held:
        held.close()
