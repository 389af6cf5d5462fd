"""What must hold after a campaign: the ledger, the rail's record, the counters and the logs tell one story."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leaseproof.bench.relay.processes import Started
from leaseproof.database.connection import Connection
from leaseproof.outbox.signals import LEASE_LOST_EVENT, SIGNALS, TERMINAL_GUARD_EVENT

SETTLED = (
    "dispatched_count",
    "retryable_count",
    "failed_count",
    "released_count",
    "lease_lost_count",
    "terminal_guard_hit_count",
    "left_to_repair_count",
)


@dataclass(kw_only=True)
class Reckoning:
    """What was counted, and what is wrong with it."""

    problems: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

    def hold(self, holds: bool, problem: str) -> None:
        """Note a problem when something does not hold."""
        if not holds:
            self.problems.append(problem)


def reckon(
    connection: Connection,
    *,
    invariants: Path,
    rail_journal: Path,
    processes: Sequence[Started],
    batch_size: int,
) -> Reckoning:
    """Compare the ledger, the rail's record, the counters and the logs.

    Args:
        connection: as the owner.
        invariants: the folder of the standing invariants.
        rail_journal: the simulated rail's record.
        processes: every worker and repairer that ran, killed ones included.
        batch_size: the most payments that a killed worker can have had in hand.
    """
    found = Reckoning()
    attempts = connection.execute(
        "SELECT outbox_id::text, state::text, lease_worker, recorded_by, ended_by, instruction_id"
        " FROM public.payment_outbox_attempts ORDER BY outbox_id, attempt_no"
    ).fetchall()
    _ledger(found, connection, attempts, invariants)
    hold_rail(found, attempts, [json.loads(text) for text in rail_journal.read_text().splitlines()])
    late = Counter(
        worker
        for (worker,) in connection.execute(
            "SELECT worker_id FROM public.payment_outbox_late_outcomes"
        ).fetchall()
    )
    sums: Counter[str] = Counter()
    for process in processes:
        sums.update(process.counted())
        hold_counters(found, process, attempts, late, batch_size)
    found.figures |= {
        name: sums[name] for name in (*SIGNALS[1:], "late_outcome_count", "left_to_repair_count")
    }
    found.figures["processes"] = len(processes)
    found.figures["killed"] = sum(process.killed for process in processes)
    return found


def _ledger(
    found: Reckoning,
    connection: Connection,
    attempts: Sequence[tuple[str, ...]],
    invariants: Path,
) -> None:
    keys = {
        row[0]
        for row in connection.execute("SELECT outbox_id::text FROM public.payment_outbox_keys").fetchall()
    }
    terminal = Counter(row[0] for row in attempts if row[1] in ("DISPATCHED", "FAILED"))
    found.hold(
        set(terminal) == keys, f"{len(keys ^ set(terminal))} payments without exactly one terminal attempt"
    )
    found.hold(not any(n > 1 for n in terminal.values()), "a payment has two terminal attempts")
    for path in sorted(invariants.glob("*.sql")):
        rows = connection.execute(path.read_text()).fetchall()  # type: ignore[call-overload]
        found.hold(not rows, f"invariant {path.stem}: {len(rows)} rows, the first {rows[:1]}")
    found.figures |= {"payments": len(keys), "attempts": len(attempts)}


def hold_rail(
    found: Reckoning, attempts: Sequence[tuple[str, ...]], record: Iterable[dict[str, Any]]
) -> None:
    """Hold the rail's record to the ledger: each payment asked for, one payment a key, no outcome that the rail denies."""
    taken: Counter[str] = Counter()
    asked, identities, epochs = set(), defaultdict(set), defaultdict(set)
    for entry in record:
        if entry["asked"] != "pay":
            continue
        key = entry["key"]
        asked.add(key)
        identities[key].add((entry["instruction_id"], entry["body"]))
        epochs[key].add(entry["epoch"])
        taken[key] += entry["did"] in ("taken", "replayed")
        found.hold(entry["did"] != "conflict", f"two payments under the key {key}")
    payments = {row[0]: row[5] for row in attempts}
    found.hold(
        asked == set(payments), f"{len(set(payments) ^ asked)} payments that the rail was never asked for"
    )
    for key, seen in identities.items():
        found.hold(
            len(seen) == 1 and payments.get(key) in {name for name, _ in seen},
            f"key {key} is of several payments",
        )
    for outbox_id, state, *_ in attempts:
        found.hold(
            state != "DISPATCHED" or taken[outbox_id] > 0,
            f"{outbox_id} is DISPATCHED, the rail never took it",
        )
        found.hold(state != "FAILED" or not taken[outbox_id], f"{outbox_id} is FAILED, and the rail took it")
    found.figures |= {
        "rail calls": sum(len(seen) for seen in epochs.values()),
        "payments sent more than once": sum(len(seen) > 1 for seen in epochs.values()),
        "calls that the rail took again under the same key": sum(taken.values()) - len(+taken),
    }


def hold_counters(
    found: Reckoning,
    process: Started,
    attempts: Sequence[tuple[str, ...]],
    late: Counter[str],
    batch_size: int,
) -> None:
    """Hold one process's counters to the ledger, and its log to its counters."""
    counted, worker = process.counted(), process.worker_id
    own = [row for row in attempts if row[2] == worker]
    completed = Counter(state for _, state, _, _, ended_by, _ in own if ended_by == "COMPLETION")
    repaired = Counter(
        state for _, state, _, by, ended_by, _ in attempts if by == worker and ended_by == "REPAIR"
    )
    in_ledger = {
        "dispatched_count": completed["DISPATCHED"],
        "failed_count": completed["FAILED"],
        "retryable_count + released_count": completed["RETRYABLE"],
        "late_outcome_count": late[worker],
    }
    in_counters = {
        "dispatched_count": counted["dispatched_count"],
        "failed_count": counted["failed_count"],
        "retryable_count + released_count": counted["retryable_count"] + counted["released_count"],
        "late_outcome_count": counted["late_outcome_count"],
    }
    if process.name == "repairer":
        in_ledger["repair_requeued_count"] = repaired["REPAIR_REQUEUED"]
        in_counters["repair_requeued_count"] = counted["repair_requeued_count"]
    for name, events in in_ledger.items():
        missing = events - in_counters[name]
        allowed = batch_size if process.killed else 0  # committed, and killed before the answer was there
        found.hold(
            0 <= missing <= allowed,
            f"{worker}: {name} is {in_counters[name]}, the ledger has {events} events",
        )
    if process.killed:
        return
    settled = sum(counted[name] for name in SETTLED)
    found.hold(
        counted["claimed_count"] == settled,
        f"{worker}: claimed {counted['claimed_count']}, settled {settled}",
    )
    lost = sum(ended_by != "COMPLETION" for _, _, _, _, ended_by, _ in own)
    unanswered = len(own) - counted["claimed_count"]  # claims whose answer was lost with the connection
    explained = counted["lease_lost_count"] + counted["left_to_repair_count"] + unanswered
    found.hold(
        unanswered >= 0 and lost == explained,
        f"{worker}: {lost} leases lost in the ledger, {explained} in the counters ({unanswered} claims unanswered)",
    )
    logged = process.logged()
    found.hold(logged == counted, f"{worker}: the log says {dict(logged)}, the hook was told {dict(counted)}")
    for event, name in (
        (LEASE_LOST_EVENT, "lease_lost_count"),
        (TERMINAL_GUARD_EVENT, "terminal_guard_hit_count"),
    ):
        told = process.events(event)
        found.hold(
            told == counted[name], f"{worker}: {told} times {event} in the log, {name} is {counted[name]}"
        )
