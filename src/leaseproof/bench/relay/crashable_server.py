"""A PostgreSQL server that a campaign may crash and start again on the same data."""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from leaseproof.database import binaries
from leaseproof.database.connection import connect, with_parameters
from leaseproof.errors import DatabaseError, LeaseproofError

START_SECONDS = 60.0
PLACE = Path("/tmp")  # a socket's path must be short
PREFIX = "leaseproof-crash-"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the machine does not crash, the server does
    "max_connections": "100",
    "timezone": "UTC",
    "restart_after_crash": "on",
}
_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int) -> Any:
    """Return what a child runs before it becomes another program, so that it ends when this process does."""

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)

    return ask


def sweep() -> None:
    """Remove the files of campaigns that were killed; their processes ended with them."""
    for directory in sorted(PLACE.glob(f"{PREFIX}*")):
        try:
            lock = os.open(directory / "lock", os.O_RDWR)
        except OSError:
            continue  # somebody else's, or not yet locked
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory, ignore_errors=True)
        except OSError:
            pass  # it is in use
        finally:
            os.close(lock)


class CrashableServer:
    """A server with trust on a unix socket that only this user reaches. Use as a context manager.

    Args:
        programs: the folder with ``initdb`` and ``postgres``; default the newest that is installed.
    """

    def __init__(self, programs: Path | None = None) -> None:
        sweep()
        self._directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PLACE))
        self._lock = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.notes = self._directory / "notes"  # for whoever works with this server; goes when it goes
        self.notes.mkdir()
        self._user = binaries.server_user()
        self._as_user: dict[str, Any] = (
            {"user": self._user[0], "group": self._user[1], "extra_groups": ()} if self._user else {}
        )
        self._programs = programs or binaries.default()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            if self._user:
                os.chown(self._directory, *self._user)
            folder = self._directory / "programs"
            self._programs = binaries.usable(self._programs, user=self._user, copy_to=folder)
            self._initdb()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.crash()
        shutil.rmtree(self._directory, ignore_errors=True)
        os.close(self._lock)

    def conninfo(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return the connection string of a user on a database."""
        return with_parameters(f"host={self._directory} port=5432", dbname=database, user=user)

    def crash(self) -> None:
        """Stop at once, as ``pg_ctl stop -m immediate`` does: no checkpoint, every connection cut."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def start(self) -> None:
        """Start, recover from the write-ahead log, and return when connections are taken.

        Raises:
            LeaseproofError: it did not start within a minute.
        """
        with (self._directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._directory / "data"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"LC_ALL": "C", "PATH": os.defpath},
                preexec_fn=end_with_parent(signal.SIGQUIT),
                **self._as_user,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                connect(self.conninfo()).close()
                return
            except DatabaseError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    words = (self._directory / "server.log").read_text(errors="replace").splitlines()[-3:]
                    raise LeaseproofError(
                        f"got no server ({' '.join(words)}); expected it to start; see why and run again"
                    ) from None
                time.sleep(0.02)

    def start_as_standby(self) -> None:
        """Start read-only, in recovery, as a standby whose primary is gone; ``pg_promote()`` ends that.

        Raises:
            LeaseproofError: it did not start within a minute.
        """
        signal_file = self._directory / "data" / "standby.signal"
        signal_file.touch()
        if self._user:
            os.chown(signal_file, *self._user)
        self.start()

    def _initdb(self) -> None:
        data = self._directory / "data"
        made = subprocess.run(
            [
                self._programs / "initdb",
                f"--pgdata={data}",
                "--username=postgres",
                "--auth=trust",
                "--no-locale",
                "--encoding=UTF8",
                "--no-sync",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.defpath},
            **self._as_user,
        )
        if made.returncode != 0:
            raise LeaseproofError(
                f"got code {made.returncode} from initdb ({made.stderr.strip()[-300:]}); expected a data directory"
            )
        settings = SETTINGS | {"unix_socket_directories": str(self._directory)}
        with (data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{key} = '{value}'\n" for key, value in settings.items())
