"""A simulated rail: a real HTTP server that misbehaves by plan and records what it was asked. For tests and demos.

    python -m leaseproof.outbox.rails.simulator --journal rail.jsonl --seed 7 --faults lost=10,late=5

What happens to a call is drawn from the seed, the payment's instruction and the number of the call, never from the
order in which calls arrive: the same seed gives the same misbehaviour. The record is one JSON object a line, written
before the answer is sent.
"""

import argparse
import asyncio
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

FAULTS: Mapping[str, str] = {
    "again": "does not take it, answers 429",
    "dropped": "does not take it, closes the connection",
    "never": "does not take it, never answers",
    "late": "takes it, answers after late_seconds",
    "overdue": "takes it only after late_seconds: a question in between finds nothing",
    "lost": "takes it, closes the connection without an answer",
    "error": "takes it, answers 500",
    "twice": "takes it, answers twice",
}
_TAKES_NOTHING = frozenset({"again", "dropped", "never"})


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How the rail misbehaves."""

    seed: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)  # name of FAULTS → percent of calls
    refused_percent: int = 0  # of payments, whatever the call
    late_seconds: float = 2.0
    delay_seconds: float = 0.0  # of every answer to a payment

    def refuses(self, instruction_id: str) -> bool:
        """Return whether this payment is never taken."""
        return Random(f"{self.seed}/{instruction_id}").randrange(100) < self.refused_percent

    def fault(self, instruction_id: str, call: int) -> str | None:
        """Return what goes wrong with a payment's call of that number, counted from 1."""
        drawn = Random(f"{self.seed}/{instruction_id}/{call}").randrange(100)
        for name in sorted(self.faults):
            drawn -= self.faults[name]
            if drawn < 0:
                return name
        return None


def parse_faults(text: str) -> dict[str, int]:
    """Return the faults that a text like ``lost=10,late=5`` names, in percent."""
    faults: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        name, _, percent = part.partition("=")
        if name not in FAULTS or not percent.isdecimal():
            raise ValueError(
                f"got {part!r}; expected one of {', '.join(FAULTS)} with a percentage, like lost=10"
            )
        faults[name] = int(percent)
    if sum(faults.values()) > 100:
        raise ValueError(f"got {sum(faults.values())} percent of faults in all; expected 100 at most")
    return faults


class SimulatedRail:
    """The rail's books, apart from the network.

    Args:
        behaviour: how it misbehaves.
        journal: where each call is recorded, one JSON object a line.
    """

    def __init__(self, behaviour: Behaviour, journal: Path) -> None:
        self._behaviour = behaviour
        self._journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._taken: dict[str, str] = {}  # key → digest of the body
        self._refused: set[str] = set()
        self._calls: Counter[str] = Counter()

    async def pay(
        self, key: str, instruction_id: str, epoch: str, body: bytes
    ) -> tuple[str | None, int, bytes]:
        """Take a payment, or not; return the fault that the network must play, the status and the body."""
        self._calls[instruction_id] += 1
        fault = self._behaviour.fault(instruction_id, self._calls[instruction_id])
        digest = hashlib.sha256(body).hexdigest()
        entry = {"asked": "pay", "key": key, "instruction_id": instruction_id, "epoch": epoch, "body": digest}
        if self._taken.get(key, digest) != digest:
            self._write(entry | {"did": "conflict"})
            return None, 409, b'{"state":"conflict"}'
        if self._behaviour.refuses(instruction_id):
            self._refused.add(key)
            self._write(entry | {"did": "refused"})
            return None, 422, _document(key, "refused")
        if fault in _TAKES_NOTHING:
            self._write(entry | {"did": fault})
            return fault, 429, b'{"state":"busy"}'
        if fault == "overdue":
            self._write(entry | {"did": "overdue"})
            await asyncio.sleep(self._behaviour.late_seconds)
        self._write(entry | {"did": "replayed" if key in self._taken else "taken", "fault": fault})
        self._taken[key] = digest
        return fault, 500 if fault == "error" else 201, _document(key, "accepted")

    def find(self, key: str) -> tuple[int, bytes]:
        """Answer a question by key."""
        state = "accepted" if key in self._taken else "refused" if key in self._refused else "absent"
        self._write({"asked": "find", "key": key, "did": state})
        return (404, b"{}") if state == "absent" else (200, _document(key, state))

    def _write(self, entry: Mapping[str, object]) -> None:
        os.write(self._journal, json.dumps(entry, sort_keys=True).encode() + b"\n")


def _document(key: str, state: str) -> bytes:
    return json.dumps({"state": state, "reference": f"rail-{key}", "code": state}).encode()


async def serve(behaviour: Behaviour, journal: Path, *, port: int = 0) -> None:
    """Listen on the loopback address, print the URL, and answer until cancelled."""
    rail = SimulatedRail(behaviour, journal)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _answer(rail, behaviour, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the caller has gone
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/payments", flush=True)
    await server.serve_forever()


async def _answer(
    rail: SimulatedRail, behaviour: Behaviour, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {
        name.lower(): value.strip() for name, _, value in (text.partition(":") for text in head[1:] if text)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    if method == "GET":
        writer.write(_response(*rail.find(path.rsplit("/", 1)[-1])))
        await writer.drain()
        return
    fault, status, document = await rail.pay(
        headers.get("idempotency-key", ""),
        headers.get("instruction-id", ""),
        headers.get("fencing-epoch", ""),
        body,
    )
    await asyncio.sleep(behaviour.delay_seconds)
    if fault in ("dropped", "lost"):
        return
    if fault == "never":
        await reader.read()  # until the caller gives up
        return
    if fault == "late":
        await asyncio.sleep(behaviour.late_seconds)
    writer.write(_response(status, document) * (2 if fault == "twice" else 1))
    await writer.drain()


def _response(status: int, document: bytes) -> bytes:
    head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(document)}\r\n\r\n"
    return head.encode() + document


def main(arguments: Sequence[str]) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="python -m leaseproof.outbox.rails.simulator", description=__doc__)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=parse_faults, default={}, help="like lost=10,late=5, in percent")
    parser.add_argument("--refused-percent", type=int, default=0)
    parser.add_argument("--late-seconds", type=float, default=2.0)
    parser.add_argument("--delay-seconds", type=float, default=0.0)
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args(arguments)
    behaviour = Behaviour(
        seed=chosen.seed,
        faults=chosen.faults,
        refused_percent=chosen.refused_percent,
        late_seconds=chosen.late_seconds,
        delay_seconds=chosen.delay_seconds,
    )
    try:
        asyncio.run(serve(behaviour, chosen.journal, port=chosen.port))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main(sys.argv[1:])
