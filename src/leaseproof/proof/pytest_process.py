"""Runs pytest as a child that never outlives its starter."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

STOP_SECONDS = 10.0
NOTHING_COLLECTED = 5  # pytest's exit code


def run_pytest(
    arguments: Sequence[str],
    *,
    root: Path,
    environment: Mapping[str, str] | None = None,
    output: IO[str] | None = None,
) -> int:
    """Run pytest to its end and return its exit code.

    Args:
        arguments: as on its command line.
        root: its working directory.
        environment: whole; default this process's own.
        output: where its standard output and error go; default this process's own.
    """
    read_end, write_end = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", f"--leaseproof-lifeline={read_end}", *arguments],
            cwd=root,
            env=environment,
            pass_fds=(read_end,),
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
        )
        try:
            return _wait(process)
        finally:
            if process.poll() is None:
                _stop(process)
    finally:
        os.close(write_end)
        os.close(read_end)


def _wait(process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait(STOP_SECONDS)  # the terminal told pytest too: it sums up and drops its databases
        raise


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
