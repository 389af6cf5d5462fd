"""What a server said when it refused a login.

libpq hands on the server's words but not its SQLSTATE, so the words are all there is. They are in the server's
language: what is not known here is handed on as a loss of the connection, which may pass.
"""

import re

# libpq puts the severity, a colon and two spaces before the server's message; what it says by itself has none.
_SAID = re.compile(r":  (.+)|fe_sendauth: (.+)")
_FOR_GOOD = (
    ("28P01", re.compile(r"password authentication failed|no password supplied")),
    (
        "28000",
        re.compile(r'authentication failed|pg_hba\.conf|^role ".*" (does not exist|is not permitted to log in)'),
    ),
    ("3D000", re.compile(r'^database ".*" does not exist')),
    ("42501", re.compile(r"^permission denied for database")),
)


def refused_login(text: str) -> tuple[str, str] | None:
    """Return the SQLSTATE and the server's message, without any address; None when no server answered.

    Args:
        text: the whole text of a connection error.
    """
    said = _SAID.search(text)
    if said is None:
        return None
    message = said[1] or said[2]
    return next((sqlstate for sqlstate, words in _FOR_GOOD if words.search(message)), "08006"), message
