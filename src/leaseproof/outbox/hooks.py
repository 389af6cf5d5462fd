"""Which metrics system gets the signals: SIGNAL_HOOK names it."""

from collections.abc import Mapping
from typing import Any

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.named import make_named
from leaseproof.outbox.signals import Hook


def load_hooks(name: str, environment: Mapping[str, str]) -> tuple[Hook, ...]:
    """Return the hooks that a setting names.

    Args:
        name: empty for none, ``opentelemetry``, or ``module:object`` where the object takes the environment mapping
            and returns a hook.

    Raises:
        LeaseproofError: there is no such module or object, it raised, or it does not make a hook.
    """
    if not name:
        return ()
    if name == "opentelemetry":
        return (_opentelemetry_hook(),)
    hook: Any = make_named("SIGNAL_HOOK", name, environment, shipped="opentelemetry")
    if not (callable(getattr(hook, "count", None)) and callable(getattr(hook, "gauge", None))):
        raise LeaseproofError(
            f"got a hook from {name!r} without count or gauge; expected both; see docs/signals.md"
        )
    return (hook,)


def _opentelemetry_hook() -> Hook:
    try:
        from leaseproof.outbox.otel import OpenTelemetryHook
    except ImportError as error:
        raise LeaseproofError(
            f"got SIGNAL_HOOK='opentelemetry', which cannot be imported ({error}); expected its package; "
            "install leaseproof[opentelemetry]"
        ) from None
    return OpenTelemetryHook()
