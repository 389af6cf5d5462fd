"""The commands of a proof's author, as a person calls them."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from leaseproof.database.connection import connect, sql
from leaseproof.database.run import Run

Invoke = Callable[..., "subprocess.CompletedProcess[str]"]

SQL = """-- A lock is waited for.

-- @step hold: a
BEGIN;
LOCK outbox_settings;

-- @step wait: b
SELECT retry_ceiling FROM outbox_settings;

-- @step release: a
COMMIT;
"""
TOML = """id = "X-1"
claim = "A lock is waited for."
invariant = "locks"
schedule = [["hold", "wait", "release"], ["wait", "hold", "release"]]
[sessions]
a = "owner"
b = "owner"
[expect]
wait = { rows = [[20]] }
"""


def write(project: Path, toml: str = TOML) -> Path:
    """Write the pair and return the manifest's path."""
    folder = project / "proofs" / "locks"
    folder.mkdir(exist_ok=True)
    (folder / "a_lock_is_waited_for.sql").write_text(SQL)
    path = folder / "a_lock_is_waited_for.toml"
    path.write_text(toml)
    return path


def test_replay_shows_lanes_and_ends_0_only_when_green(project: Path, invoke: Invoke) -> None:
    """Every schedule is drawn; a wrong expectation ends 1 and is named."""
    write(project)
    green = invoke("proofs.replay", "a_lock").stdout
    assert "Schedule 1 of 2: hold -> wait -> release" in green
    assert " 2                                        ┌ wait\n" in green
    assert "┊ waits for a\n" in green
    assert "Schedule 2 of 2: wait -> hold -> release" in green
    assert green.endswith("\ngreen: 2 schedules, 1 wait, 38 invariant checks\n")
    assert "\x1b" not in green
    write(project, TOML.replace("[[20]]", "[[21]]"))
    red = invoke("proofs.replay", "a_lock", "--schedule", "2", check=False)
    assert red.returncode == 1
    assert "Schedule 1 of 2" not in red.stdout
    assert "\nRED: step wait: expected rows [[21]], got [['20']]\n" in red.stdout


def test_replay_of_an_unknown_or_unsound_proof_is_one_sentence(project: Path, invoke: Invoke) -> None:
    """A misspelt name has a nearest one; a mistake in the manifest has its place; there is no traceback."""
    write(project)
    misspelt = invoke("proofs.replay", "a_lock_is_wated_for", check=False)
    assert (misspelt.returncode, misspelt.stdout) == (1, "")
    assert misspelt.stderr.startswith("got 'a_lock_is_wated_for', which no proof is called")
    assert 'did you mean "a_lock_is_waited_for"?' in misspelt.stderr
    write(project, TOML.replace("rows", "row"))
    unsound = invoke("proofs.replay", "a_lock", check=False)
    assert unsound.stderr.startswith(
        "proofs/locks/a_lock_is_waited_for.toml:9:10: got unknown key 'row' in [expect.wait]"
    )
    assert "Traceback" not in unsound.stderr


def test_replay_keep_leaves_the_database_of_one_schedule(
    project: Path, invoke: Invoke, leaseproof_run: Run
) -> None:
    """The database stays behind the run under its own name, as the schedule left it, and is replaced."""
    sql_path = write(project).with_suffix(".sql")
    sql_path.write_text(SQL.replace("COMMIT;", "UPDATE outbox_settings SET retry_ceiling = 7;\nCOMMIT;"))
    name = "leaseproof_kept_a_lock_is_waited_for"
    try:
        for _ in range(2):
            shown = invoke("proofs.replay", "a_lock", "--keep", "--schedule", "2").stdout
            assert (
                f"Kept the database {name}. Look inside with:\n  ./scripts/invoke db.psql --database {name}\n"
                in shown
            )
            assert "Schedule: wait -> hold -> release" in shown
        with connect(leaseproof_run.server.for_database(name)) as owner:
            assert owner.execute("SELECT retry_ceiling FROM outbox_settings").fetchone() == (7,)
            assert owner.execute("SHOW deadlock_timeout").fetchone() == ("1s",)
    finally:
        with connect(leaseproof_run.server.conninfo) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def test_replay_step_stops_before_each_step(project: Path, leaseproof_run: Run) -> None:
    """On a terminal each step waits for Enter, the way to look inside is said, and q ends it."""
    write(project)
    everything = on_a_terminal(project, leaseproof_run, "\n", "\n", "\n")
    assert everything.count("Enter runs it, q stops here:") == 3
    assert "Look inside from another terminal with:" in everything
    assert "./scripts/invoke db.psql --database leaseproof_" in everything
    assert "Next: @step wait: b" in everything
    assert "green: 1 schedule, 1 wait" in everything
    stopped = on_a_terminal(project, leaseproof_run, "\n", "q\n")
    assert stopped.rstrip().endswith("Stopped.")


def on_a_terminal(project: Path, run: Run, *answers: str) -> str:
    """Step through the first schedule on a pseudo-terminal and return what it showed."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(project)
        os.environ["OUTBOX_EVIDENCE_DB_URL"] = run.server.conninfo
        os.execv(
            sys.executable,
            [sys.executable, "-m", "invoke", "proofs.replay", "a_lock", "--step", "--schedule", "1"],
        )
    shown, left = "", list(answers)
    while chunk := _read(terminal):
        shown += chunk
        if left and shown.rstrip().endswith("q stops here:"):
            os.write(terminal, left.pop(0).encode())
    os.waitpid(process, 0)
    os.close(terminal)
    return shown.replace("\r\n", "\n")


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 65536).decode("utf-8", "replace")
    except OSError:  # how a pseudo-terminal says that its other end is closed
        return ""


def test_replay_step_needs_a_terminal(project: Path, invoke: Invoke) -> None:
    """Without somebody to press Enter it is refused."""
    write(project)
    refused = invoke("proofs.replay", "a_lock", "--step", check=False)
    assert (refused.returncode, refused.stderr) == (
        1,
        "got --step without a terminal; expected somebody to press Enter; leave --step out\n",
    )


def test_record_shows_the_difference_and_wants_force(project: Path, invoke: Invoke) -> None:
    """An accepted manifest is changed only with --force, and is then red until it is accepted again."""
    manifest = write(project, TOML.replace("[[20]]", "[[21]]"))
    before = manifest.read_text()
    refused = invoke("proofs.record", "locks/a_lock_is_waited_for", check=False)
    assert refused.returncode == 1
    assert "-wait = { rows = [[21]] }\n+wait = { rows = [[20]] }\n" in refused.stdout
    assert refused.stderr.startswith(
        "got other answers than proofs/locks/a_lock_is_waited_for.toml, which a person accepted"
    )
    assert manifest.read_text() == before
    invoke("proofs.record", "proofs/locks/a_lock_is_waited_for.toml", "--force")
    assert manifest.read_text() == TOML.replace('"locks"\n', '"locks"\naccepted = false\n')
    unread = invoke("proofs.replay", "a_lock", check=False)
    assert (unread.returncode, "nobody has accepted it yet" in unread.stdout) == (1, True)


def test_record_takes_roles_and_refuses_unknown_ones(project: Path, invoke: Invoke) -> None:
    """--role names a session's role; a misspelt role has a nearest one."""
    manifest = write(project)
    manifest.unlink()
    unknown = invoke("proofs.record", "locks/a_lock_is_waited_for", "--role", "a=ownr", check=False)
    assert unknown.stderr.startswith("got role 'ownr'; expected one of owner, superuser")
    assert 'did you mean "owner"?' in unknown.stderr
    invoke("proofs.record", "locks/a_lock_is_waited_for", "--role", "a=owner", "--role", "b=superuser")
    assert '[sessions]\na = "owner"\nb = "superuser"\n' in manifest.read_text()


def test_list_shows_sound_proofs_and_names_the_others(project: Path, invoke: Invoke) -> None:
    """A bad pair does not hide the good ones, and the command ends 1."""
    write(project)
    assert "X-1" in invoke("proofs.list", "--invariant", "locks", "--role", "owner").stdout
    (project / "proofs" / "locks" / "lone.sql").write_text("-- C.\nSELECT 1;")
    both = invoke("proofs.list", check=False)
    assert both.returncode == 1
    assert "X-1" in both.stdout
    assert "proofs/locks/lone.sql: got this file alone; expected a pair" in both.stderr
