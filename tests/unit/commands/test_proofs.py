"""The task that runs proofs: what it hands to pytest, and how it ends."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from invoke import Context, Exit

from leaseproof.commands import context, proofs


@dataclass
class Pytest:
    """Stands in for the pytest process."""

    code: int = 0
    results: list[dict[str, Any]] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, arguments: Sequence[str], *, root: Path, environment: Mapping[str, str]) -> int:
        self.arguments = [each for each in arguments if not each.startswith("--leaseproof-results=")]
        self.environment = environment
        (target,) = [each.partition("=")[2] for each in arguments if each.startswith("--leaseproof-results=")]
        Path(target).write_text(json.dumps(self.results))
        return self.code


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pytest:
    """Stand in for pytest, in a project with two pairs, on a machine with two cores."""
    stand_in = Pytest()
    monkeypatch.setattr(proofs, "run_pytest", stand_in)
    monkeypatch.setattr(context, "cores", lambda: 2)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OUTBOX_EVIDENCE_DB_URL", raising=False)
    for name, id_ in (("fencing/stale", "FC-05"), ("fencing/fresh", "FC-01")):
        path = tmp_path / "proofs" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("-- x\n")
        path.with_suffix(".toml").write_text(f'id = "{id_}"\n')
    return stand_in


def test_run_takes_all_proofs_and_all_cores(ran: Pytest) -> None:
    """Without options."""
    proofs.run(Context())
    assert ran.arguments == ["proofs", "--numprocesses=2", "--dist=worksteal"]


def test_run_with_one_worker_needs_no_xdist(ran: Pytest) -> None:
    """Everything in one process."""
    proofs.run(Context(), workers=1)
    assert ran.arguments == ["proofs", "-p", "no:xdist"]


def test_run_passes_shard_and_order_on(ran: Pytest) -> None:
    """As the plugin's and pytest's own options."""
    proofs.run(Context(), workers=3, shard="2/3", failed_first=True)
    assert ran.arguments == [
        "proofs",
        "--numprocesses=3",
        "--dist=worksteal",
        "--leaseproof-shard=2/3",
        "--failed-first",
    ]


@pytest.mark.parametrize("pattern", ["fencing/st*", "*stale*", "FC-05", "stale", "fencing/stale.sql"])
def test_run_finds_proofs_by_path_name_and_id(pattern: str, ran: Pytest) -> None:
    """Whatever a person remembers of it."""
    proofs.run(Context(), name=pattern)
    assert ran.arguments[:1] == ["proofs/fencing/stale.sql"]
    assert not any("fresh" in each for each in ran.arguments)


def test_run_with_a_url_hands_it_over_in_the_environment(ran: Pytest) -> None:
    """Never on a command line, where others see it."""
    proofs.run(Context(), db_url="postgresql://u:secret@h/d")
    assert ran.environment["OUTBOX_EVIDENCE_DB_URL"] == "postgresql://u:secret@h/d"
    assert not any("secret" in each for each in ran.arguments)


def test_run_with_red_proofs_ends_with_pytests_code(ran: Pytest) -> None:
    """And says nothing more: pytest has said it."""
    ran.code = 1
    with pytest.raises(Exit) as ended:
        proofs.run(Context())
    assert ended.value.code == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"name": "nonsense*"}, "fits no proof"),
        ({"shard": "5/4"}, "expected I/N"),
        ({"workers": -1}, "got --workers -1; expected 1 to 64"),
        ({"workers": "100000"}, "got --workers 100000; expected 1 to 64"),
        ({"workers": "abc"}, "got --workers abc; expected a whole number"),
    ],
)
def test_run_refuses_what_makes_no_sense(options: dict[str, Any], says: str, ran: Pytest) -> None:
    """One sentence, and nothing is run."""
    with pytest.raises(Exit, match=says):
        proofs.run(Context(), **options)
    assert ran.arguments == []


def test_run_without_a_proof_is_red(ran: Pytest) -> None:
    """A step that ran nothing has shown nothing."""
    ran.code = 5
    with pytest.raises(Exit, match="got no proof"):
        proofs.run(Context())


def test_run_of_some_proofs_keeps_the_costs_of_the_others(ran: Pytest, tmp_path: Path) -> None:
    """What was not run keeps its cost; a proof that is gone loses it."""
    costs = tmp_path / "proofs" / "costs.json"
    costs.write_text(json.dumps({"proofs/fencing/fresh.sql": 7, "proofs/fencing/gone.sql": 9}))
    ran.results = [{"path": "proofs/fencing/stale.sql", "duration_ms": 3}]
    proofs.run(Context(), name="*stale*", write_costs=True)
    assert json.loads(costs.read_text()) == {"proofs/fencing/fresh.sql": 7, "proofs/fencing/stale.sql": 3}


def test_run_records_costs_when_asked(ran: Pytest, tmp_path: Path) -> None:
    """For --shard, sorted, beside the proofs."""
    ran.results = [
        {"path": "proofs/b.sql", "duration_ms": 12.4},
        {"path": "proofs/a.sql", "duration_ms": 0.2},
    ]
    proofs.run(Context(), write_costs=True)
    assert json.loads((tmp_path / "proofs" / "costs.json").read_text()) == {
        "proofs/a.sql": 1,
        "proofs/b.sql": 12,
    }
