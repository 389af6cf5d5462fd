"""Which rail a setting names."""

import importlib
from collections.abc import Mapping

from leaseproof.errors import LeaseproofError
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
        LeaseproofError: there is no such module or object, or it does not make a rail.
    """
    if name == "http":
        return HttpRail(http_settings_from(environment), concurrency=concurrency)
    module_name, separator, attribute = name.partition(":")
    if not (separator and module_name and attribute):
        raise LeaseproofError(f"got RAIL={name!r}; expected http or module:object; correct it")
    try:
        factory = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise LeaseproofError(
            f"got RAIL={name!r}, which cannot be imported ({error}); expected module:object; "
            "install the package that holds it or correct the name"
        ) from None
    rail = factory(environment)
    missing = [
        method for method in ("dispatch", "lookup", "aclose") if not callable(getattr(rail, method, None))
    ]
    if missing:
        raise LeaseproofError(
            f"got a rail from {name!r} without {', '.join(missing)}; expected dispatch, lookup and aclose; "
            "see docs/runbook.md"
        )
    return rail
