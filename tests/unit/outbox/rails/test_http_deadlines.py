"""The HTTP rail keeps its deadlines: no call begins after one, and none lasts beyond it."""

import asyncio
import http.client
import socket
from concurrent.futures import ThreadPoolExecutor

from leaseproof.outbox.clock import lease_clock
from leaseproof.outbox.rails.http import Exchange
from leaseproof.outbox.rails.protocol import Accepted, TryAgain, Unknown


def test_answer_that_never_comes_is_unknown_at_the_deadline(against, send):
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


def test_answer_that_drips_is_cut_at_the_deadline(against, send):
    """The deadline is for the whole call, not for each byte."""

    async def answer(request, reader, writer):
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert isinstance(against(answer, lambda rail, _: send(rail, lease_clock() + 0.2)), Unknown)


def test_body_that_drips_gives_its_thread_back_at_the_deadline(against, send, saying, payment_of):
    """A whole head before an endless body: as many such calls as there are threads leave every thread to the next."""
    good, together = [], asyncio.Event()

    async def answer(request, reader, writer):
        if b"Instruction-Id: drips" in request:
            writer.write(b"HTTP/1.1 200 -\r\nConnection: close\r\n\r\n")
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        good.append(request)
        if len(good) == 2:
            together.set()
        await together.wait()
        await saying(b"HTTP/1.1 201 -\r\nContent-Length: 2\r\n\r\n{}")(request, reader, writer)

    async def use(rail, deadline):
        drips = payment_of(instruction_id="drips")
        cut = await asyncio.gather(*(send(rail, lease_clock() + 0.2, drips) for _ in range(2)))
        return cut, await asyncio.gather(*(send(rail, deadline) for _ in range(2)))

    cut, taken = against(answer, use)
    assert [type(each) for each in cut] == [Unknown, Unknown]
    assert taken == [Accepted(code="201"), Accepted(code="201")]


def test_interrupt_ends_the_connection_under_its_encryption():
    """A TLS socket that is shut down by its own method would go on in the clear; the connection ends beneath it."""
    here, rail = socket.socketpair()

    class Encrypted(socket.socket):
        def shutdown(self, how):
            raise AssertionError("the encryption was taken off")

    class Connection(http.client.HTTPConnection):
        def connect(self):
            self.sock = Encrypted(fileno=here.detach())

    exchange = Exchange(lambda seconds: Connection("rail", timeout=seconds), deadline=lease_clock() + 60.0)
    with ThreadPoolExecutor(max_workers=1) as thread, rail:
        running = thread.submit(exchange.run, "GET", "/", None, {})
        while not rail.recv(4096).endswith(b"\r\n\r\n"):
            pass
        assert exchange.interrupt() and rail.recv(1) == b""
        assert isinstance(running.exception(), http.client.RemoteDisconnected)


def test_call_after_its_deadline_is_never_sent(against, send):
    """A process that was stopped wakes with its deadline passed: the last check is next to the send (CL-13)."""
    requests = []

    async def answer(request, reader, writer):
        requests.append(request)

    meaning = against(answer, lambda rail, _: send(rail, lease_clock() - 1.0))
    assert meaning == TryAgain(error_code="RAIL_NOT_REACHED", message="DEADLINE_PASSED") and requests == []


def test_cancelled_call_closes_its_connection(against, send):
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
