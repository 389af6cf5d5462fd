"""The processes of a campaign: the simulated rail, the workers, the repairer. Each ends when the campaign does."""

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaseproof.bench.relay.crashable_server import end_with_parent
from leaseproof.bench.relay.journal import totals
from leaseproof.errors import LeaseproofError

STOP_SECONDS = 60.0
_PASSED_ON = ("PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")


@dataclass(kw_only=True)
class Started:
    """One worker process and what it left behind."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    journal: Path
    killed: bool = False  # by the campaign, with -9
    _worker_id: str = field(default="", repr=False)

    @property
    def worker_id(self) -> str:
        """Return the id that it chose; empty as long as it has not said so."""
        if not self._worker_id and (found := re.search(r"STARTED worker_id=(\S+)", self.log.read_text())):
            self._worker_id = found[1]
        return self._worker_id

    def counted(self) -> Counter[str]:
        """Return what its hook was told."""
        return totals(self.journal)

    def logged(self) -> Counter[str]:
        """Return the sums of its log's cycle lines."""
        sums: Counter[str] = Counter()
        for text in self.log.read_text().splitlines():
            if " outbox_signals " in text:
                for name, value in re.findall(r" (\w+_count)=(\d+)", text):
                    if name != "expired_lease_count":
                        sums[name] += int(value)
        return sums

    def events(self, event: str) -> int:
        """Return how many events of a name its log tells of, one by one or summed up."""
        number = 0
        for text in self.log.read_text().splitlines():
            if f" {event} " in text:
                summed = re.search(r" and_more=(\d+)", text)
                number += int(summed[1]) if summed else 1
        return number

    def signal(self, number: int) -> None:
        """Send a signal to this process."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it as a crash would."""
        self.killed = True
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as an operator would.

        Raises:
            LeaseproofError: it did not end in time, or not with 0.
        """
        self.process.terminate()
        self.wait()

    def wait(self) -> None:
        """Wait for its end after a SIGTERM; raises as :meth:`stop` does."""
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LeaseproofError(
                f"got a {self.name} that runs on after SIGTERM; expected it to end"
            ) from None
        if code != 0:
            raise LeaseproofError(
                f"got code {code} from {self.name}; expected 0; its log ends: {self.log.read_text()[-600:]}"
            )


class Processes:
    """Starts processes in one directory and ends them all. Use as a context manager.

    Args:
        directory: for their logs and records.
        environment: of this process; what Python needs to start is passed on.
    """

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._base = {name: environment[name] for name in _PASSED_ON if name in environment}
        self._rail: subprocess.Popen[str] | None = None
        self.started: list[Started] = []
        self.rail_journal = directory / "rail.jsonl"

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.started:
            if each.process.poll() is None:
                each.process.kill()
                each.process.wait()
        if self._rail is not None:
            self._rail.kill()
            self._rail.wait()
            assert self._rail.stdout is not None
            self._rail.stdout.close()

    def start_rail(self, *options: str) -> str:
        """Start the simulated rail; return its URL."""
        self._rail = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "leaseproof.outbox.rails.simulator",
                f"--journal={self.rail_journal}",
                *options,
            ],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=self._base,
            text=True,
            preexec_fn=end_with_parent(signal.SIGKILL),
        )
        assert self._rail.stdout is not None
        url = self._rail.stdout.readline().strip()
        if not url:
            raise LeaseproofError("got no simulated rail; expected it to say where it listens")
        return url

    def start_worker(self, name: str, environment: Mapping[str, str], *command: str) -> Started:
        """Start ``python -m leaseproof.outbox`` with a command."""
        number = len(self.started)
        log, journal = self._directory / f"{number}-{name}.log", self._directory / f"{number}-{name}.jsonl"
        variables = {
            "WORKER_ID": name,
            "SIGNAL_HOOK": "leaseproof.bench.relay.journal:from_environment",
            "SIGNAL_JOURNAL": str(journal),
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "leaseproof.outbox", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._base | dict(environment) | variables,
                preexec_fn=end_with_parent(signal.SIGKILL),
            )
        self.started.append(Started(name=name, process=process, log=log, journal=journal))
        return self.started[-1]
