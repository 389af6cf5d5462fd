"""The HTTP rail: one POST a payment, the idempotency key in a header, and a classification that is configuration.

One connection a call, never reused: a connection that the rail closed meanwhile would make a call unknown for nothing,
and a second answer to an earlier call would be taken for the answer to this one. The standard library's client runs
in threads; the deadline is kept by closing the socket under it.
"""

import asyncio
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.clock import lease_clock
from leaseproof.outbox.payment import Payment
from leaseproof.outbox.rails.http_answers import HttpAnswer, classify, classify_lookup
from leaseproof.outbox.rails.http_settings import DEFAULT_PORTS, HttpSettings
from leaseproof.outbox.rails.protocol import Answer, Found, TryAgain, Unknown

LARGEST_BODY_BYTES = 1_048_576  # of an answer; one that is longer is not whole. A payload, echoed, has 65,536 at most


class NotSentError(Exception):
    """The call ended before its first byte left."""


class Exchange:
    """One request and its answer on a connection of its own, in a thread that another may interrupt."""

    def __init__(self, connect: Callable[[float], http.client.HTTPConnection], *, deadline: float) -> None:
        self._connect = connect
        self._deadline = deadline
        self._guard = threading.Lock()
        self._interrupted = False
        self._socket: socket.socket | None = None  # the client forgets its own when the answer's head is read
        self._hold: socket.SocketIO | None = None  # keeps the socket's number from being given to another meanwhile
        self.sent = False

    def run(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> HttpAnswer:
        """Connect, send, read.

        Raises:
            NotSentError: nothing of the request was sent.
            OSError, http.client.HTTPException: it broke after that.
        """
        connection = self._prepare(method, path, headers)
        try:
            self._open(connection)
            connection.endheaders(body)
            with connection.getresponse() as response:
                return _read(response)
        finally:
            connection.close()
            self._let_go()

    def _prepare(self, method: str, path: str, headers: Mapping[str, str]) -> http.client.HTTPConnection:
        """Return a connection that is not made yet, with the request's head in its buffer."""
        try:
            connection = self._connect(self._deadline - lease_clock())
            connection.putrequest(method, path)
            for name, value in headers.items():
                connection.putheader(name, value)
        except (ValueError, http.client.HTTPException) as error:  # their texts quote the header
            raise NotSentError(type(error).__name__) from None
        return connection

    def _open(self, connection: http.client.HTTPConnection) -> None:
        try:
            connection.connect()
        except (OSError, ValueError) as error:
            raise NotSentError(type(error).__name__) from error
        # The last look at the clock before the call: a process that was stopped wakes here (CL-13).
        with self._guard:
            if self._interrupted or lease_clock() >= self._deadline:
                raise NotSentError("DEADLINE_PASSED")
            self._socket = connection.sock
            self._hold = connection.sock.makefile("rb", buffering=0)
            self.sent = True

    def _let_go(self) -> None:
        with self._guard:
            self._socket = None
            if self._hold is not None:
                self._hold.close()

    def interrupt(self) -> bool:
        """End the exchange from another thread; return whether the request may have been sent."""
        with self._guard:
            self._interrupted = True
            if self._socket is not None:
                try:
                    # Not the method of a TLS socket, which would take the encryption off first.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                except OSError:
                    pass  # the other side has ended it already
            return self.sent


def _read(response: http.client.HTTPResponse) -> HttpAnswer:
    """Return the status with as much of the body as came; the status stands, whatever became of the rest."""
    try:
        body = response.read(LARGEST_BODY_BYTES + 1)
        whole = len(body) <= LARGEST_BODY_BYTES and not response.length
    except (OSError, http.client.HTTPException):
        body, whole = b"", False
    return HttpAnswer(
        status=response.status, body=body, whole=whole, retry_after=response.headers.get("Retry-After")
    )


class HttpRail:
    """A rail behind an HTTP address.

    Args:
        settings: the address and the classification.
        concurrency: the most calls at once.
    """

    def __init__(self, settings: HttpSettings, *, concurrency: int) -> None:
        self._settings = settings
        self._parts = urlsplit(settings.url)
        self._threads = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="rail")
        self._tls: ssl.SSLContext | None = None
        if self._parts.scheme == "https":
            self._tls = _tls_context(settings)
        self._headers = {"Accept": "application/json", "Connection": "close"}
        if settings.authorization:
            self._headers["Authorization"] = settings.authorization

    async def dispatch(
        self, payment: Payment, *, idempotency_key: str, fencing_epoch: int, deadline: float
    ) -> Answer:
        """Send the payload as it is stored; see :class:`leaseproof.outbox.rails.protocol.Rail`."""
        body = payment.payload.encode()
        headers = self._headers | {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            self._settings.key_header: idempotency_key,
            self._settings.epoch_header: str(fencing_epoch),
            "Instruction-Id": payment.instruction_id,
            "Participant-Id": payment.participant_id,
        }
        try:
            answer = await self._exchange("POST", self._path(), body, headers, deadline)
        except NotSentError as error:
            return TryAgain(error_code="RAIL_NOT_REACHED", message=str(error))
        except (OSError, http.client.HTTPException) as error:
            return Unknown(error_code="NO_ANSWER", message=type(error).__name__)
        return classify(self._settings, answer)

    async def lookup(self, idempotency_key: str, *, deadline: float) -> Found:
        """Ask by key; see :class:`leaseproof.outbox.rails.protocol.Rail`."""
        path = f"{self._path().rstrip('/')}/{quote(idempotency_key, safe='')}"
        try:
            answer = await self._exchange("GET", path, None, self._headers, deadline)
        except NotSentError as error:
            return Unknown(error_code="LOOKUP_NO_ANSWER", message=str(error))
        except (OSError, http.client.HTTPException) as error:
            return Unknown(error_code="LOOKUP_NO_ANSWER", message=type(error).__name__)
        return classify_lookup(self._settings, answer)

    async def aclose(self) -> None:
        """Let the threads go; calls still in flight end by their own deadlines."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _path(self) -> str:
        return self._parts.path or "/"

    def _connect(self, timeout_seconds: float) -> http.client.HTTPConnection:
        if timeout_seconds <= 0:
            raise NotSentError("DEADLINE_PASSED")
        # The port always, or the client takes the end of a bare IPv6 address for it.
        host, port = str(self._parts.hostname), self._parts.port or DEFAULT_PORTS[self._parts.scheme]
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, timeout=timeout_seconds, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=timeout_seconds)

    async def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], deadline: float
    ) -> HttpAnswer:
        exchange = Exchange(self._connect, deadline=deadline)
        running = asyncio.get_running_loop().run_in_executor(
            self._threads, exchange.run, method, path, body, headers
        )
        try:
            done, _ = await asyncio.wait({running}, timeout=max(0.0, deadline - lease_clock()))
        except asyncio.CancelledError:
            exchange.interrupt()
            _forget(running)
            raise
        if done:
            return running.result()
        may_have_been_sent = exchange.interrupt()
        _forget(running)
        if may_have_been_sent:
            raise TimeoutError
        raise NotSentError("DEADLINE_PASSED")


def _forget(running: asyncio.Future[HttpAnswer]) -> None:
    """Let an interrupted exchange end on its own, without a warning that nobody took its error."""
    running.add_done_callback(lambda ended: ended.cancelled() or ended.exception())


def _tls_context(settings: HttpSettings) -> ssl.SSLContext:
    """Return what checks the rail's certificate and shows ours.

    Raises:
        LeaseproofError: a file of the settings cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.client_certificate_file:
            context.load_cert_chain(settings.client_certificate_file)
    except OSError as error:  # an ssl.SSLError is one too
        raise LeaseproofError(
            f"got RAIL_CA_FILE={settings.ca_file} and RAIL_CLIENT_CERTIFICATE_FILE={settings.client_certificate_file},"
            f" of which one cannot be used ({error.strerror or error}); expected PEM files; correct the path"
        ) from None
    return context
