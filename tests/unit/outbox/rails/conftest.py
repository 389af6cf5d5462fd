"""What the HTTP rail's tests share: a server on the loopback address that answers as a test says."""

import asyncio
from uuid import uuid4

import pytest

from leaseproof.outbox.clock import lease_clock
from leaseproof.outbox.payment import Payment
from leaseproof.outbox.rails.http import HttpRail
from leaseproof.outbox.rails.http_settings import HttpSettings


def _payment_of(payload='{"amount": "10.00"}', instruction_id="instruction-1"):
    """Return a payment with that payload."""
    return Payment(
        outbox_id=uuid4(),
        instruction_id=instruction_id,
        participant_id="participant-1",
        sequence_id=1,
        idempotency_key="key-1",
        rail_type="INSTANT",
        payload=payload,
        attempt_count=0,
        lease_token=uuid4(),
        lease_epoch=9_007_199_254_740_993,
    )


def _against(answer, use, *, patience=5.0):
    """Return what ``use(rail, deadline)`` returns against a server that does ``answer(request, …, writer)``."""

    async def run():
        async def serve(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(text.split(b":")[1])
                    for text in head.split(b"\r\n")
                    if text.lower().startswith(b"content-length")
                ),
                0,
            )
            try:
                await answer(head + await reader.readexactly(length), reader, writer)
            except OSError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        rail = HttpRail(HttpSettings(url=f"http://127.0.0.1:{port}/payments"), concurrency=2)
        try:
            return await use(rail, lease_clock() + patience)
        finally:
            await rail.aclose()
            server.close()

    return asyncio.run(run())


def _send(rail, deadline, payment=None):
    """Send one payment."""
    payment = payment or _payment_of()
    return rail.dispatch(
        payment,
        idempotency_key=str(payment.outbox_id),
        fencing_epoch=payment.lease_epoch,
        deadline=deadline,
    )


def _saying(*parts):
    """Return an answer made of these bytes."""

    async def answer(request, reader, writer):
        for part in parts:
            writer.write(part)
        await writer.drain()

    return answer


@pytest.fixture
def payment_of():
    """Make a payment, by its payload and instruction."""
    return _payment_of


@pytest.fixture
def against():
    """Run something against a server that answers as it is told."""
    return _against


@pytest.fixture
def send():
    """Send a payment through a rail."""
    return _send


@pytest.fixture
def saying():
    """Make an answer of bytes."""
    return _saying
