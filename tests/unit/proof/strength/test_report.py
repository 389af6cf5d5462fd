"""Reports, excuses and the cache of verdicts."""

from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.strength.cache import Cache
from leaseproof.proof.strength.excuses import Excuse, load_excuses
from leaseproof.proof.strength.hints import Hints
from leaseproof.proof.strength.report import StrengthReport
from leaseproof.proof.strength.run import threshold_percent
from leaseproof.proof.strength.search import Search


def judged(name: str, verdict: str, killer: str = "") -> dict[str, str]:
    """Return one mutant's line of a report."""
    return {"id": name, "kind": "k", "object": "o", "change": "-a\n+b", "verdict": verdict, "killer": killer, "rival": None, "reason": ""}


KILLED = judged("a", "killed", "FC-01")


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({}, True),
        ({"mutants": [KILLED, judged("b", "survived")]}, False),
        ({"mutants": [KILLED, judged("b", "survived")], "excused": {"b": "why"}}, True),
        ({"mutants": [KILLED, judged("b", "invalid")]}, True),
        ({"mutants": [KILLED, judged("b", "timed out", "FC-02")]}, True),
        ({"mutants": [KILLED, judged("b", "survived")], "threshold_percent": 50.0}, True),
        ({"mutants": [KILLED, judged("b", "survived")], "threshold_percent": 50.1}, False),
        ({"stale": ["gone"]}, False),
        ({"decoration": ["FC-09"]}, False),
        ({"unsound": "FC-01 is red"}, False),
        ({"mutants": []}, False),
    ],
)
def test_report_passes_only_without_survivors(changes: dict[str, object], passed: bool) -> None:
    """A survivor, a stale excuse, decoration, an unsound run and an empty run are each red."""
    assert StrengthReport(**{"mutants": [KILLED], **changes}).passed is passed  # type: ignore[arg-type]


def test_report_shows_the_survivor_as_a_diff(tmp_path: Path) -> None:
    """The page names the survivor with its exact change, and is the same after a round trip."""
    report = StrengthReport(mutants=[KILLED, judged("b", "survived")], kills={"FC-01": {"mutant": "a", "missed_by": ""}})
    report.write(tmp_path / "strength.json")
    assert StrengthReport.read(tmp_path / "strength.json").to_text() == report.to_text()
    assert "Survivors\nb\n-a\n+b" in report.to_text()
    assert "strength 50.0 %" in report.summary()


def test_read_refuses_a_cut_off_report(tmp_path: Path) -> None:
    """A truncated file is one sentence with the next step."""
    (tmp_path / "strength.json").write_text('{"mutants": [')
    with pytest.raises(LeaseproofError, match="run invoke proofs.strength"):
        StrengthReport.read(tmp_path / "strength.json")


def test_threshold_is_the_projects_own(tmp_path: Path) -> None:
    """Without a setting everything must be killed; a setting that is no percentage is refused."""
    assert threshold_percent(tmp_path) == 100.0
    (tmp_path / "pyproject.toml").write_text("[tool.leaseproof.strength]\nthreshold_percent = 97.5\n")
    assert threshold_percent(tmp_path) == 97.5
    for text in ("threshold_percent = 101", "threshold_percent = 0", 'threshold_percent = "all"', "treshold = 90"):
        (tmp_path / "pyproject.toml").write_text(f"[tool.leaseproof.strength]\n{text}\n")
        with pytest.raises(LeaseproofError, match="expected threshold_percent"):
            threshold_percent(tmp_path)


def test_load_excuses_wants_a_reason(tmp_path: Path) -> None:
    """An excuse is a mutant and a reason, each mutant once."""
    path = tmp_path / "excused-mutants.toml"
    assert load_excuses(path) == ()
    path.write_text('[[excused]]\nmutant = "a"\nreason = """locked\n  before"""\n')
    assert load_excuses(path) == (Excuse(mutant="a", reason="locked before"),)
    for text in ('[[excused]]\nmutant = "a"\n', '[[excused]]\nmutant = "a"\nreason = " "\n', "[[excused", "excused = [1]"):
        path.write_text(text)
        with pytest.raises(LeaseproofError, match="expected"):
            load_excuses(path)


def test_report_counts_what_only_one_invariant_kills() -> None:
    """A mutant counts for an invariant when every other one was asked and none noticed; nobody asked is said so."""
    alone = {**judged("a", "killed", "FC-01"), "rival": ""}
    shared = {**judged("b", "killed", "FC-01"), "rival": "RP-01"}
    report = StrengthReport(
        mutants=[alone, shared, judged("c", "killed", "RP-01")], invariants={"FC-01": "fencing", "RP-01": "lease_repair"}
    )
    assert report.alone == {"fencing": {"a": "FC-01"}, "lease_repair": {}}
    text = report.to_text()
    assert "fencing: FC-01\n  a\nlease_repair: RP-01\n  none" in text
    assert "Not counted: 1 mutants for which no other invariant's proof was asked." in text


def test_cache_forgets_what_may_have_changed(tmp_path: Path) -> None:
    """A kill stands while world, killer and rival stand; that nobody noticed stands while all proofs stand."""
    kill = {"verdict": "killed", "killer": "P", "rival": None, "reason": ""}
    alone = {**kill, "rival": ""}
    shared = {**kill, "rival": "Q"}
    survivor = {"verdict": "survived", "killer": "", "rival": None, "reason": ""}
    cache = Cache(
        world="w",
        proofs={"P": "1", "Q": "1"},
        verdicts={"a": kill, "b": survivor, "c": alone, "d": shared},
        kills={"P": {"mutant": "a", "missed_by": "Q"}, "Q": {"mutant": "a", "missed_by": ""}},
    )
    cache.write(tmp_path / "cache.json")
    cache = Cache.read(tmp_path / "cache.json")
    same, other_q, other_p = {"P": "1", "Q": "1"}, {"P": "1", "Q": "2"}, {"P": "2", "Q": "1"}
    assert [cache.verdict(name, "w", same) for name in "abcd"] == [kill, survivor, alone, shared]
    assert [cache.verdict(name, "w", other_q) for name in "abcd"] == [kill, None, None, None]
    assert [cache.verdict(name, "w", other_p) for name in "abcd"] == [None, None, None, None]
    assert cache.verdict("a", "other", same) is None
    assert [cache.kill(name, "w", same) for name in "PQ"] == [{"mutant": "a", "missed_by": "Q"}, {"mutant": "a", "missed_by": ""}]
    assert [cache.kill(name, "w", other_q) for name in "PQ"] == [None, None]
    assert Cache.read(tmp_path / "missing.json").verdicts == {}


def test_hints_keep_the_last_whole_search(tmp_path: Path) -> None:
    """A run that does not know every rival writes down who killed what, and leaves the search of an earlier one."""
    path = tmp_path / "killers.json"
    whole = StrengthReport(
        mutants=[{**judged("a", "killed", "P"), "rival": "Q"}, {**judged("b", "timed out", "P"), "rival": ""}],
        model="m",
        pairs={"P": "1", "Q": "1"},
    )
    Hints.of(whole, Hints()).write(path)
    search = Search(model="m", proofs={"P": "1", "Q": "1"}, killers={"a": "P", "b": "P"}, rivals={"a": "Q", "b": ""})
    assert Hints.read(path) == Hints(killers={"a": "P", "b": "P"}, search=search)
    later = StrengthReport(mutants=[judged("a", "killed", "Q")], model="n", pairs={"Q": "2"})
    Hints.of(later, Hints.read(path)).write(path)
    assert Hints.read(path) == Hints(killers={"a": "Q"}, search=search)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"search": {}, "alone": []}', '{"search": {"wrong": 1}}'])
def test_hints_refuse_a_file_that_is_none_of_ours(tmp_path: Path, text: str) -> None:
    """A broken or foreign file is one sentence with the next step."""
    (tmp_path / "killers.json").write_text(text)
    with pytest.raises(LeaseproofError, match="expected what proofs.strength --write-hints writes"):
        Hints.read(tmp_path / "killers.json")
