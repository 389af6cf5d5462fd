"""Objects that a setting names as ``module:object``."""

import importlib
from collections.abc import Mapping

from leaseproof.errors import LeaseproofError


def make_named(variable: str, name: str, environment: Mapping[str, str], *, shipped: str) -> object:
    """Return what the object that a setting names makes of the environment.

    Args:
        variable: the setting.
        name: its value, ``module:object``; the object takes the environment mapping.
        shipped: the other value that the setting may have.

    Raises:
        LeaseproofError: there is no such module or object, or it raised. An error's text is shown only where it is the
            import's or our own: any other was written by somebody who had the environment, with its credentials.
    """
    module_name, separator, attribute = name.partition(":")
    if not (separator and module_name and attribute):
        raise LeaseproofError(f"got {variable}={name!r}; expected {shipped} or module:object; correct it")
    try:
        factory = getattr(importlib.import_module(module_name), attribute, None)
    except ImportError as error:
        raise LeaseproofError(
            f"got {variable}={name!r}, which cannot be imported ({error}); expected {shipped} or module:object; "
            "install the package that holds it or correct the name"
        ) from None
    except Exception as error:
        raise _raised(variable, name, "whose module raised", error) from None
    if not callable(factory):
        raise LeaseproofError(
            f"got {variable}={name!r}, in which there is no {attribute} to be called; expected {shipped} or "
            "module:object; correct the name"
        )
    try:
        return factory(environment)
    except LeaseproofError:
        raise
    except Exception as error:
        raise _raised(variable, name, "which raised", error) from None


def _raised(variable: str, name: str, what: str, error: Exception) -> LeaseproofError:
    return LeaseproofError(
        f"got {variable}={name!r}, {what} {type(error).__name__} (its text is not shown: it may hold a credential); "
        "expected an object that takes the environment mapping; call it by hand to see why"
    )
