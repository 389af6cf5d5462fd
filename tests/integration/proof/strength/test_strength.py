"""Proof strength on small copies of the project: the real model, some of its proofs, a real server."""

import os
import re
import shutil
from pathlib import Path

import pytest

from leaseproof.proof.strength.hints import HINTS, Hints
from leaseproof.proof.strength.report import StrengthReport
from leaseproof.proof.strength.run import run_strength

ROOT = Path(__file__).parents[4]
PROOFS = {
    "FC-02": "fencing/a_wrong_token_is_refused_and_writes_nothing",
    "RT-06": "retry_ceiling/a_retry_delay_is_clamped_to_the_limits",
    "AO-08": "append_only/no_role_writes_a_table_of_the_outbox",
    "PV-06": "privileges/functions_are_definer_owned_and_pinned",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with the model and four proofs."""
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    (tmp_path / "sql" / "excused-mutants.toml").unlink(missing_ok=True)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'copy'\n")
    for name in PROOFS.values():
        for suffix in (".sql", ".toml"):
            target = (tmp_path / "proofs" / name).with_suffix(suffix)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy((ROOT / "proofs" / name).with_suffix(suffix), target)
    return tmp_path


def strength(project: Path, only: str, *, rivals: bool = False) -> StrengthReport:
    """Run the measurement in a pytest of its own, on a server of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LEASEPROOF", "PYTEST", "OUTBOX"))}
    return run_strength(project, project / "report.json", environment=environment, workers=1, only=only, rivals=rivals)


def weaken(project: Path, file: str, before: str, after: str) -> None:
    """Change one place of the copied model."""
    path = project / "sql" / file
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))


def add_copy(project: Path, of: str, name: str, invariant: str) -> None:
    """Drop in a pair that does what another does, for another invariant."""
    source = project / "proofs" / PROOFS[of]
    target = project / "proofs" / invariant / f"a_copy_of_{source.name}"
    target.parent.mkdir(exist_ok=True)
    shutil.copy(source.with_suffix(".sql"), target.with_suffix(".sql"))
    manifest = source.with_suffix(".toml").read_text().replace(f'"{of}"', f'"{name}"', 1)
    manifest = re.sub(r'^invariant = ".*"$', f'invariant = "{invariant}"', manifest, flags=re.M)
    target.with_suffix(".toml").write_text(manifest)


def test_strength_names_killers_rivals_and_survivors(project: Path) -> None:
    """The clamp of the retry delay is defended by one invariant alone; a grant to PUBLIC is noticed by every proof."""
    report = strength(project, "outbox_retry_delay", rivals=True)
    assert report.unsound == ""
    bodies = {one["change"]: one for one in report.mutants if one["kind"] == "function swapped"}
    assert {one["killer"] for one in bodies.values()} == {"RT-06"}
    assert {one["rival"] for one in bodies.values()} == {""}
    assert set(report.alone["retry_ceiling"]) == {one["id"] for one in report.mutants if one["killer"] == "RT-06"}
    grants = [one for one in report.mutants if one["kind"] == "grant added"]
    assert {one["verdict"] for one in grants} == {"killed"}
    assert all(one["rival"] for one in grants)


def test_strength_shows_what_nobody_defends(project: Path) -> None:
    """A function that no proof here comes to run survives every change of its body, each shown as a diff."""
    report = strength(project, "close_outbox_claims")
    dropped = next(one for one in report.survivors if one["kind"] == "statement dropped" and "UPDATE" in one["change"])
    assert dropped["change"].count("\n-") + dropped["change"].startswith("-") >= 1
    assert f"{dropped['id']}\n{dropped['change']}" in report.to_text()
    assert not report.passed


@pytest.mark.parametrize(
    ("file", "before", "after", "proof"),
    [
        ("30_private_functions.sql", "WHEN p_row.lease_token IS DISTINCT FROM p_lease_token THEN", "WHEN false THEN", "FC-02"),
        ("70_privileges.sql", "GRANT USAGE ON SCHEMA public TO", "GRANT UPDATE ON public.payment_outbox_pending TO outbox_executor;\nGRANT USAGE ON SCHEMA public TO", "AO-08"),
        ("50_enqueue.sql", "SET search_path = pg_catalog, pg_temp", "SET search_path = pg_temp, pg_catalog", "PV-06"),
    ],
    ids=["no fence", "an UPDATE grant left in", "pg_temp first"],
)
def test_strength_of_a_weak_model_is_red_and_names_the_proof(project: Path, file: str, before: str, after: str, proof: str) -> None:
    """On a model that is already broken no verdict counts, and the proof that notices is named."""
    weaken(project, file, before, after)
    report = strength(project, "outbox_retry_delay")
    assert not report.passed
    assert report.mutants == []
    assert f"{proof}: " in report.unsound


def test_hints_of_a_run_lead_the_next_to_the_same_killers(project: Path) -> None:
    """What is written down decides whom to ask first, never the verdict."""
    first = strength(project, "outbox_retry_delay", rivals=True)
    Hints.of(first, Hints()).write(project / HINTS)
    second = strength(project, "outbox_retry_delay")
    assert [(one["id"], one["verdict"], one["killer"]) for one in second.mutants] == [
        (one["id"], one["verdict"], one["killer"]) for one in first.mutants
    ]
    assert second.alone == first.alone


def test_search_stands_while_pairs_are_added_and_falls_with_the_model(project: Path) -> None:
    """Only the added pairs are asked what else they kill; on a changed model nothing is claimed until somebody looks."""
    first = strength(project, "outbox_retry_delay", rivals=True)
    Hints.of(first, Hints()).write(project / HINTS)
    assert first.alone["retry_ceiling"]
    add_copy(project, "FC-02", "FC-99", "fencing")
    second = strength(project, "outbox_retry_delay")
    assert (second.open_rivals, second.alone) == (0, first.alone)
    add_copy(project, "RT-06", "TM-99", "time")
    third = strength(project, "outbox_retry_delay")
    assert (third.open_rivals, third.alone["retry_ceiling"], third.alone["time"]) == (0, {}, {})
    assert {one["rival"] for one in third.mutants if one["id"] in first.alone["retry_ceiling"]} == {"TM-99"}
    with (project / "sql" / "50_enqueue.sql").open("a") as file:
        file.write("-- changed\n")
    fourth = strength(project, "outbox_retry_delay")
    assert fourth.open_rivals == sum(bool(one["killer"]) for one in fourth.mutants)
    assert f"Not counted: {fourth.open_rivals} mutants" in fourth.to_text()


def test_standing_query_that_falls_silent_is_noticed_by_a_proof_that_breaks_it(project: Path) -> None:
    """Nobody notices until there is a proof that forges what the query looks for."""
    (survivor,) = strength(project, "invariants.lease_is_whole").mutants
    assert (survivor["verdict"], survivor["kind"]) == ("survived", "standing query silenced")
    name = "lease_exclusivity/half_a_lease_is_noticed"
    (project / "proofs" / name).parent.mkdir()
    for suffix in (".sql", ".toml"):
        shutil.copy((ROOT / "proofs" / name).with_suffix(suffix), (project / "proofs" / name).with_suffix(suffix))
    (killed,) = strength(project, "invariants.lease_is_whole").mutants
    assert (killed["verdict"], killed["killer"]) == ("killed", "LX-51")


def test_weak_model_names_the_proofs_that_say_so_first(project: Path) -> None:
    """Every proof is red by the standing query of the catalog; the one whose own step shows the hole comes first."""
    with (project / "sql" / "70_privileges.sql").open("a") as file:
        file.write("\nGRANT UPDATE ON TABLE public.payment_outbox_pending TO outbox_executor;\n")
    report = strength(project, "outbox_clock")
    assert report.unsound.startswith("4 proofs are red on the model as it is: AO-08: step ")
    assert not report.passed
