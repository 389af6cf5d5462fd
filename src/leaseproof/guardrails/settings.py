"""What a code base says about its guardrails: ``[tool.leaseproof.guardrails]`` in its pyproject.toml."""

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaseproof.errors import LeaseproofError

WHERE = "[tool.leaseproof.guardrails] in pyproject.toml"


@dataclass(frozen=True, kw_only=True)
class GuardrailSettings:
    """Where a rule does not hold, and why that is right."""

    allow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # rule -> path prefixes


def load_settings(root: Path, codes: Collection[str]) -> GuardrailSettings:
    """Read the settings of a code base; without the section nothing is allowed anywhere.

    Args:
        root: the checked folder.
        codes: the rules that there are.

    Raises:
        LeaseproofError: the section has a key, a rule or a value that it cannot have.
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return GuardrailSettings()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LeaseproofError(f"pyproject.toml: {error}; expected TOML; mend the file") from None
    section = values.get("tool", {}).get("leaseproof", {}).get("guardrails", {})
    for key in section:
        if key != "allow":
            raise LeaseproofError(f"{WHERE}: got the key {key!r}; expected allow{_nearest(key, ['allow'])}")
    allow = section.get("allow", {})
    for code, prefixes in allow.items():
        if code not in codes:
            raise LeaseproofError(
                f"{WHERE}: got the rule {code!r}; expected one of {', '.join(sorted(codes))}"
                f"{_nearest(code, codes)}"
            )
        if not isinstance(prefixes, list) or not all(
            isinstance(prefix, str) and prefix for prefix in prefixes
        ):
            raise LeaseproofError(f"{WHERE}: got {prefixes!r} for {code}; expected a list of path prefixes")
    return GuardrailSettings(allow={code: tuple(prefixes) for code, prefixes in allow.items()})


def _nearest(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
