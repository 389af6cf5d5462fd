"""The HTTP rail: what answers mean, and what it does when there is none."""

import asyncio
from uuid import uuid4

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.clock import lease_clock
from leaseproof.outbox.payment import Payment
from leaseproof.outbox.rails.http import HttpRail
from leaseproof.outbox.rails.http_answers import (
    HttpAnswer,
    HttpSettings,
    classify,
    classify_lookup,
    http_settings_from,
)
from leaseproof.outbox.rails.protocol import Absent, Accepted, Refused, TryAgain, Unknown

SETTINGS = HttpSettings(url="http://rail/payments")


def payment_of(payload='{"amount": "10.00"}'):
    """Return a payment with that payload."""
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
        lease_epoch=9_007_199_254_740_993,
    )


def against(answer, use, *, patience=5.0):
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


def send(rail, deadline, payment=None):
    """Send one payment."""
    payment = payment or payment_of()
    return rail.dispatch(
        payment,
        idempotency_key=str(payment.outbox_id),
        fencing_epoch=payment.lease_epoch,
        deadline=deadline,
    )


def saying(*parts):
    """Return an answer made of these bytes."""

    async def answer(request, reader, writer):
        for part in parts:
            writer.write(part)
        await writer.drain()

    return answer


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (HttpAnswer(status=201, body=b'{"reference":"r","code":"00"}'), Accepted(reference="r", code="00")),
        (HttpAnswer(status=202, body=b"not json"), Accepted(code="202")),
        (HttpAnswer(status=200, body=b'["a list"]'), Accepted(code="200")),
        (HttpAnswer(status=200, body=b'{"reference":17}'), Accepted(code="200")),
        (
            HttpAnswer(status=200, body=b'{"state":"rejected"}'),
            Refused(error_code="REFUSED_BY_RAIL", code="200"),
        ),
        (
            HttpAnswer(status=422, body=b'{"message":"closed"}'),
            Refused(error_code="REFUSED_BY_RAIL", message="closed", code="422"),
        ),
        (HttpAnswer(status=401), TryAgain(error_code="HTTP_401", code="401")),
        (
            HttpAnswer(status=429, retry_after="30"),
            TryAgain(error_code="HTTP_429", code="429", after_seconds=30.0),
        ),
        (HttpAnswer(status=429, retry_after="inf"), TryAgain(error_code="HTTP_429", code="429")),
        (
            HttpAnswer(status=429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"),
            TryAgain(error_code="HTTP_429", code="429"),
        ),
        *(
            (HttpAnswer(status=status), Unknown(error_code=f"HTTP_{status}", code=str(status)))
            for status in (301, 408, 409, 500, 502, 503, 504)
        ),
    ],
)
def test_answer_means_what_the_tables_say(answer, meaning):
    """Only a status that somebody put into a table is more than unknown (CL-17)."""
    assert classify(SETTINGS, answer) == meaning


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (HttpAnswer(status=200, body=b'{"reference":"r"}'), Accepted(reference="r", code="200")),
        (
            HttpAnswer(status=200, body=b'{"state":"refused"}'),
            Refused(error_code="REFUSED_BY_RAIL", code="200"),
        ),
        (HttpAnswer(status=404), Absent(final=False)),
        (HttpAnswer(status=401), Unknown(error_code="LOOKUP_HTTP_401", code="401")),
        (HttpAnswer(status=422), Unknown(error_code="LOOKUP_HTTP_422", code="422")),
        (HttpAnswer(status=500), Unknown(error_code="LOOKUP_HTTP_500", code="500")),
    ],
)
def test_answer_to_a_question_means_what_the_tables_say(answer, meaning):
    """A question that is itself refused says nothing about the payment."""
    assert classify_lookup(SETTINGS, answer) == meaning


def test_absence_is_final_only_by_configuration():
    """The rail's promise is a setting."""
    settings = http_settings_from({"RAIL_URL": "http://rail/", "RAIL_ABSENT_IS_FINAL": "1"})
    assert classify_lookup(settings, HttpAnswer(status=404)) == Absent(final=True)


def test_classification_is_configuration():
    """Each table is read from the environment."""
    settings = http_settings_from(
        {"RAIL_URL": "http://rail/", "RAIL_ACCEPTED_STATUSES": "299", "RAIL_TRY_AGAIN_STATUSES": "503, 200"}
    )
    assert classify(settings, HttpAnswer(status=299)) == Accepted(code="299")
    assert classify(settings, HttpAnswer(status=200)) == TryAgain(error_code="HTTP_200", code="200")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"RAIL_URL": "ftp://rail/"},
        {"RAIL_URL": "https:///payments"},
        {"RAIL_URL": "https://me:hidden@rail/"},
        {"RAIL_URL": "https://rail/", "RAIL_REFUSED_STATUSES": "200"},
        {"RAIL_URL": "https://rail/", "RAIL_ACCEPTED_STATUSES": "2xx"},
        {"RAIL_URL": "https://rail/", "RAIL_ABSENT_IS_FINAL": "yes"},
    ],
)
def test_settings_that_make_no_sense_are_refused(environment):
    """One sentence, without the credential."""
    with pytest.raises(LeaseproofError, match="got .*expected ") as refused:
        http_settings_from(environment)
    assert "hidden" not in str(refused.value)


def test_authorization_is_not_shown():
    """The representation of the settings has no credential."""
    assert "Bearer" not in repr(
        http_settings_from({"RAIL_URL": "https://rail", "RAIL_AUTHORIZATION": "Bearer x"})
    )


def test_request_carries_key_epoch_and_the_payload_as_stored():
    """Money and 64-bit numbers pass untouched: the payload is never parsed on its way (CL-16)."""
    payload = '{"amount": 90071992547409.93, "sequence": 9007199254740993, "note": "é"}'
    payment, requests = payment_of(payload), []

    async def answer(request, reader, writer):
        requests.append(request)
        await saying(b"HTTP/1.1 201 -\r\nContent-Length: 2\r\n\r\n{}")(request, reader, writer)

    assert against(answer, lambda rail, deadline: send(rail, deadline, payment)) == Accepted(code="201")
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert body == payload.encode()
    assert f"Idempotency-Key: {payment.outbox_id}".encode() in head
    assert b"Fencing-Epoch: 9007199254740993" in head
    assert head.startswith(b"POST /payments HTTP/1.1") and b"Connection: close" in head


def test_question_asks_for_the_key():
    """GET url/KEY, and nothing is sent."""
    requests = []

    async def answer(request, reader, writer):
        requests.append(request)
        await saying(b"HTTP/1.1 404 -\r\nContent-Length: 0\r\n\r\n")(request, reader, writer)

    assert against(answer, lambda rail, deadline: rail.lookup("a key", deadline=deadline)) == Absent()
    assert requests[0].startswith(b"GET /payments/a%20key HTTP/1.1")


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (saying(), Unknown(error_code="NO_ANSWER", message="RemoteDisconnected")),
        (saying(b"nonsense\r\n\r\n"), Unknown(error_code="NO_ANSWER", message="BadStatusLine")),
        (saying(b"HTTP/1.1 201 -\r\nContent-Length: 900\r\n\r\n{"), Accepted(code="201")),
    ],
)
def test_broken_answer_is_unknown_unless_the_status_came(answer, meaning):
    """After the first byte was sent only a status says what happened."""
    assert against(answer, send) == meaning


def test_answer_that_never_comes_is_unknown_at_the_deadline():
    """A timeout is unknown, not failed (CL-06), and the connection is closed under it."""
    closed = []

    async def answer(request, reader, writer):
        closed.append(await reader.read())

    async def use(rail, deadline):
        meaning = await send(rail, lease_clock() + 0.2)
        while not closed:
            await asyncio.sleep(0)
        return meaning

    assert against(answer, use) == Unknown(error_code="NO_ANSWER", message="TimeoutError")
    assert closed == [b""]


def test_answer_that_drips_is_cut_at_the_deadline():
    """The deadline is for the whole call, not for each byte."""

    async def answer(request, reader, writer):
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert isinstance(against(answer, lambda rail, _: send(rail, lease_clock() + 0.2)), Unknown)


def test_rail_that_cannot_be_reached_is_try_again():
    """Nothing was sent, so the rail certainly did not take it."""

    async def use():
        rail = HttpRail(HttpSettings(url="http://127.0.0.1:1/payments"), concurrency=1)
        return await send(rail, lease_clock() + 5.0)

    assert asyncio.run(use()) == TryAgain(error_code="RAIL_NOT_REACHED", message="ConnectionRefusedError")


def test_call_after_its_deadline_is_never_sent():
    """A process that was stopped wakes with its deadline passed: the last check is next to the send (CL-13)."""
    requests = []

    async def answer(request, reader, writer):
        requests.append(request)

    meaning = against(answer, lambda rail, _: send(rail, lease_clock() - 1.0))
    assert meaning == TryAgain(error_code="RAIL_NOT_REACHED", message="DEADLINE_PASSED") and requests == []


def test_cancelled_call_closes_its_connection():
    """A worker that shuts down leaves no call running behind it."""
    closed, begun = [], []

    async def answer(request, reader, writer):
        begun.append(True)
        closed.append(await reader.read())

    async def use(rail, deadline):
        calling = asyncio.create_task(send(rail, deadline))
        while not begun:
            await asyncio.sleep(0)
        calling.cancel()
        while not closed:
            await asyncio.sleep(0)
        return (await asyncio.gather(calling, return_exceptions=True))[0]

    assert isinstance(against(answer, use), asyncio.CancelledError)
