"""Where an HTTP rail is and what its answers mean: read from a mapping, and refused where it cannot work.

Only what cannot hold a credential is shown in a refusal.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from leaseproof.errors import LeaseproofError

# Of every request; a header that a setting names is none of these. In lower case.
FIXED_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "instruction-id",
        "participant-id",
        "transfer-encoding",
    }
)
DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a header's name: RFC 9110, 5.6.2
_STATUS = re.compile(r"[2-5][0-9][0-9]")


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
    )  # an accepted status with one of these; none: the status alone says it
    absent_states: frozenset[str] = frozenset(
        {"absent", "not_found"}
    )  # an accepted status with one of these, to a question by key
    reference_field: str = "reference"
    code_field: str = "code"
    message_field: str = "message"

    def __post_init__(self) -> None:
        for check in (_check_url, _check_authorization, _check_headers, _check_tables):
            check(self)


_STATUS_TABLES = {
    "accepted_statuses": "RAIL_ACCEPTED_STATUSES",
    "refused_statuses": "RAIL_REFUSED_STATUSES",
    "try_again_statuses": "RAIL_TRY_AGAIN_STATUSES",
    "absent_statuses": "RAIL_ABSENT_STATUSES",
}
_STATE_TABLES = {"refused_states": "RAIL_REFUSED_STATES", "absent_states": "RAIL_ABSENT_STATES"}
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
    """Return the HTTP rail's settings from an environment mapping; RAIL_URL is required.

    White space around the address and the credential is not theirs: a file that a secret was read from ends a line.
    """
    url = environment.get("RAIL_URL", "").strip()
    if not url:
        raise LeaseproofError(
            "got no RAIL_URL; expected the address that takes payments; set it, or name a RAIL"
        )
    values: dict[str, Any] = {"url": url.rstrip("/")}
    values.update(
        {name: environment[variable] for name, variable in _TEXTS.items() if environment.get(variable)}
    )
    if "authorization" in values:
        values["authorization"] = values["authorization"].strip()
    for name, variable in _STATUS_TABLES.items():
        if text := environment.get(variable):
            values[name] = _statuses(variable, text)
    for name, variable in _STATE_TABLES.items():
        if text := environment.get(variable):
            values[name] = _states(variable, text)
    if text := environment.get("RAIL_ABSENT_IS_FINAL"):
        if text not in ("0", "1"):
            raise LeaseproofError(f"got RAIL_ABSENT_IS_FINAL={text!r}; expected 0 or 1; correct it")
        values["absent_is_final"] = text == "1"
    return HttpSettings(**values)


def _statuses(variable: str, text: str) -> frozenset[int]:
    words = [word.strip() for word in text.split(",")]
    if not all(_STATUS.fullmatch(word) for word in words):
        raise LeaseproofError(f"got {variable}={text!r}; expected statuses like 200,201; correct it")
    return frozenset(map(int, words))


def _states(variable: str, text: str) -> frozenset[str]:
    if text.strip().lower() == "off":
        return frozenset()
    words = frozenset(word.strip() for word in text.split(","))
    if "" in words:
        raise LeaseproofError(f"got {variable}={text!r}; expected words with commas between, or off; correct it")
    return words


def _check_url(settings: HttpSettings) -> None:
    parts = _split(settings.url)
    if parts.username is not None or parts.password is not None:
        raise LeaseproofError(
            "got RAIL_URL with a login in it; expected none; put the credential into RAIL_AUTHORIZATION"
        )
    if "?" in settings.url or "#" in settings.url:
        raise LeaseproofError(
            "got RAIL_URL with a query or a fragment; expected none, since a question adds the key to the path; "
            "put a credential into RAIL_AUTHORIZATION and the rest into the path"
        )


def _split(url: str) -> SplitResult:
    """Return the parts of an address that can be called.

    Raises:
        LeaseproofError: it cannot; the text is not shown, nor is the library's error, which quotes it.
    """
    try:
        if not all("!" <= character <= "~" for character in url):
            raise ValueError
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.port == 0:
            raise ValueError
        parts.hostname.encode("idna")
    except ValueError:  # a UnicodeError is one too
        raise LeaseproofError(
            "got a RAIL_URL that cannot be called (not shown: it may hold a credential); expected http:// or https://, "
            "a host, a port up to 65535 if any, and a path, in ASCII without blanks; correct it"
        ) from None
    return parts


def _check_authorization(settings: HttpSettings) -> None:
    text = settings.authorization
    if text is not None and not (text and text.isprintable() and _is_latin_1(text) and text == text.strip()):
        raise LeaseproofError(
            "got a RAIL_AUTHORIZATION that no header can carry (not shown: it is a credential); expected printable "
            "characters of Latin-1 on one line; correct it, or unset it"
        )


def _is_latin_1(text: str) -> bool:
    return max(map(ord, text), default=0) < 256


def _check_headers(settings: HttpSettings) -> None:
    key, epoch = settings.key_header, settings.epoch_header
    for variable, name in (("RAIL_KEY_HEADER", key), ("RAIL_EPOCH_HEADER", epoch)):
        if not _TOKEN.fullmatch(name) or name.lower() in FIXED_HEADERS:
            raise LeaseproofError(
                f"got {variable}={name!r}; expected the name of a header, like Idempotency-Key, that the request does "
                "not have already; correct it"
            )
    if key.lower() == epoch.lower():
        raise LeaseproofError(
            f"got RAIL_KEY_HEADER={key!r} and RAIL_EPOCH_HEADER={epoch!r}; expected two names, since the epoch would "
            "overwrite the key; correct one"
        )


def _check_tables(settings: HttpSettings) -> None:
    for rule, tables in (
        (
            "RAIL_ACCEPTED_STATUSES, RAIL_REFUSED_STATUSES and RAIL_TRY_AGAIN_STATUSES",
            (settings.accepted_statuses, settings.refused_statuses, settings.try_again_statuses),
        ),
        ("RAIL_ACCEPTED_STATUSES and RAIL_ABSENT_STATUSES", (settings.accepted_statuses, settings.absent_statuses)),
        ("RAIL_REFUSED_STATES and RAIL_ABSENT_STATES", (settings.refused_states, settings.absent_states)),
    ):
        uses = Counter(each for table in tables for each in table)
        several = sorted(each for each, times in uses.items() if times > 1)
        if several:
            raise LeaseproofError(
                f"got {', '.join(map(str, several))} in more than one of {rule}; expected each in one; correct them"
            )
