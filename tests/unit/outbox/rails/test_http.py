"""The HTTP rail on real sockets: what it sends, what it reads, and what it does when nothing can be sent."""

import asyncio
import http.client
import socket

import pytest

from leaseproof.outbox.clock import lease_clock
from leaseproof.outbox.rails.http import LARGEST_BODY_BYTES, Exchange, HttpRail, NotSentError
from leaseproof.outbox.rails.http_settings import FIXED_HEADERS, HttpSettings
from leaseproof.outbox.rails.protocol import Absent, Accepted, Refused, TryAgain, Unknown


def test_request_carries_key_epoch_and_the_payload_as_stored(against, send, saying, payment_of):
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
    names = {text.partition(b":")[0].decode().lower() for text in head.split(b"\r\n")[1:]}
    assert names - FIXED_HEADERS == {"idempotency-key", "fencing-epoch"}


def test_question_asks_for_the_key(against, saying):
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
        (b"", Unknown(error_code="NO_ANSWER", message="RemoteDisconnected")),
        (b"nonsense\r\n\r\n", Unknown(error_code="NO_ANSWER", message="BadStatusLine")),
        (
            b"HTTP/1.1 201 -\r\nContent-Length: 900\r\n\r\n{",
            Unknown(error_code="UNREADABLE_ANSWER", code="201"),
        ),
        (
            b"HTTP/1.1 422 -\r\nContent-Length: 900\r\n\r\n{",
            Refused(error_code="REFUSED_BY_RAIL", code="422"),
        ),
    ],
)
def test_broken_answer_is_unknown_unless_the_status_alone_says_it(against, send, saying, answer, meaning):
    """After the first byte was sent only what the rail said whole is known; an accepted status is not all of it."""
    assert against(saying(answer), send) == meaning


REFUSAL = b'{"state":"refused","request":"' + b"x" * 65_536 + b'"}'
REFUSED = Refused(error_code="REFUSED_BY_RAIL", code="200")
UNREADABLE = Unknown(error_code="UNREADABLE_ANSWER", code="200")
LONGER_THAN_IS_READ = b'{"state":"refused"}' + b" " * LARGEST_BODY_BYTES


def sized(body):
    """Return an answer with a length and this body."""
    return b"HTTP/1.1 200 -\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def chunked(body):
    """Return an answer with this body in one chunk."""
    return b"HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def unsized(body):
    """Return an answer whose body ends with the connection."""
    return b"HTTP/1.1 200 -\r\n\r\n" + body


@pytest.mark.parametrize("framed", [sized, chunked, unsized])
@pytest.mark.parametrize(
    ("body", "unsent", "meaning"),
    [
        (REFUSAL, 0, REFUSED),
        (REFUSAL, 30, UNREADABLE),
        (LONGER_THAN_IS_READ, 0, UNREADABLE),
        (b'{"state":"refused"}', 10, UNREADABLE),
    ],
    ids=("echo", "cut echo", "longer", "cut"),
)
def test_refusal_is_never_taken_for_an_accepted_payment(against, send, saying, framed, body, unsent, meaning):
    """A rail that echoes the largest payload is read whole; a refusal of which something is missing is unknown."""
    answer = framed(body)
    assert against(saying(answer[: len(answer) - unsent]), send) == meaning


def test_header_that_cannot_be_sent_is_not_sent_and_not_shown(against, send, payment_of):
    """Nothing left, so the rail certainly did not take it; the client's own text would quote the header."""
    requests = []

    async def answer(request, reader, writer):
        requests.append(request)

    payment = payment_of(instruction_id="hidden\n")
    meaning = against(answer, lambda rail, deadline: send(rail, deadline, payment))
    assert meaning == TryAgain(error_code="RAIL_NOT_REACHED", message="ValueError") and requests == []


def test_host_that_has_no_name_is_not_reached():
    """What the resolver cannot even be asked for was not sent."""

    class Connection(http.client.HTTPConnection):
        def connect(self):
            "a..b".encode("idna")

    exchange = Exchange(lambda seconds: Connection("rail", timeout=seconds), deadline=lease_clock() + 60.0)
    with pytest.raises(NotSentError, match="^UnicodeError$"):
        exchange.run("GET", "/", None, {})


def test_address_of_colons_alone_keeps_its_scheme_s_port(send, monkeypatch):
    """http://[::1]/ is port 80 of ::1, although its last part reads like a port."""
    called = []

    def connect(address, *_):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)

    async def use():
        rail = HttpRail(HttpSettings(url="http://[::1]/payments"), concurrency=1)
        return await send(rail, lease_clock() + 5.0)

    assert isinstance(asyncio.run(use()), TryAgain) and called == [("::1", 80)]


def test_rail_that_cannot_be_reached_is_try_again(send):
    """Nothing was sent, so the rail certainly did not take it."""

    async def use():
        rail = HttpRail(HttpSettings(url="http://127.0.0.1:1/payments"), concurrency=1)
        return await send(rail, lease_clock() + 5.0)

    assert asyncio.run(use()) == TryAgain(error_code="RAIL_NOT_REACHED", message="ConnectionRefusedError")
