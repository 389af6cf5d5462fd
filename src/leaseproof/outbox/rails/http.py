"""The HTTP rail: one POST a payment, the idempotency key in a header, and a classification that is configuration.

One connection a call, never reused: a connection that the rail closed meanwhile would make a call unknown for nothing,
and a second answer to an earlier call would be taken for the answer to this one. The standard library's client runs
in threads; the deadline is kept by closing the socket under it.
"""

import asyncio
import http.client
import json
import math
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.clock import lease_clock
from leaseproof.outbox.payment import Payment
from leaseproof.outbox.rails.protocol import Absent, Accepted, Answer, Found, Refused, TryAgain, Unknown

LARGEST_BODY_BYTES = 65_536  # of an answer; more is not read


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """Where the rail is and what its answers mean. A status in no table is Unknown."""

    url: str  # POST here; GET url/KEY asks by key
    authorization: str | None = field(default=None, repr=False)  # the Authorization header's value
    ca_file: str | None = None
    client_certificate_file: str | None = None  # certificate and key, PEM
    key_header: str = "Idempotency-Key"
    epoch_header: str = "Fencing-Epoch"
    accepted_statuses: frozenset[int] = frozenset({200, 201, 202})
    refused_statuses: frozenset[int] = frozenset({400, 402, 422})
    try_again_statuses: frozenset[int] = frozenset(
        {401, 403, 404, 405, 429}
    )  # ours to mend, or the rail's wish
    absent_statuses: frozenset[int] = frozenset({404})  # to a question by key
    absent_is_final: bool = (
        False  # the rail promises that a key it did not have when asked is not taken later
    )
    state_field: str = "state"  # of a JSON answer
    refused_states: frozenset[str] = frozenset(
        {"refused", "rejected"}
    )  # an accepted status with one of these
    reference_field: str = "reference"
    code_field: str = "code"
    message_field: str = "message"

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise LeaseproofError(
                f"got RAIL_URL with scheme {parts.scheme!r} and host {parts.hostname!r}; "
                "expected https://host/path; correct it"
            )
        if parts.username or parts.password:
            raise LeaseproofError(
                "got RAIL_URL with a login in it; expected none; put the credential into RAIL_AUTHORIZATION"
            )
        tables = (self.accepted_statuses, self.refused_statuses, self.try_again_statuses)
        if sum(map(len, tables)) != len(frozenset().union(*tables)):
            raise LeaseproofError(
                "got a status in more than one of RAIL_ACCEPTED_STATUSES, RAIL_REFUSED_STATUSES and "
                "RAIL_TRY_AGAIN_STATUSES; expected each in one; correct them"
            )


_STATUS_TABLES = {
    "accepted_statuses": "RAIL_ACCEPTED_STATUSES",
    "refused_statuses": "RAIL_REFUSED_STATUSES",
    "try_again_statuses": "RAIL_TRY_AGAIN_STATUSES",
    "absent_statuses": "RAIL_ABSENT_STATUSES",
}
_TEXTS = {
    "authorization": "RAIL_AUTHORIZATION",
    "ca_file": "RAIL_CA_FILE",
    "client_certificate_file": "RAIL_CLIENT_CERTIFICATE_FILE",
    "key_header": "RAIL_KEY_HEADER",
    "epoch_header": "RAIL_EPOCH_HEADER",
    "state_field": "RAIL_STATE_FIELD",
    "reference_field": "RAIL_REFERENCE_FIELD",
    "code_field": "RAIL_CODE_FIELD",
    "message_field": "RAIL_MESSAGE_FIELD",
}


def http_settings_from(environment: Mapping[str, str]) -> HttpSettings:
    """Return the HTTP rail's settings from an environment mapping; RAIL_URL is required."""
    if not environment.get("RAIL_URL"):
        raise LeaseproofError(
            "got no RAIL_URL; expected the address that takes payments; set it, or name a RAIL"
        )
    values: dict[str, Any] = {"url": environment["RAIL_URL"].rstrip("/")}
    values.update(
        {name: environment[variable] for name, variable in _TEXTS.items() if environment.get(variable)}
    )
    for name, variable in _STATUS_TABLES.items():
        if text := environment.get(variable):
            values[name] = _statuses(variable, text)
    if text := environment.get("RAIL_REFUSED_STATES"):
        values["refused_states"] = frozenset(word.strip() for word in text.split(",") if word.strip())
    if text := environment.get("RAIL_ABSENT_IS_FINAL"):
        if text not in ("0", "1"):
            raise LeaseproofError(f"got RAIL_ABSENT_IS_FINAL={text!r}; expected 0 or 1; correct it")
        values["absent_is_final"] = text == "1"
    return HttpSettings(**values)


def _statuses(variable: str, text: str) -> frozenset[int]:
    try:
        return frozenset(int(word) for word in text.split(","))
    except ValueError:
        raise LeaseproofError(
            f"got {variable}={text!r}; expected statuses like 200,201; correct it"
        ) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpAnswer:
    """What came back: the status is enough, the rest may be missing."""

    status: int
    body: bytes = b""
    retry_after: str | None = None

    def document(self) -> Mapping[str, Any]:
        """Return the body as a mapping; empty when it is not one."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}


def classify(settings: HttpSettings, answer: HttpAnswer) -> Answer:
    """Return what an answer to a payment means, by the settings' tables alone."""
    document = answer.document()
    code = _text(document.get(settings.code_field)) or str(answer.status)
    message = _text(document.get(settings.message_field)) or ""
    if answer.status in settings.accepted_statuses:
        if _text(document.get(settings.state_field)) in settings.refused_states:
            return Refused(error_code="REFUSED_BY_RAIL", message=message, code=code)
        return Accepted(reference=_text(document.get(settings.reference_field)), code=code)
    if answer.status in settings.refused_statuses:
        return Refused(error_code="REFUSED_BY_RAIL", message=message, code=code)
    if answer.status in settings.try_again_statuses:
        return TryAgain(
            error_code=f"HTTP_{answer.status}",
            message=message,
            code=code,
            after_seconds=_seconds(answer.retry_after),
        )
    return Unknown(error_code=f"HTTP_{answer.status}", message=message, code=code)


def classify_lookup(settings: HttpSettings, answer: HttpAnswer) -> Found:
    """Return what an answer to a question by key means."""
    if answer.status in settings.absent_statuses:
        return Absent(final=settings.absent_is_final)
    meaning = classify(settings, answer)
    if isinstance(meaning, Accepted):
        return meaning
    if isinstance(meaning, Refused) and answer.status in settings.accepted_statuses:
        return meaning
    return Unknown(error_code=f"LOOKUP_HTTP_{answer.status}", code=meaning.code)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text else None
    except ValueError:
        return None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


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
            self._tls = ssl.create_default_context(cafile=settings.ca_file)
            if settings.client_certificate_file:
                self._tls.load_cert_chain(settings.client_certificate_file)
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
