"""Where an HTTP rail is, and what its answers mean: configuration, and plain functions of it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.rails.protocol import Absent, Accepted, Answer, Found, Refused, TryAgain, Unknown


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
