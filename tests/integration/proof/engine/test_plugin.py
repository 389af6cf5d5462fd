"""The plugin as people use pytest: run in a project of its own, on this session's server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leaseproof.database.run import Run, write_state
from leaseproof.proof.outcome import ProofResult

pytest_plugins = ("pytester",)

MODEL = Path(__file__).parent / "phenomena" / "model"
GREEN = "SELECT balance FROM accounts WHERE name = 'checking';\n"
Project = Callable[..., "pytest.RunResult"]


@pytest.fixture
def write(pytester: pytest.Pytester) -> Callable[..., Path]:
    """Return a function that drops a pair into the project."""

    def drop(
        name: str, steps: str = GREEN, expect: str = "", *, invariant: str = "money", id: str = ""
    ) -> Path:
        path = pytester.path / "proofs" / invariant / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"-- {name}.\n{steps}")
        path.with_suffix(".toml").write_text(
            f'id = "{id or name}"\nclaim = "{name}."\ninvariant = "{invariant}"\n'
            f'[sessions]\na = "owner"\n{expect}'
        )
        return path

    return drop


@pytest.fixture
def run(pytester: pytest.Pytester, leaseproof_run: Run, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a function that runs pytest in the project, in its own process, on this session's run."""
    (pytester.path / "sql").symlink_to(MODEL)
    state = pytester.path / "run.json"
    write_state(leaseproof_run, state)
    monkeypatch.setenv("LEASEPROOF_RUN_FILE", str(state))
    pytester.makeini("[pytest]\naddopts = --strict-markers\n")
    return pytester.runpytest_subprocess


def results_of(path: Path) -> list[ProofResult]:
    """Return what ``--leaseproof-results`` wrote."""
    return [ProofResult.from_json(each) for each in json.loads(path.read_text())]


def test_pair_that_was_dropped_in_runs(run: Project, write: Callable[..., Path]) -> None:
    """Nothing registers it; its node id is its path."""
    write("b_second")
    write("a_first")
    write("other", invariant="another")
    result = run("proofs", "--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == [
        "proofs/another/other.sql::other",
        "proofs/money/a_first.sql::a_first",
        "proofs/money/b_second.sql::b_second",
    ]
    run("proofs").assert_outcomes(passed=3)


def test_selection_works_as_in_pytest(run: Project, write: Callable[..., Path]) -> None:
    """By name, by marker, by node id."""
    write("stale")
    write("fresh", invariant="another")
    run("proofs", "-k", "stale").assert_outcomes(passed=1, deselected=1)
    run("proofs", "-m", "another").assert_outcomes(passed=1, deselected=1)
    run("proofs/money/stale.sql::stale").assert_outcomes(passed=1)
    assert any("another: proofs of the invariant another" in line for line in run("--markers").outlines)


def test_red_proof_says_all_that_a_person_needs(run: Project, write: Callable[..., Path]) -> None:
    """Claim, step, its SQL, expected and got, the server's words, the timeline, the replay command."""
    write(
        "red", "DELETE FROM ledger WHERE note = 'x';\nINSERT INTO ledger VALUES ('x');\nDELETE FROM ledger;\n"
    )
    result = run("proofs")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "red: red.",
            "invariant money; proofs/money/red.sql",
            "  step attack: expected 00000 (success), got P0001 (APPEND_ONLY): the ledger is append-only",
            "  Step attack, session a:",
            "    DELETE FROM ledger;",
            "    P0001: the ledger is append-only",
            "    DETAIL: DELETE",
            "    HINT: Append.",
            "*attack*",
            "Replay it: ./scripts/invoke proofs.replay money/red",
        ]
    )


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        (".toml", "*lone.toml is missing*proofs.record proofs/money/lone.sql"),
        (".sql", "*lone.sql is missing*proofs.new money/lone"),
    ],
)
def test_lone_file_is_an_error_with_the_command_that_helps(
    gone: str, says: str, run: Project, write: Callable[..., Path]
) -> None:
    """Each half of a pair is red without the other."""
    write("lone").with_suffix(gone).unlink()
    write("whole")
    result = run("proofs")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([says])


def test_two_proofs_with_one_id_are_refused(run: Project, write: Callable[..., Path]) -> None:
    """Both files are named."""
    write("first", id="X-1")
    write("second", id="X-1")
    result = run("proofs")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*proofs/money/second.sql: got id 'X-1', which proofs/money/first.sql has too*"]
    )


def test_mistake_in_a_manifest_is_shown_without_a_traceback(run: Project, write: Callable[..., Path]) -> None:
    """File, line and what to do."""
    write("typo", expect="[expekt]\n")
    result = run("proofs")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["proofs/money/typo.toml:*expect*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_results_are_the_same_with_and_without_workers(
    run: Project, write: Callable[..., Path], pytester: pytest.Pytester
) -> None:
    """One list, sorted by path, whoever ran what."""
    for name in "dbca":
        write(name, expect="[expect]\nattack = { rows = [[601]] }\n" if name == "c" else "")
    lists = []
    for number, workers in enumerate((["-p", "no:xdist"], ["-n", "2"], ["-n", "2", "--dist", "worksteal"])):
        target = pytester.path / f"results{number}.json"
        run("proofs", f"--leaseproof-results={target}", *workers).assert_outcomes(passed=3, failed=1)
        lists.append(
            [
                (each.path, each.id, each.result, each.observed, each.schedules[0].problems)
                for each in results_of(target)
            ]
        )
    assert lists[0] == lists[1] == lists[2]
    assert [path for path, *_ in lists[0]] == [f"proofs/money/{name}.sql" for name in "abcd"]


def test_junit_carries_id_and_invariant(
    run: Project, write: Callable[..., Path], pytester: pytest.Pytester
) -> None:
    """As properties of the test case, also from a worker."""
    write("stale", id="FC-05")
    run("proofs", "-n", "1", "--junitxml=junit.xml").assert_outcomes(passed=1)
    text = (pytester.path / "junit.xml").read_text()
    assert '<property name="proof_id" value="FC-05"' in text
    assert '<property name="invariant" value="money"' in text


def test_last_failed_runs_only_what_was_red(run: Project, write: Callable[..., Path]) -> None:
    """Node ids are stable from run to run."""
    write("green")
    write("red", "SELECT 1/0;\n")
    run("proofs").assert_outcomes(passed=1, failed=1)
    run("proofs", "--lf").assert_outcomes(failed=1)
    run("proofs", "-x", "--ff").assert_outcomes(failed=1)


def test_requirement_that_is_not_met_is_skipped_with_its_reason(
    run: Project, write: Callable[..., Path], pytester: pytest.Pytester
) -> None:
    """And is in the results as not applicable."""
    path = write("needy")
    path.with_suffix(".toml").write_text(
        "requires = { max_connections = 99999 }\n" + path.with_suffix(".toml").read_text()
    )
    result = run("proofs", "-rs", "--leaseproof-results=results.json")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*needs max_connections >= 99999; this server has 200*"])
    assert [each.result for each in results_of(pytester.path / "results.json")] == ["not_applicable"]


def test_shards_together_run_each_proof_once(run: Project, write: Callable[..., Path]) -> None:
    """With recorded costs, one of which is of a proof that is gone."""
    costs = {write("a").name: 100, write("b").name: 1, "proofs/money/gone.sql": 7}
    write("c")
    (Path("proofs") / "costs.json").write_text(json.dumps(costs))
    lines = [line for part in "12" for line in run("proofs", f"--leaseproof-shard={part}/2", "-v").outlines]
    assert sorted(line.split("::")[1][0] for line in lines if "PASSED" in line) == list("abc")


def test_shard_that_is_none_is_a_usage_error(run: Project, write: Callable[..., Path]) -> None:
    """One sentence, and nothing is run."""
    write("a")
    result = run("proofs", "--leaseproof-shard=4/3")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*expected I/N with I from 1 to N*"])


def test_folder_without_a_proof_runs_nothing(run: Project, pytester: pytest.Pytester) -> None:
    """pytest's own exit code for it, so that nobody takes it for green."""
    pytester.mkdir("proofs")
    assert run("proofs").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_no_database_skips_with_the_reason(run: Project, write: Callable[..., Path]) -> None:
    """Asked for, not fallen back to."""
    write("a")
    result = run("proofs", "--leaseproof-no-db", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no database was asked for*"])


def test_plugin_is_harmless_elsewhere(pytester: pytest.Pytester) -> None:
    """Where there are no proofs and no model, SQL files are left alone and nothing of ours is loaded."""
    pytester.makepyfile(
        """
        import sys

        def test_nothing_of_ours_is_loaded():
            assert "leaseproof.database" not in sys.modules
            assert "leaseproof.proof.pool" not in sys.modules
        """
    )
    (pytester.path / "query.sql").write_text("SELECT 1;")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


STARTER = """
import os
import sys
from pathlib import Path
from leaseproof.proof.pytest_process import run_pytest

run_pytest(["proofs", "-n", "2", "-p", "no:cacheprovider"], root=Path(sys.argv[1]), environment=os.environ)
"""


@pytest.fixture
def starter(
    run: Project, write: Callable[..., Path], pytester: pytest.Pytester
) -> Iterator["subprocess.Popen[bytes]"]:
    """Yield a process that runs slow proofs, once they run."""
    for name in "ab":
        write(name, "SELECT pg_sleep(600);\n")
        path = pytester.path / "proofs" / "money" / f"{name}.toml"
        path.write_text("timeout_ms = 600000\n" + path.read_text())
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(pytester.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},  # or pytest keeps its lines to itself while the proofs run
    )
    yield process
    process.kill()
    process.wait()


def test_killed_starter_leaves_no_process(starter: "subprocess.Popen[bytes]") -> None:
    """The pipe that its children write to ends only when the last of them is gone."""
    assert starter.stdout is not None
    while b"workers" not in (line := starter.stdout.readline()):
        assert line
    starter.send_signal(signal.SIGKILL)
    starter.stdout.read()
    assert starter.wait() == -signal.SIGKILL
