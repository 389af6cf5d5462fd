"""What the answers of an HTTP rail mean: plain functions of the settings' tables and of what came back.

A payment that the rail refused must never be taken for a dispatched one: with an accepted status the state in the body
decides, so a body that cannot be read leaves the answer unknown.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leaseproof.outbox.rails.http_settings import HttpSettings
from leaseproof.outbox.rails.protocol import Absent, Accepted, Answer, Found, Refused, TryAgain, Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpAnswer:
    """What came back."""

    status: int
    body: bytes = b""
    whole: bool = True  # the body is all that the rail had to say: not cut, not longer than is read
    retry_after: str | None = None

    @property
    def empty(self) -> bool:
        """Return whether the rail said nothing beside the status."""
        return self.whole and not self.body.strip()

    def document(self) -> Mapping[str, Any] | None:
        """Return the body as a mapping; None when it is not one whole JSON object."""
        try:
            parsed = json.loads(self.body) if self.whole else None
        except (ValueError, RecursionError):  # no JSON, or nested deeper than anybody means it
            return None
        return parsed if isinstance(parsed, dict) else None


def classify(settings: HttpSettings, answer: HttpAnswer) -> Answer:
    """Return what an answer to a payment means, by the settings' tables alone."""
    document = answer.document()
    said = document or {}
    code = _text(said.get(settings.code_field)) or str(answer.status)
    message = _text(said.get(settings.message_field)) or ""
    if answer.status in settings.accepted_statuses:
        if settings.refused_states and document is None and not answer.empty:
            return Unknown(error_code="UNREADABLE_ANSWER", code=code)
        return _accepted_or_refused(settings, said, code)
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
    """Return what an answer to a question by key means; beside the status it takes a JSON object to say "paid"."""
    if answer.status in settings.absent_statuses:
        return Absent(final=settings.absent_is_final)
    document = answer.document()
    said = document or {}
    code = _text(said.get(settings.code_field)) or str(answer.status)
    if answer.status not in settings.accepted_statuses:
        return Unknown(error_code=f"LOOKUP_HTTP_{answer.status}", code=code)
    if document is None:
        return Unknown(error_code="LOOKUP_UNREADABLE_ANSWER", code=code)
    if _text(said.get(settings.state_field)) in settings.absent_states:
        return Absent(final=settings.absent_is_final)
    return _accepted_or_refused(settings, said, code)


def _accepted_or_refused(settings: HttpSettings, said: Mapping[str, Any], code: str) -> Accepted | Refused:
    """Return what an accepted status means beside what the body said."""
    if _text(said.get(settings.state_field)) in settings.refused_states:
        message = _text(said.get(settings.message_field)) or ""
        return Refused(error_code="REFUSED_BY_RAIL", message=message, code=code)
    return Accepted(reference=_text(said.get(settings.reference_field)), code=code)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text else None
    except ValueError:
        return None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None
