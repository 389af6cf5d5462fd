"""The worker's settings: read once from a mapping, and refused together where they cannot keep a payment safe.

The rules held here:

- a payment's whole time at the rail, and the margin after it, end before the lease does (CL-02);
- a full batch, sent with the given concurrency, is through before the lease ends, with the margin (CL-03);
- the rail remembers idempotency keys for longer than the longest retry window (CL-05).
"""

import math
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.calls import read_url

DAY_SECONDS = 86_400.0


class SettingsError(LeaseproofError):
    """A setting, or a set of them, that the worker refuses to start with."""


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """What one worker process runs with; the environment variable of each is in ``VARIABLES``."""

    database_url: str = field(
        repr=False
    )  # the outbox database, as outbox_executor; may be a transaction pooler
    listen_url: str | None = field(
        default=None, repr=False
    )  # a direct connection for LISTEN; None: polling alone
    worker_id: str  # one a process, never used again: it names who held a lease
    lease_seconds: int = 60
    margin_seconds: float = (
        5.0  # what is left of the lease when the rail's time is up: completion and clock drift
    )
    claim_batch_size: int = 50  # the most payments in hand at once
    concurrency: int = 20  # the most calls to the rail at once
    rail_timeout_seconds: float = 15.0  # one payment's whole time at the rail, questions by key included
    lookup_timeout_seconds: float = 3.0  # of that, the most for one question by key
    poll_interval_seconds: float = 1.0  # the floor: payments are found without any notification
    retry_base_seconds: float = 2.0  # the first delay; it doubles with each attempt
    retry_max_seconds: int = 3600
    retry_ceiling: int = 20  # the model's, for the check of the retry window
    repair_batch_size: int = 100  # the most leases that one repair pass returns to the queue
    repair_interval_seconds: float = 10.0
    signal_interval_seconds: float = 10.0  # one cycle: at most one line of counts
    statement_timeout_seconds: float = 10.0  # a call to the database that takes longer is "nothing known"
    shutdown_seconds: float = 25.0  # after SIGTERM: what is in flight may finish for so long
    pool_size: int = 4  # connections for claims, completions and repair
    rail: str = "http"  # or module:object
    signal_hook: str = ""  # opentelemetry, or module:object
    rail_key_retention_seconds: float = 40 * DAY_SECONDS  # how long the rail remembers an idempotency key

    def __post_init__(self) -> None:
        for check in (_check_ranges, _check_lease, _check_batch, _check_retention):
            check(self)

    @property
    def retry_window_seconds(self) -> float:
        """The longest time from a payment's first call at the rail to its last."""
        return self.retry_ceiling * (
            self.lease_seconds + self.repair_interval_seconds + self.retry_max_seconds
        )


VARIABLES: Mapping[str, str] = {
    "database_url": "OUTBOX_DATABASE_URL",
    "listen_url": "OUTBOX_LISTEN_URL",
    "worker_id": "WORKER_ID",
    "lease_seconds": "LEASE_SECONDS",
    "margin_seconds": "LEASE_MARGIN_SECONDS",
    "claim_batch_size": "CLAIM_BATCH_SIZE",
    "concurrency": "RAIL_CONCURRENCY",
    "rail_timeout_seconds": "RAIL_TIMEOUT_SECONDS",
    "lookup_timeout_seconds": "RAIL_LOOKUP_TIMEOUT_SECONDS",
    "poll_interval_seconds": "POLL_INTERVAL_SECONDS",
    "retry_base_seconds": "RETRY_BASE_SECONDS",
    "retry_max_seconds": "RETRY_MAX_SECONDS",
    "retry_ceiling": "RETRY_CEILING",
    "repair_batch_size": "LEASE_REPAIR_BATCH_SIZE",
    "repair_interval_seconds": "LEASE_REPAIR_INTERVAL_SECONDS",
    "signal_interval_seconds": "SIGNAL_INTERVAL_SECONDS",
    "statement_timeout_seconds": "STATEMENT_TIMEOUT_SECONDS",
    "shutdown_seconds": "SHUTDOWN_SECONDS",
    "pool_size": "POOL_SIZE",
    "rail": "RAIL",
    "signal_hook": "SIGNAL_HOOK",
    "rail_key_retention_seconds": "RAIL_KEY_RETENTION_SECONDS",
}


def settings_from(environment: Mapping[str, str]) -> WorkerSettings:
    """Return the settings that an environment mapping asks for.

    Args:
        environment: names as in ``VARIABLES``; a name that is missing or empty takes the default. Without
            OUTBOX_LISTEN_URL the worker listens on OUTBOX_DATABASE_URL; ``off`` means polling alone.

    Raises:
        SettingsError: a value is missing, not a number, or the values do not fit together.
    """
    values: dict[str, object] = {}
    for each in fields(WorkerSettings):
        text = environment.get(VARIABLES[each.name], "")
        if text:
            values[each.name] = _parsed(VARIABLES[each.name], text.strip(), each.type)
    if "database_url" not in values:
        raise SettingsError(
            "got no OUTBOX_DATABASE_URL; expected the outbox database as a postgresql:// URL; "
            "set it to a login that is a member of outbox_executor"
        )
    values.setdefault("listen_url", values["database_url"])
    if str(values["listen_url"]).lower() == "off":
        values["listen_url"] = None
    for name in ("database_url", "listen_url"):
        if values[name] is not None:
            read_url(str(values[name]), VARIABLES[name])
    values["worker_id"] = worker_identity(str(values.get("worker_id", "")))
    return WorkerSettings(**values)  # type: ignore[arg-type]


def worker_identity(name: str) -> str:
    """Return a worker id that no other process has had, also when a container comes back under its old name.

    Args:
        name: a readable beginning; empty: the host's name.
    """
    readable = re.sub(r"[^A-Za-z0-9._-]", "-", name or socket.gethostname())[:64]
    return f"{readable}-{os.getpid()}-{secrets.token_hex(4)}"


def _parsed(variable: str, text: str, kind: object) -> object:
    if not text:
        raise SettingsError(f"got {variable} with nothing in it but blanks; expected a value; correct it, or unset it")
    if kind not in (int, float):
        return text
    try:
        if "_" in text or not text.isascii():  # Python's own ways to write a number; 1_0 was meant for something else
            raise ValueError
        return int(text) if kind is int else float(text)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number of seconds"
        raise SettingsError(f"got {variable}={text!r}; expected {wanted}; correct it") from None


def _check_ranges(settings: WorkerSettings) -> None:
    for name, least, most in (
        ("lease_seconds", 1, 900),
        ("margin_seconds", 0.001, 900),
        ("claim_batch_size", 1, 1000),
        ("concurrency", 1, 1000),
        ("rail_timeout_seconds", 0.001, 900),
        ("lookup_timeout_seconds", 0.001, 900),
        ("poll_interval_seconds", 0.01, 3600),
        ("retry_base_seconds", 0.001, 86_400),
        ("retry_max_seconds", 1, 86_400),
        ("retry_ceiling", 1, 1000),
        ("repair_batch_size", 1, 1000),
        ("repair_interval_seconds", 0.01, 3600),
        ("signal_interval_seconds", 0.01, 3600),
        ("statement_timeout_seconds", 0.001, 900),
        ("shutdown_seconds", 0, 3600),
        ("pool_size", 1, 100),
        ("rail_key_retention_seconds", 0, 100 * 365 * DAY_SECONDS),
    ):
        value = getattr(settings, name)
        if not (math.isfinite(value) and least <= value <= most):
            raise SettingsError(
                f"got {VARIABLES[name]}={value}; expected a value from {least:g} to {most:g}; correct it"
            )


def _check_lease(settings: WorkerSettings) -> None:
    needed = settings.rail_timeout_seconds + settings.margin_seconds
    if needed >= settings.lease_seconds:
        raise SettingsError(
            f"got LEASE_SECONDS={settings.lease_seconds} with RAIL_TIMEOUT_SECONDS={settings.rail_timeout_seconds:g} "
            f"and LEASE_MARGIN_SECONDS={settings.margin_seconds:g}; expected the two together to be less than the "
            f"lease; raise LEASE_SECONDS above {needed:g} or shorten the rail's time"
        )
    if 2 * settings.lookup_timeout_seconds >= settings.rail_timeout_seconds:
        raise SettingsError(
            f"got RAIL_LOOKUP_TIMEOUT_SECONDS={settings.lookup_timeout_seconds:g} with "
            f"RAIL_TIMEOUT_SECONDS={settings.rail_timeout_seconds:g}; expected room for a question before the call and "
            f"one after it; lower RAIL_LOOKUP_TIMEOUT_SECONDS below {settings.rail_timeout_seconds / 2:g}"
        )


def _check_batch(settings: WorkerSettings) -> None:
    rounds = math.ceil(settings.claim_batch_size / settings.concurrency)
    needed = rounds * settings.rail_timeout_seconds + settings.margin_seconds
    if needed > settings.lease_seconds:
        raise SettingsError(
            f"got CLAIM_BATCH_SIZE={settings.claim_batch_size} with RAIL_CONCURRENCY={settings.concurrency}: {rounds} "
            f"rounds of RAIL_TIMEOUT_SECONDS={settings.rail_timeout_seconds:g} and LEASE_MARGIN_SECONDS="
            f"{settings.margin_seconds:g} take {needed:g} s; expected LEASE_SECONDS={settings.lease_seconds} at most; "
            "lower CLAIM_BATCH_SIZE or raise RAIL_CONCURRENCY"
        )


def _check_retention(settings: WorkerSettings) -> None:
    if settings.retry_window_seconds >= settings.rail_key_retention_seconds:
        raise SettingsError(
            f"got RAIL_KEY_RETENTION_SECONDS={settings.rail_key_retention_seconds:g}, but {settings.retry_ceiling} "
            f"attempts may take {settings.retry_window_seconds:g} s; expected the rail to remember keys for longer "
            f"than that; lower RETRY_MAX_SECONDS or agree a longer retention with the rail"
        )
