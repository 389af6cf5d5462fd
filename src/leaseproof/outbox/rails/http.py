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
from leaseproof.outbox.rails.http_answers import HttpAnswer, HttpSettings, classify, classify_lookup
from leaseproof.outbox.rails.protocol import Answer, Found, TryAgain, Unknown

LARGEST_BODY_BYTES = 65_536  # of an answer; more is not read


class NotSentError(Exception):
    """The call ended before its first byte left."""


class Exchange:
    """One request and its answer on a connection of its own, in a thread that another may interrupt."""

    def __init__(self, connect: Callable[[float], http.client.HTTPConnection], *, deadline: float) -> None:
        self._connect = connect
        self._deadline = deadline
        self._guard = threading.Lock()
        self._interrupted = False
        self._connection: http.client.HTTPConnection | None = None
        self.sent = False

    def run(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> HttpAnswer:
        """Connect, send, read.

        Raises:
            NotSentError: nothing of the request was sent.
            OSError, http.client.HTTPException: it broke after that.
        """
        try:
            self._open()
            connection = self._connection
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            try:
                received = response.read(LARGEST_BODY_BYTES)
            except (OSError, http.client.HTTPException):
                received = b""  # the status stands, whatever became of the rest
            return HttpAnswer(
                status=response.status, body=received, retry_after=response.headers.get("Retry-After")
            )
        finally:
            if self._connection is not None:
                self._connection.close()

    def _open(self) -> None:
        connection = self._connect(self._deadline - lease_clock())
        with self._guard:
            self._connection = connection
        try:
            connection.connect()
        except OSError as error:
            raise NotSentError(type(error).__name__) from error
        # The last look at the clock before the call: a process that was stopped wakes here (CL-13).
        with self._guard:
            if self._interrupted or lease_clock() >= self._deadline:
                raise NotSentError("DEADLINE_PASSED")
            self.sent = True

    def interrupt(self) -> bool:
        """End the exchange from another thread; return whether the request may have been sent."""
        with self._guard:
            self._interrupted = True
            opened = self._connection.sock if self._connection is not None else None
            if opened is not None:
                try:
                    opened.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it is closed already
            return self.sent


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
        headers = self._headers | {
            "Content-Type": "application/json",
            self._settings.key_header: idempotency_key,
            self._settings.epoch_header: str(fencing_epoch),
            "Instruction-Id": payment.instruction_id,
            "Participant-Id": payment.participant_id,
        }
        try:
            answer = await self._exchange("POST", self._path(), payment.payload.encode(), headers, deadline)
        except NotSentError as error:
            return TryAgain(error_code="RAIL_NOT_REACHED", message=str(error))
        except (OSError, http.client.HTTPException, TimeoutError) as error:
            return Unknown(error_code="NO_ANSWER", message=type(error).__name__)
        return classify(self._settings, answer)

    async def lookup(self, idempotency_key: str, *, deadline: float) -> Found:
        """Ask by key; see :class:`leaseproof.outbox.rails.protocol.Rail`."""
        path = f"{self._path().rstrip('/')}/{quote(idempotency_key, safe='')}"
        try:
            answer = await self._exchange("GET", path, None, self._headers, deadline)
        except (NotSentError, OSError, http.client.HTTPException, TimeoutError) as error:
            return Unknown(error_code="LOOKUP_NO_ANSWER", message=str(error) or type(error).__name__)
        return classify_lookup(self._settings, answer)

    async def aclose(self) -> None:
        """Let the threads go; calls still in flight end by their own deadlines."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _path(self) -> str:
        return self._parts.path or "/"

    def _connect(self, timeout_seconds: float) -> http.client.HTTPConnection:
        if timeout_seconds <= 0:
            raise NotSentError("DEADLINE_PASSED")
        host, port = str(self._parts.hostname), self._parts.port
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
