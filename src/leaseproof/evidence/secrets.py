"""Finding a database password in what is about to be published."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, unquote, urlsplit

# Characters; a shorter password, or one that is also a name, is looked for only where passwords stand.
SHORTEST = 6
QUERY_PASSWORD = re.compile(r"(?:^|[?&\s])password\s*=\s*('(?:[^'\\]|\\.)*'|[^&\s]+)")


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A password in every form in which it could stand in a file."""

    forms: Sequence[str] = field(repr=False)


def secrets_of(url: str | None, *passwords: str) -> tuple[Secret, ...]:
    """Return what must not be published.

    Args:
        url: the database's URL or connection string, or nothing.
        passwords: others, such as those of the run's own logins.
    """
    found = [Secret(forms=_forms(password, names=())) for password in passwords if password]
    if url:
        raw, names = _passwords_in(url)
        found += [Secret(forms=_forms(password, names=names)) for password in raw]
    return tuple(found)


def holds(data: bytes, secrets: Iterable[Secret]) -> bool:
    """Return whether a file's bytes hold one of the secrets."""
    return any(form.encode() in data for secret in secrets for form in secret.forms)


def _passwords_in(url: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the passwords of a URL or connection string, and the names beside them that are no secrets.

    By hand rather than by libpq: a URL that libpq cannot read may hold a password too.
    """
    found, names = [], ["postgres"]
    authority = re.match(r"[a-z]+://([^/?#]*)@", url)
    if authority:
        user, _, password = authority[1].partition(":")
        found.append(password)
        names.append(unquote(user))
        try:
            parts = urlsplit(url)
            names += [parts.hostname or "", unquote(parts.path.lstrip("/"))]
        except ValueError:
            pass
    else:
        names += re.findall(r"(?:user|dbname|host)\s*=\s*(\S+)", url)
    found += [
        text.strip("'").replace("\\'", "'").replace("\\\\", "\\") for text in QUERY_PASSWORD.findall(url)
    ]
    return [password for password in found if password], tuple(name for name in names if name)


def _forms(password: str, *, names: Sequence[str]) -> tuple[str, ...]:
    plain = unquote(password)
    spelled = {
        password,
        plain,
        quote(plain),
        quote(plain, safe=""),
        quote_plus(plain),
        quote(plain, safe="").lower(),
    }
    spelled |= {each.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for each in set(spelled)}
    spelled |= {each.replace("\\", "\\\\").replace('"', '\\"') for each in set(spelled)}
    if len(plain) < SHORTEST or plain in names:
        return tuple(
            sorted(
                f"{before}{each}{after}"
                for each in spelled
                for before, after in ((":", "@"), ("password=", ""))
            )
        )
    return tuple(sorted(spelled | {base64.b64encode(plain.encode()).decode()}))
