"""Which rail a setting names."""

from collections.abc import Mapping
from typing import Any

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.named import make_named
from leaseproof.outbox.rails.http import HttpRail
from leaseproof.outbox.rails.http_settings import http_settings_from
from leaseproof.outbox.rails.protocol import Rail


def load_rail(name: str, environment: Mapping[str, str], *, concurrency: int) -> Rail:
    """Return the rail that a setting names.

    Args:
        name: ``http``, or ``module:object`` where the object takes the environment mapping and returns a rail.
        environment: where the rail finds its own settings.
        concurrency: the most calls at once.

    Raises:
        LeaseproofError: there is no such module or object, it raised, or it does not make a rail.
    """
    if name == "http":
        return HttpRail(http_settings_from(environment), concurrency=concurrency)
    rail: Any = make_named("RAIL", name, environment, shipped="http")
    missing = [
        method for method in ("dispatch", "lookup", "aclose") if not callable(getattr(rail, method, None))
    ]
    if missing:
        raise LeaseproofError(
            f"got a rail from {name!r} without {', '.join(missing)}; expected dispatch, lookup and aclose; "
            "see docs/runbook.md"
        )
    return rail
