"""Runs pytest as a process of its own that never outlives its starter."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

# For pytest to end its session; Actions kills a cancelled job ten seconds after its first signal.
GRACE_SECONDS = 3.0
NOTHING_COLLECTED = 5  # pytest's exit code


def run_pytest(
    arguments: Sequence[str], *, root: Path, environment: Mapping[str, str], output: IO[str] | None = None
) -> int:
    """Run pytest to its end and return its exit code.

    It leads a session of its own: Ctrl-C on the terminal reaches the starter alone, which then ends it in order.
    Whatever exception comes meanwhile, pytest and its workers are gone when this returns; when the starter itself is
    killed, they end by the lifeline, a pipe of which the starter holds the other end.

    Args:
        arguments: as on its command line.
        root: its working directory.
        environment: whole.
        output: where its standard output and error go; default this process's own.
    """
    read_end, write_end = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", f"--leaseproof-lifeline={read_end}", *arguments],
            cwd=root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            pass_fds=(read_end,),
            start_new_session=True,
        )
        try:
            return process.wait()
        except BaseException:
            _end(process)
            raise
    finally:
        os.close(write_end)
        os.close(read_end)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Let it end by itself, as after Ctrl-C, then make sure of it."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
