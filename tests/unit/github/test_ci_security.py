"""The workflow is held to what makes its result worth something; read as text, its form is fixed too."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WORKFLOW = (ROOT / ".github/workflows/ci-security.yml").read_text()
REQUIRED = "ci-security-gate"
PIN = re.compile(r"[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def jobs() -> dict[str, str]:
    """Return job → its text."""
    parts = re.split(r"^  ([a-z-]+):\n", WORKFLOW[WORKFLOW.index("\njobs:\n") :], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def steps(job: str) -> list[str]:
    """Return the text of each step of a job, in order."""
    return re.split(r"^      - ", jobs()[job].partition("    steps:\n")[2], flags=re.MULTILINE)[1:]


def test_every_run_of_the_gate_is_one_invoke() -> None:
    """What the job does can be done on a desk: each run is one task."""
    runs = re.findall(r"^        run: (.*)$", jobs()[REQUIRED], flags=re.MULTILINE)
    assert runs == ["./scripts/invoke ci"]
    tasks = subprocess.run(
        [sys.executable, "-m", "invoke", "--list"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"^  ci ", tasks, flags=re.MULTILINE)


def test_every_action_is_pinned_to_a_commit() -> None:
    """A tag can move; a commit cannot. The version stands beside it."""
    uses = re.findall(r"uses: (.*)$", WORKFLOW, flags=re.MULTILINE)
    assert len(uses) == 5
    assert [each for each in uses if not PIN.fullmatch(each)] == []


def test_required_check_is_the_gate_job() -> None:
    """The ruleset names the job that runs the gate, of GitHub Actions and nobody else."""
    ruleset = json.loads((ROOT / ".github/rulesets/main.json").read_text())
    rule = next(each for each in ruleset["rules"] if each["type"] == "required_status_checks")
    assert rule["parameters"]["required_status_checks"] == [{"context": REQUIRED, "integration_id": 15368}]
    assert rule["parameters"]["strict_required_status_checks_policy"] is True
    assert (ruleset["target"], ruleset["enforcement"], ruleset["bypass_actors"]) == ("branch", "active", [])
    assert ruleset["conditions"]["ref_name"]["include"] == ["~DEFAULT_BRANCH"]
    assert f"    name: {REQUIRED}\n" in jobs()[REQUIRED]


def test_required_job_cannot_be_skipped() -> None:
    """A skipped job satisfies a required check, a filtered one is pending for ever: neither can happen."""
    assert not re.search(r"^    (if|needs|strategy|continue-on-error):", jobs()[REQUIRED], flags=re.MULTILINE)
    assert "continue-on-error" not in WORKFLOW
    triggers = WORKFLOW[WORKFLOW.index("\non:\n") : WORKFLOW.index("\npermissions:")]
    assert "paths" not in triggers
    for trigger in ("push", "pull_request", "merge_group"):
        assert f"\n  {trigger}:\n" in triggers
    assert "pull_request_target" not in triggers


def test_evidence_is_uploaded_on_every_ending() -> None:
    """The bundle is uploaded last, always, under a name of this attempt, and its absence is an error."""
    upload = steps(REQUIRED)[-1]
    assert "if: ${{ always() }}" in upload
    assert "uses: actions/upload-artifact@" in upload
    assert "if-no-files-found: error" in upload
    assert "${{ github.run_attempt }}" in upload
    assert "reports/outbox-evidence/" in upload


def test_gate_step_ends_before_its_job() -> None:
    """The upload has ten minutes when the gate hangs."""
    job = int(re.findall(r"^    timeout-minutes: (\d+)", jobs()[REQUIRED], flags=re.MULTILINE)[0])
    step = int(re.findall(r"^        timeout-minutes: (\d+)", jobs()[REQUIRED], flags=re.MULTILINE)[0])
    assert step + 10 <= job


def test_secret_reaches_the_gate_step_alone() -> None:
    """The URL is in the environment of one step, never an argument, never a whole job's."""
    assert WORKFLOW.count("secrets.") == 1
    assert [each.partition("\n")[0] for each in steps(REQUIRED) if "secrets." in each] == [
        "name: Run the gate"
    ]
    assert (
        "        env:\n          OUTBOX_EVIDENCE_DB_URL: ${{ secrets.OUTBOX_EVIDENCE_DB_URL }}\n" in WORKFLOW
    )


def test_job_has_no_more_permission_than_it_needs() -> None:
    """Nothing at the top; the gate reads the checkout and keeps no token of it."""
    assert "\npermissions: {}\n" in WORKFLOW
    assert "    permissions:\n      contents: read\n    steps:" in jobs()[REQUIRED]
    assert "persist-credentials: false" in steps(REQUIRED)[0]


def test_job_that_signs_runs_no_code_of_the_repository() -> None:
    """Who can sign has no checkout: it takes the bundle from the job before, once that was green."""
    job = jobs()["attest"]
    assert "checkout" not in job and "./" not in job
    assert "needs: ci-security-gate" in job
    assert "always()" not in job


@pytest.mark.parametrize(
    "script", ["scripts/ci/regression.sh", "scripts/reports/generate-outbox-evidence.sh"]
)
def test_script_is_a_thin_wrapper(script: str) -> None:
    """A script can be run from anywhere and adds nothing to its task."""
    path = ROOT / script
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    assert path.stat().st_mode & 0o111
    assert lines[:2] == ["set -eu", 'cd -- "$(dirname -- "$0")/../.."']
    assert len(lines) == 3 and re.fullmatch(r'exec \./scripts/invoke [a-z.]+ "\$@"', lines[2])
