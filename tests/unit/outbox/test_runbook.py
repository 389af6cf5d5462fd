"""The runbook names what exists: every setting, every test, every case."""

import re
from pathlib import Path

from leaseproof.outbox.rails.http_settings import _STATE_TABLES, _STATUS_TABLES, _TEXTS
from leaseproof.outbox.settings import VARIABLES
from leaseproof.outbox.signals import (
    CEILING_EVENT,
    LEASE_LOST_EVENT,
    OTHER_COUNTS,
    SIGNALS,
    TERMINAL_GUARD_EVENT,
)

ROOT = Path(__file__).parents[3]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()


def test_every_setting_is_documented():
    """No variable is known to the code alone, but for the names of a JSON answer's fields."""
    fields = {name for name in _TEXTS.values() if name.endswith("_FIELD")}
    tables = {*_STATUS_TABLES.values(), *_STATE_TABLES.values()}
    known = set(VARIABLES.values()) | set(_TEXTS.values()) | tables
    assert {name for name in known - fields if f"`{name}`" not in RUNBOOK} == set()


def test_every_test_that_is_named_exists():
    """A case points to something that runs."""
    here = ""
    missing = []
    for file, name in re.findall(r"`((?:unit|integration)/[\w/]+\.py|…)(?:::(\w+))?`", RUNBOOK):
        here = here if file == "…" else file
        text = (ROOT / "tests" / here).read_text()
        if name and f"def {name}(" not in text:
            missing.append(f"{here}::{name}")
    assert missing == []


def test_every_case_of_the_worker_is_placed():
    """CL, LV and DR: each is a test, a benchmark or a paragraph."""
    cases = RUNBOOK.partition("## The cases")[2]
    numbers = {"CL": (*range(1, 8), *range(9, 12), *range(13, 19)), "LV": (*range(1, 8), 9, 10, 12, 13)}
    numbers["DR"] = (1, 2, 3, 4, 5, 7, 8, 9, 10, 12)
    assert [f"{g}-{n:02}" for g, each in numbers.items() for n in each if f"{g}-{n:02}" not in cases] == []


def test_every_signal_is_explained():
    """An on-call person finds each name of the log."""
    page = (ROOT / "docs" / "signals.md").read_text()
    events = (LEASE_LOST_EVENT, TERMINAL_GUARD_EVENT, CEILING_EVENT, "DATABASE_UNAVAILABLE", "CLAIMS_CLOSED")
    names = (*SIGNALS, *OTHER_COUNTS, *events, "UNEXPECTED_ANSWER", "SIGNAL_HOOK_DROPPED", "STARTED", "STOPPED")
    assert [name for name in names if f"`{name}`" not in page] == []
