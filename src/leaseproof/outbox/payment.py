"""The values that pass between the database, the rail and the worker."""

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Payment:
    """One payment under a lease, as ``claim_outbox_batch`` returned it."""

    outbox_id: UUID  # the idempotency key at the rail: one for a payment's whole life
    instruction_id: str
    participant_id: str
    sequence_id: int  # 64 bits
    idempotency_key: str  # the caller's, for the enqueue; the rail never sees it
    rail_type: str
    payload: str  # JSON as stored, never parsed on its way to the rail
    attempt_count: int  # attempts in the ledger before this one
    lease_token: UUID
    lease_epoch: int  # 64 bits; the fencing number for the rail

    def document(self) -> Any:
        """Return the payload parsed, with every number exact."""
        return json.loads(self.payload, parse_float=Decimal)


class State(Enum):
    """What a worker may record for an attempt."""

    DISPATCHED = "DISPATCHED"
    RETRYABLE = "RETRYABLE"
    FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What is to be recorded for one payment under one lease."""

    state: State
    rail_reference: str | None = None
    rail_code: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    latency_ms: int | None = None
    retry_delay_seconds: int | None = None  # for RETRYABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """The database's answer for one completion."""

    state: str | None = None  # what was recorded; FAILED for a RETRYABLE at the ceiling
    refused_with: str | None = None  # SQLSTATE
    refused_constraint: str | None = None
