"""The private server: gone with its owner whatever the end; as root, as a user, from a closed home."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leaseproof.database import binaries, places, private
from leaseproof.database.connection import connect
from leaseproof.errors import LeaseproofError

Eventually = Callable[[Callable[[], bool]], bool]
ROOT = Path(__file__).parents[3]


def is_alive(process: int) -> bool:
    """Return whether a process exists and has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def watchdog_of(postmaster: int) -> int:
    """Return the parent of a server."""
    return int(Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize("major", [15, 16, 18])
def test_private_server_ends_with_its_block(cached_root: Path, major: int) -> None:
    """Inside the block it answers; after it neither process nor folder is left."""
    folder = binaries.find(major)
    if folder is None:
        pytest.skip(f"no programs of PostgreSQL {major} on this machine")
    with private.private_server(root=cached_root, binaries=folder) as server:
        assert server.version // 10000 == major
        with connect(server.conninfo) as connection:
            data = Path(connection.execute("SHOW data_directory").fetchone()[0])
            addresses = connection.execute("SHOW listen_addresses").fetchone()[0]
        postmaster = int((data / "postmaster.pid").read_text().split()[0])
        assert addresses == ""
        assert is_alive(postmaster)
    assert not is_alive(postmaster)
    assert not data.parent.exists()


def test_environment_of_other_servers_does_not_matter(
    cached_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever works with servers of their own has variables set for them."""
    for name, value in {
        "PGSERVICE": "no_such_service",
        "PGHOSTADDR": "127.0.0.1",
        "PGREQUIREAUTH": "scram-sha-256",
        "PGTARGETSESSIONATTRS": "standby",
        "PGSSLMODE": "verify-full",
        "PGOPTIONS": "-c statement_timeout=1",
        "PGTZ": "Asia/Tokyo",
    }.items():
        monkeypatch.setenv(name, value)
    with private.private_server(root=cached_root) as server, connect(server.conninfo) as connection:
        answer = connection.execute(
            "SELECT current_setting('TimeZone'), current_setting('statement_timeout')"
        )
        assert answer.fetchone() == ("UTC", "0")


def test_second_start_uses_the_cached_data_directory(tmp_path: Path) -> None:
    """initdb runs once a checkout: its result is kept, and a start from it works."""
    for _ in range(2):
        with private.private_server(root=tmp_path) as server, connect(server.conninfo) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert [path.name.split("-")[0] for path in (tmp_path / ".leaseproof").iterdir() if path.is_dir()] == [
        "initdb"
    ]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_owner_leaves_nothing(
    start_owner: Callable[..., Any], eventually: Eventually, number: signal.Signals
) -> None:
    """Whatever ends the owner, its server's process and files are gone without anybody's help."""
    owner = start_owner()
    postmaster, watchdog = owner.postmaster, watchdog_of(owner.postmaster)
    owner.process.send_signal(number)
    assert eventually(lambda: not owner.directory.exists())
    assert eventually(lambda: not is_alive(postmaster) and not is_alive(watchdog))


def test_owner_and_watchdog_killed_together_leave_nothing_for_long(
    start_owner: Callable[..., Any], eventually: Eventually, tmp_path: Path
) -> None:
    """With the watchdog gone too, the kernel stops the server, and the next start removes the files."""
    owner = start_owner()
    postmaster = owner.postmaster
    os.kill(watchdog_of(postmaster), signal.SIGKILL)
    owner.process.kill()
    if sys.platform == "linux":
        assert eventually(lambda: not is_alive(postmaster))
    with private.private_server(root=tmp_path):
        assert not owner.directory.exists()
    assert not is_alive(postmaster)


def test_sweep_ends_a_server_without_watchdog(tmp_path: Path, eventually: Eventually) -> None:
    """A server that survived everything else is recognised by its data directory and ended."""
    directory = places.base_directory() / f"run-{os.getpid():08x}"
    user = binaries.server_user()
    with places.locked(directory.parent / "lock"):
        directory.mkdir()
        directory.chmod(0o711)
        lock = places.try_lock(directory / "lock")
    assert lock is not None
    folder = binaries.usable(binaries.default(), user=user, copy_to=directory / "programs")
    data = private._make_data(folder, directory=directory, user=user, cache=tmp_path)
    orphan = subprocess.Popen(
        [folder / "postgres", "-D", data, "-c", "listen_addresses=", "-c", f"unix_socket_directories={data}"],
        stderr=subprocess.DEVNULL,
        cwd="/",
        **binaries.process_options(user),
    )
    assert eventually(
        lambda: (data / "postmaster.pid").exists() and Path(f"/proc/{orphan.pid}/cwd").resolve() == data
    )
    try:
        os.close(lock)
        places.sweep()
        assert eventually(lambda: not directory.exists())
        assert orphan.wait(30) is not None
    finally:
        orphan.kill()


def test_sweep_spares_a_living_server(start_owner: Callable[..., Any]) -> None:
    """The lock that the watchdog holds says that the folder is in use."""
    owner = start_owner()
    places.sweep()
    assert is_alive(owner.postmaster)


def test_two_servers_at_once_are_apart(cached_root: Path) -> None:
    """Each has its own folder, data and socket."""
    with private.private_server(root=cached_root) as one, private.private_server(root=cached_root) as other:
        with connect(one.conninfo) as connection:
            connection.execute("CREATE DATABASE only_here")
        with connect(other.conninfo) as connection:
            assert connection.execute(
                "SELECT count(*) FROM pg_database WHERE datname = 'only_here'"
            ).fetchone() == (0,)


def test_server_that_cannot_start_says_why_and_leaves_nothing(cached_root: Path) -> None:
    """The server's own last words are in the error."""
    with pytest.raises(LeaseproofError, match="no_such_setting.*OUTBOX_EVIDENCE_DB_URL"):
        with private.private_server(root=cached_root, settings={"no_such_setting": "1"}):
            pass


def test_machine_that_lets_nothing_be_made_is_one_sentence(
    cached_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, a read-only folder or a forbidden change of user is no traceback."""

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private, "_spawn_watchdog", refuse)
    with pytest.raises(LeaseproofError, match="No space left on device; expected to make files in"):
        with private.private_server(root=cached_root):
            pass


def test_programs_in_a_closed_home_run(tmp_path: Path, cached_root: Path) -> None:
    """An environment that only this user can enter serves; as root the programs are copied."""
    home = tmp_path / "home"
    bin_folder = binaries.default()
    if bin_folder.parents[1].name != binaries.WHEEL:
        pytest.skip("the machine's own programs are used, which are open to all")
    wheel = bin_folder.parents[1]
    shutil.copytree(wheel / bin_folder.parent.name, home / wheel.name / bin_folder.parent.name)
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), home / f"{wheel.name}.libs")
    home.chmod(0o700)
    closed = home / wheel.name / bin_folder.parent.name / "bin"
    with (
        private.private_server(root=cached_root, binaries=closed) as server,
        connect(server.conninfo) as connection,
    ):
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_read_only_checkout_needs_no_cache(tmp_path: Path) -> None:
    """Where nothing can be kept, initdb runs each time."""
    blocked = tmp_path / "checkout"
    blocked.mkdir()
    (blocked / ".leaseproof").write_text("a file in the way")
    with private.private_server(root=blocked) as server, connect(server.conninfo) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link laid in a shared temporary folder cannot lead the server elsewhere."""
    place = Path(tempfile.mkdtemp(prefix="lp", dir="/tmp"))
    try:
        place.chmod(0o755)
        (place / f"leaseproof-{os.getuid()}").symlink_to(tmp_path)
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        with pytest.raises(LeaseproofError, match="expected a folder of this user alone"):
            places.base_directory()
    finally:
        shutil.rmtree(place)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """Yield a folder that every user of the machine can write."""
    place = Path(tempfile.mkdtemp(prefix="leaseproof-test-", dir="/tmp"))
    place.chmod(0o777)
    yield place
    shutil.rmtree(place)


def test_ordinary_user_runs_a_server(open_place: Path) -> None:
    """Root's tests also run one as somebody who is nobody; everybody else is the ordinary user already."""
    program = (
        "import getpass, os, sys\n"
        "from pathlib import Path\n"
        "from leaseproof.database import private\n"
        "from leaseproof.database.connection import connect\n"
        "assert os.getuid() != 0\n"
        "with private.private_server(root=Path(sys.argv[1])) as server, connect(server.conninfo) as "
        "connection:\n"
        "    print(connection.execute('SELECT 41 + 1').fetchone()[0])\n"
    )
    as_user: dict[str, Any] = {}
    interpreter = Path(sys.executable)
    if os.getuid() == 0:
        as_user = binaries.process_options(binaries.server_user())
        usual = Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")
        interpreter = next(
            (path for path in (interpreter, usual) if path.exists() and binaries.readable_by_all(path)), usual
        )
        if not (
            interpreter.exists()
            and binaries.readable_by_all(ROOT / "src")
            and binaries.readable_by_all(binaries.default())
        ):
            pytest.skip("the interpreter or the checkout is closed to other users")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    done = subprocess.run(
        [interpreter, "-c", program, open_place],
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *packages])},
        capture_output=True,
        text=True,
        **as_user,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")


def test_kept_server_stays_until_down(tmp_path: Path) -> None:
    """It is found by any process of the same project, started once, and gone after down."""
    assert private.running(root=tmp_path) is None
    server = private.up(root=tmp_path)
    try:
        assert private.up(root=tmp_path) == server
        places.sweep()
        assert private.running(root=tmp_path) == server
        assert private.running(root=tmp_path / "another") is None
    finally:
        assert private.down(root=tmp_path)
    assert private.running(root=tmp_path) is None
    assert not private.down(root=tmp_path)
