"""Which metrics system gets the signals: SIGNAL_HOOK names it."""

import importlib
from collections.abc import Mapping

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.signals import Hook


def load_hooks(name: str, environment: Mapping[str, str]) -> tuple[Hook, ...]:
    """Return the hooks that a setting names.

    Args:
        name: empty for none, ``opentelemetry``, or ``module:object`` where the object takes the environment mapping
            and returns a hook.

    Raises:
        LeaseproofError: there is no such module or object, or it does not make a hook.
    """
    if not name:
        return ()
    try:
        if name == "opentelemetry":
            from leaseproof.outbox.otel import OpenTelemetryHook

            return (OpenTelemetryHook(),)
        module_name, _, attribute = name.partition(":")
        hook = getattr(importlib.import_module(module_name), attribute)(environment)
    except (ImportError, AttributeError, ValueError) as error:
        raise LeaseproofError(
            f"got SIGNAL_HOOK={name!r}, which cannot be imported ({error}); expected opentelemetry or module:object; "
            "install the package that holds it or correct the name"
        ) from None
    if not (callable(getattr(hook, "count", None)) and callable(getattr(hook, "gauge", None))):
        raise LeaseproofError(
            f"got a hook from {name!r} without count or gauge; expected both; see docs/signals.md"
        )
    return (hook,)
