"""Connection strings and their errors, without a server."""

import pytest

from leaseproof.database.connection import connect, parse, with_parameters
from leaseproof.errors import DatabaseError, LeaseproofError


@pytest.mark.parametrize(
    "text",
    [
        "nonsense:hunter2",
        "postgresql://u:hunt%er2@h/d",
        "host='hunter2",
        "postgresql://u:hunter2@h/d?no_such=1",
    ],
)
def test_unreadable_url_is_refused_without_repeating_it(text: str) -> None:
    """It may hold a password, so the message describes the shape instead."""
    with pytest.raises(
        LeaseproofError, match="expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    ) as refused:
        connect(text)
    assert "hunt" not in str(refused.value)


def test_parameters_are_replaced_and_removed() -> None:
    """Odd characters survive."""
    changed = with_parameters("postgresql://u:p%40ss@h:5/d", dbname="it's \\ odd", password=None)
    assert parse(changed) == {"user": "u", "host": "h", "port": "5", "dbname": "it's \\ odd"}


def test_lost_connection_has_its_sqlstate() -> None:
    """Where no server answered, the state is 08006."""
    with pytest.raises(DatabaseError) as failed:
        connect("host=/nonexistent-socket-folder user=u password=hunter2 dbname=d")
    assert failed.value.sqlstate == "08006"
    assert "hunter2" not in str(failed.value)
