"""The HTTP rail against the simulated rail as a process: what each misbehaviour means to the worker."""

import asyncio
import json
import os
from uuid import uuid4

import pytest

from leaseproof.bench.relay.processes import Processes
from leaseproof.outbox.clock import lease_clock
from leaseproof.outbox.payment import Payment
from leaseproof.outbox.rails.http import HttpRail
from leaseproof.outbox.rails.http_settings import HttpSettings
from leaseproof.outbox.rails.protocol import Absent, Accepted, Refused, TryAgain, Unknown


def payment(payload="{}"):
    """Return a payment."""
    return Payment(
        outbox_id=uuid4(),
        instruction_id="instruction-1",
        participant_id="participant-1",
        sequence_id=1,
        idempotency_key="key-1",
        rail_type="INSTANT",
        payload=payload,
        attempt_count=0,
        lease_token=uuid4(),
        lease_epoch=1,
    )


def ask(tmp_path, options, use):
    """Run ``use(rail)`` against a simulated rail; return what it returned and the rail's record."""

    async def body(url):
        rail = HttpRail(HttpSettings(url=url), concurrency=4)
        try:
            return await use(rail)
        finally:
            await rail.aclose()

    with Processes(tmp_path, os.environ) as processes:
        answer = asyncio.run(body(processes.start_rail(*options)))
    return answer, [json.loads(text) for text in processes.rail_journal.read_text().splitlines()]


def send_and_ask(each, seconds):
    """Send a payment, then ask for it."""

    async def use(rail):
        key = str(each.outbox_id)
        answer = await rail.dispatch(
            each, idempotency_key=key, fencing_epoch=1, deadline=lease_clock() + seconds
        )
        return answer, await rail.lookup(key, deadline=lease_clock() + 5.0)

    return use


@pytest.mark.parametrize(
    ("fault", "answer", "found"),
    [
        ("again", TryAgain, Absent),
        ("dropped", Unknown, Absent),
        ("never", Unknown, Absent),
        ("late", Unknown, Accepted),
        ("overdue", Unknown, Absent),
        ("lost", Unknown, Accepted),
        ("error", Unknown, Accepted),
        ("twice", Accepted, Accepted),
    ],
)
def test_misbehaviour_is_never_taken_for_certainty(tmp_path, fault, answer, found):
    """Only what the rail said with a status of the tables is more than unknown; the question settles the rest."""
    options = (f"--faults={fault}=100", "--late-seconds=30")
    answers, _ = ask(tmp_path, options, send_and_ask(payment(), 0.4))
    assert [type(each) for each in answers] == [answer, found]


def test_refusal_is_final(tmp_path):
    """422 and the state of the key say the same."""
    answers, _ = ask(tmp_path, ("--refused-percent=100",), send_and_ask(payment(), 5.0))
    assert [type(each) for each in answers] == [Refused, Refused]


def test_second_call_under_a_key_is_recognised_by_the_rail(tmp_path):
    """The rail takes a payment once; the same key with another payload is a conflict, which is unknown to us."""
    first = payment()
    other = Payment(
        **{name: getattr(first, name) for name in Payment.__slots__} | {"payload": '{"amount": "1"}'}
    )

    async def use(rail):
        return [
            await rail.dispatch(
                each, idempotency_key=str(each.outbox_id), fencing_epoch=1, deadline=lease_clock() + 5.0
            )
            for each in (first, first, other)
        ]

    answers, record = ask(tmp_path, (), use)
    assert [type(each) for each in answers] == [Accepted, Accepted, Unknown]
    assert [entry["did"] for entry in record] == ["taken", "replayed", "conflict"]
