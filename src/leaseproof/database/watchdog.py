"""The process that owns a private server: starts it, waits for its owner's death, stops it, deletes its
files.

Run as a script by :mod:`leaseproof.database.private` with one JSON argument and standard input as the pipe
from the
owner. However the owner dies, the kernel closes its end, and that is the signal. It leads a session of its
own, so
Ctrl-C does not reach it, and holds the lock on the run's directory as long as it lives: a directory whose
lock is free
is left over. Standard library only: it runs without site-packages.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.005
PR_SET_PDEATHSIG = 1


def main(order: dict[str, Any]) -> int:
    """Run one server until its owner is gone.

    Args:
        order: ``directory`` (deleted at the end), ``data``, ``postgres`` (path), ``user`` (uid and gid, or
            null), ``lock`` (the descriptor that holds the directory's lock), ``forever`` (it has no owner).
    """
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    stopping: list[int] = []
    signal.set_wakeup_fd(wake_write)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    signal.signal(signal.SIGCHLD, lambda _received, _frame: None)
    os.set_inheritable(order["lock"], False)
    directory = Path(order["directory"])
    watched = [wake_read] if order["forever"] else [wake_read, sys.stdin.fileno()]
    try:
        server = _start(order, directory / "server.log")
    except OSError as error:
        print(json.dumps({"problem": f"its program cannot be run: {error}", "log": ""}), flush=True)
        shutil.rmtree(directory, ignore_errors=True)
        return 1
    try:
        problem = _wait_until_ready(server, Path(order["data"]), watched)
        print(
            json.dumps({"problem": problem, "log": _tail(directory / "server.log") if problem else ""}),
            flush=True,
        )
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        while not problem and not stopping and server.poll() is None:
            ready, _, _ = select.select(watched, [], [])
            if wake_read in ready:
                os.read(wake_read, 512)
            if len(watched) > 1 and watched[1] in ready:
                break
    finally:
        _stop(server)
        shutil.rmtree(directory, ignore_errors=True)
    return 0


def _start(order: dict[str, Any], log: Path) -> subprocess.Popen[bytes]:
    user = order["user"]
    with log.open("wb") as output:
        return subprocess.Popen(
            [order["postgres"], "-D", order["data"]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"LC_ALL": "C", "PATH": os.defpath},
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            **({"user": user[0], "group": user[1], "extra_groups": ()} if user else {}),
        )


def _die_with_parent() -> None:
    """Ask the kernel for an immediate shutdown of the server when the watchdog itself is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _wait_until_ready(server: subprocess.Popen[bytes], data: Path, watched: list[int]) -> str:
    """Return nothing when the server takes connections, else what went wrong."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            return f"the server ended with code {server.returncode} before it was ready"
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except OSError:
            lines = []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return ""
        if select.select(watched[1:], [], [], POLL_SECONDS)[0]:
            return "the owner ended before the server was ready"
    return f"the server was not ready within {START_SECONDS:.0f} seconds"


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGQUIT)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _tail(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").splitlines()[-3:])


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
