"""A private PostgreSQL server: made from the wheel's binaries for one run, or kept by ``db.up`` until
``db.down``.

Each server has one directory below ``leaseproof-<uid>`` in the temporary folder, with its data, its socket
and a lock
that its watchdog holds. A directory whose lock is free belongs to nobody: the next start removes it.
"""

import hashlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from leaseproof.database import binaries as programs
from leaseproof.database import places, watchdog
from leaseproof.database.connection import connect, forget_libpq_environment
from leaseproof.database.server import Server
from leaseproof.errors import LeaseproofError

ADMIN = "postgres"
INITDB_OPTIONS = ("--username=" + ADMIN, "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync")
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",  # only part of the socket's name
    "max_connections": "200",
    "max_prepared_transactions": "20",
    "fsync": "off",  # its data never outlives a crash of the machine
    "full_page_writes": "off",
    "autovacuum": "off",  # a lock of autovacuum is no part of any proof
    "dynamic_shared_memory_type": "mmap",  # in the data directory, so it is deleted with it
    "log_min_messages": "fatal",  # proofs are made of refusals: thousands, and nobody reads them here
    "timezone": "UTC",
    "log_timezone": "UTC",
}
START_SECONDS = watchdog.START_SECONDS + 5
STOP_SECONDS = watchdog.STOP_SECONDS + 20


@contextmanager
def private_server(
    *, root: Path, binaries: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a server that lives as long as this block, and not longer than this process.

    Args:
        root: the project; ``.leaseproof/`` in it caches initdb's result when it can be written.
        binaries: a folder with ``postgres`` and ``initdb``; default the wheel's PostgreSQL 18.
        settings: server settings over :data:`SETTINGS`.

    Raises:
        LeaseproofError: no binaries, or the server did not start; the server's own last words are in it.
    """
    process, server = _start(
        root=root, name=f"run-{secrets.token_hex(4)}", binaries=binaries, settings=settings, forever=False
    )
    try:
        yield server
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(STOP_SECONDS)


def up(*, root: Path, binaries: Path | None = None) -> Server:
    """Start the project's kept server, or return it when it runs already."""
    with places.locked(places.base_directory() / "kept.lock"):
        server = running(root=root)
        if server is None:
            _, server = _start(
                root=root,
                name=_kept_name(root),
                binaries=binaries,
                settings={"autovacuum": "on"},
                forever=True,
            )
        return server


def running(*, root: Path) -> Server | None:
    """Return the project's kept server, or nothing when there is none."""
    directory = places.base_directory() / _kept_name(root)
    try:
        note = json.loads((directory / "server.json").read_text())
    except (OSError, ValueError):
        return None
    if not places.is_held(directory / "lock"):
        return None
    forget_libpq_environment(private=True)
    return Server(conninfo=note["conninfo"], version=note["version"], private=True)


def down(*, root: Path) -> bool:
    """Stop the project's kept server and delete its files; false when there was none.

    Raises:
        LeaseproofError: it did not stop in time.
    """
    directory = places.base_directory() / _kept_name(root)
    with places.locked(places.base_directory() / "kept.lock"):
        if running(root=root) is None:
            places.sweep()
            return False
        note = json.loads((directory / "server.json").read_text())
        os.kill(note["watchdog"], signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while directory.exists():
            if time.monotonic() > deadline:
                raise LeaseproofError(
                    f"got a server that still runs after {STOP_SECONDS:.0f} seconds; expected it to stop; "
                    f"end process {note['watchdog']} and call db.down again"
                )
            select.select([], [], [], watchdog.POLL_SECONDS)
    return True


def _start(
    *, root: Path, name: str, binaries: Path | None, settings: Mapping[str, str] | None, forever: bool
) -> tuple[subprocess.Popen[bytes], Server]:
    try:
        return _start_unguarded(root=root, name=name, binaries=binaries, settings=settings, forever=forever)
    except OSError as error:
        raise LeaseproofError(
            f"got no private PostgreSQL: {error}; expected to make files in the temporary folder and to run "
            "programs there; mend that, set TMPDIR, or name a server of your own in OUTBOX_EVIDENCE_DB_URL"
        ) from None


def _start_unguarded(
    *, root: Path, name: str, binaries: Path | None, settings: Mapping[str, str] | None, forever: bool
) -> tuple[subprocess.Popen[bytes], Server]:
    places.sweep()
    base = places.base_directory()
    directory = base / name
    with places.locked(base / "lock"):
        directory.mkdir()
        directory.chmod(0o711 if os.getuid() == 0 else 0o700)
        lock = places.try_lock(directory / "lock")
    assert lock is not None
    try:
        user = programs.server_user()
        folder = programs.usable(binaries or programs.default(), user=user, copy_to=directory / "programs")
        data = _make_data(folder, directory=directory, user=user, cache=root / ".leaseproof")
        socket = directory / "socket"
        socket.mkdir(mode=0o700)
        wanted = {**SETTINGS, **(settings or {}), "unix_socket_directories": str(socket)}
        with (data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{key} = '{value}'\n" for key, value in wanted.items())
        if user:
            os.chown(socket, *user)
        process = _spawn_watchdog(
            folder / "postgres", directory=directory, data=data, user=user, lock=lock, forever=forever
        )
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    finally:
        os.close(lock)
    conninfo = f"host={socket} port={wanted['port']} user={ADMIN} dbname=postgres"
    forget_libpq_environment(private=True)
    try:
        with connect(conninfo) as connection:
            server = Server(conninfo=conninfo, version=connection.info.server_version, private=True)
        if forever:
            note = {"conninfo": conninfo, "version": server.version, "watchdog": process.pid}
            _write_whole(directory / "server.json", json.dumps(note))
    except BaseException:
        process.terminate()
        raise
    return process, server


def _make_data(folder: Path, *, directory: Path, user: tuple[int, int] | None, cache: Path) -> Path:
    """Make the data directory from initdb's cached result, or from initdb where nothing can be cached."""
    data = directory / "data"
    binary = (folder / "initdb").stat()
    text = repr((binary.st_size, int(binary.st_mtime), INITDB_OPTIONS, os.uname().machine, sys.platform))
    kept = cache / f"initdb-{hashlib.sha256(text.encode()).hexdigest()[:12]}-{os.getuid()}"
    try:
        shutil.copytree(kept, data, copy_function=shutil.copyfile)
    except (OSError, shutil.Error):
        shutil.rmtree(data, ignore_errors=True)
        _initdb(folder, data=data, user=user)
        _keep(data, kept)
    for parent, folders, files in os.walk(data):
        os.chmod(parent, 0o700)
        for each in (*(f"{parent}/{name}" for name in (*folders, *files)), parent):
            if user:
                os.chown(each, *user)
    return data


def _initdb(folder: Path, *, data: Path, user: tuple[int, int] | None) -> None:
    data.mkdir(mode=0o700)
    if user:
        os.chown(data, *user)
    made = subprocess.run(
        [folder / "initdb", *INITDB_OPTIONS, f"--pgdata={data}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.defpath},
        **programs.process_options(user),
    )
    if made.returncode != 0:
        words = " ".join(made.stdout.split()[-60:])
        raise LeaseproofError(
            f"got code {made.returncode} from {folder / 'initdb'} ({words}); expected a new data directory; "
            "or name a server of your own in OUTBOX_EVIDENCE_DB_URL"
        )


def _keep(data: Path, kept: Path) -> None:
    """Cache initdb's result; a cache that cannot be written is no error."""
    making = kept.with_name(f"{kept.name}.making")
    try:
        kept.parent.mkdir(exist_ok=True)
        with places.locked(kept.parent / "lock"):
            shutil.rmtree(making, ignore_errors=True)
            shutil.copytree(data, making, copy_function=shutil.copyfile)
            shutil.rmtree(kept, ignore_errors=True)
            making.rename(kept)
    except (OSError, shutil.Error):
        return


def _spawn_watchdog(
    postgres: Path, *, directory: Path, data: Path, user: tuple[int, int] | None, lock: int, forever: bool
) -> subprocess.Popen[bytes]:
    order = {
        "directory": str(directory),
        "data": str(data),
        "postgres": str(postgres),
        "user": user,
        "lock": lock,
        "forever": forever,
    }
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", watchdog.__file__, json.dumps(order)],
        stdin=subprocess.DEVNULL if forever else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        pass_fds=(lock,),
        start_new_session=True,
    )
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if ready else b""
    answer = json.loads(line) if line else {"problem": "the watchdog ended or did not answer", "log": ""}
    process.stdout.close()
    if answer["problem"]:
        process.terminate()
        process.wait(STOP_SECONDS)
        raise LeaseproofError(
            f"got no private PostgreSQL: {answer['problem']} ({answer['log']}); expected it to start; "
            "or name a server of your own in OUTBOX_EVIDENCE_DB_URL"
        )
    return process


def _kept_name(root: Path) -> str:
    return f"kept-{hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:8]}"


def _write_whole(path: Path, text: str) -> None:
    making = path.with_suffix(".making")
    making.write_text(text)
    making.chmod(0o600)
    making.rename(path)
