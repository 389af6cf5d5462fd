"""Each rule finds what breaks it, written plainly or not, and leaves the rest alone."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.guardrails.document import guardrails_page
from leaseproof.guardrails.engine import check_sources, run_guardrails
from leaseproof.guardrails.rule import Finding, Rule
from leaseproof.guardrails.rules import RULES
from leaseproof.guardrails.settings import GuardrailSettings, load_settings
from leaseproof.guardrails.source import Source

ROOT = Path(__file__).parents[3]
OLD_WORD = "Zom" + "bie"
ALLOW = "leaseproof: " + "allow"


def found(files: Mapping[str, str], settings: GuardrailSettings | None = None) -> list[Finding]:
    """Return the findings in these files."""
    sources = [Source(path, text) for path, text in files.items()]
    return check_sources(sources, settings or GuardrailSettings())[0]


def codes(text: str, path: str = "app/x.py") -> list[str]:
    """Return the codes found in one file, each once."""
    return sorted({finding.code for finding in found({path: text})})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule_finds_its_bad_example_and_passes_its_good_one(rule: Rule) -> None:
    """The examples in the documentation are true."""
    assert rule.code in {finding.code for finding in found(rule.bad)}
    assert rule.code not in {finding.code for finding in found(rule.good)}


def test_rules_have_codes_of_their_own_in_order() -> None:
    """No two rules share a code."""
    numbers = [rule.code for rule in RULES]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    "text",
    [
        "from psycopg.rows import dict_row",
        "import sqlalchemy.orm as orm",
        "import importlib\nx = importlib.import_module('asyncpg')",
        "x = __import__('psycopg2')",
        "def late():\n    import psycopg_pool",
        "import subprocess\nsubprocess.run(['/usr/bin/psql', '-c', 'SELECT 1'])",
        "import os\nos.system('psql -c \"SELECT 1\"')",
        "import django.db",
        "from django import db",
        "import importlib\nx = importlib.import_module(name='psycopg')",
        "import importlib\nx = importlib.import_module('psy' + 'copg')",
        "from importlib import import_module as load\nx = load('psycopg')",
        "exec('import psycopg')",
        "import sys\nsys.modules['psycopg'].connect()",
        "import subprocess\nsubprocess.run('echo x | psql', shell=True)",
        "import subprocess\nsubprocess.run(args=['psql'])",
        "import subprocess\nWORDS = ['psql', '-c']\nsubprocess.run(WORDS)",
        "import subprocess\nsubprocess.run(['env', 'PGUSER=x', 'psql'])",
        "import subprocess\nsubprocess.run(['sh', '-c', 'psql -c x'])",
        "import shutil, subprocess\nsubprocess.run([shutil.which('psql'), '-c'])",
        "import subprocess\nsubprocess.run([BIN / 'psql', '-c'])",
        "import subprocess\nsubprocess.run([f'{BIN}/psql', '-c'])",
        "import os\nos.execlp('psql', 'psql')",
        "def broken(:\n    import psycopg",
    ],
)
def test_driver_is_found_however_it_is_reached(text: str) -> None:
    """Late imports, dynamic imports and the command line client are drivers too."""
    assert codes(text) == ["LP001"]


def test_driver_in_a_shell_script_is_found() -> None:
    """A script that pipes into psql queries the database."""
    for line in (
        "cat x.sql | psql -d app",
        "sudo -u postgres psql",
        "if psql -c x; then",
        "PGUSER=x psql",
        "x=`psql -c y`",
    ):
        assert codes(f"{line}\n", "run.sh") == ["LP001"]
        assert codes(f"#!/bin/bash\n{line}\n", "run") == ["LP001"]
    assert codes("# psql is needed\necho needs psql\n", "run.sh") == []


@pytest.mark.parametrize(
    "text",
    [
        'Q = "update payment_outbox_pending set x = 1"',
        'Q = "UPDATE /* hidden */ public . \\"payment_outbox_pending\\" SET x = 1"',
        'Q = "INSERT INTO " "payment_outbox_attempts VALUES (1)"',
        'Q = "DELETE FROM " + "payment_outbox_attempts"',
        'Q = f"TRUNCATE {schema}.payment_outbox_attempts"',
        'T = "payment_outbox_pending"\nQ = f"UPDATE {T} SET x = 1"',
        'T = "payment_outbox_pending"\nQ = "UPDATE %s SET x = 1" % T',
        'T = "payment_outbox_pending"\nQ = "UPDATE " + T + " SET x = 1"',
        'T = "payment_outbox_pending"\nQ = "UPDATE {} SET x = 1".format(T)',
        'Q = """\n-- a comment\nMERGE INTO payment_outbox_attempts AS a USING b ON true\n"""',
        'Q = "COPY payment_outbox_attempts FROM STDIN"',
        'Q = "TRUNCATE TABLE a, payment_outbox_pending"',
        'Q = "TRUNCATE public.a, public.payment_outbox_attempts"',
        'Q = b"UPDATE payment_outbox_pending SET x = 1"',
        'Q = " ".join(["UPDATE", "payment_outbox_pending", "SET x = 1"])',
        'Q = "UPDATE payment_outbox_%s SET x = 1" % "pending"',
        'Q = "UPDATE payment_outbox_{} SET x = 1".format("pending")',
        'S = "pending"\nQ = f"UPDATE payment_outbox_{S} SET x = 1"',
        'Q = f"UPDATE payment_outbox_{kind} SET x = 1"',
        'S: Final = "pending"\nQ = f"UPDATE payment_outbox_{S} SET x = 1"',
        'S = "keys"\nfor S in tables:\n    Q = f"UPDATE payment_outbox_{S} SET x = 1"',
        'Q = "UPDATE/*/* nested */ */payment_outbox_pending SET x = 1"',
        'Q = "INSERT INTO app.public.payment_outbox_pending VALUES (1)"',
        'V = "UPDATE"\nQ = V + " payment_outbox_pending SET x = 1"',
        'Q = f"{verb} payment_outbox_pending SET x = 1"',
        'T = "payment_outbox_pending"\nQ = "UPDATE "\nQ += T',
        'Q = SQL("UPDATE ") + Identifier("payment_outbox_pending")',
        "cursor.copy_from(file, 'payment_outbox_pending')",
    ],
)
def test_direct_write_is_found_however_it_is_written(text: str) -> None:
    """Case, comments, quotes, schemas and string arithmetic hide nothing."""
    assert "LP005" in codes(text)


def test_direct_write_in_other_languages_is_found() -> None:
    """SQL in scripts and configuration is SQL."""
    for path in ("a.sh", "a.ts", "a.go", "a.yml", "migrate/a.sql"):
        assert "LP005" in codes("x = `UPDATE payment_outbox_pending SET a = 1`\n", path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.sql", "DO $$ BEGIN EXECUTE 'UPDATE ' || quote_ident('payment_outbox_' || 'pending'); END $$;"),
        (
            "a.sql",
            "DO $$ DECLARE t text := 'payment_outbox_pending'; BEGIN EXECUTE 'UPD' || 'ATE ' || t; END $$;",
        ),
        ("a.sql", "SELECT '--'; UPDATE payment_outbox_pending SET x = 1;"),
        ("a.sql", "SELECT '/*'; UPDATE payment_outbox_pending SET x = 1; SELECT '*/';"),
        ("a.sql", '\\set t payment_outbox_pending\nUPDATE :"t" SET x = 1;'),
        ("a.go", "q := `UPDATE ` + `payment_outbox_pending SET x = 1`"),
        ("a.java", 'q = "UPDATE " + "payment_outbox_pending SET x = 1";'),
        ("Makefile", 'x:\n\tclient -c "UPDATE payment_outbox_pending SET x = 1"'),
        ("run", '#!/bin/sh\nclient -c "UPDATE payment_outbox_pending SET x = 1"'),
        ("broken.py", 'def f(:\n    Q = "UPDATE payment_outbox_pending SET x = 1"'),
    ],
)
def test_direct_write_outside_python_is_found(path: str, text: str) -> None:
    """Concatenation, comment marks inside quotes, and files without an ending hide nothing."""
    assert "LP005" in codes(text, path)


def test_reading_and_talking_about_the_tables_is_allowed() -> None:
    """Documents, comments, SELECT and COPY … TO are no writes."""
    assert codes('Q = "SELECT * FROM payment_outbox_pending"') == []
    assert codes('Q = "COPY payment_outbox_attempts (a, b) TO STDOUT"') == []
    assert codes("# UPDATE payment_outbox_pending SET x = 1\n") == []
    assert codes("UPDATE payment_outbox_pending SET x = 1\n", "docs/guide.md") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('Q = "SET LOCAL ROLE outbox_control"', "LP002"),
        ('Q = "set session authorization postgres"', "LP002"),
        ("Q = \"SELECT set_config('role', 'x', false)\"", "LP002"),
        ("Q = \"SELECT set_config('ro' || 'le', 'x', false)\"", "LP002"),
        ("Q = \"SET role = 'x'\"", "LP002"),
        ('Q = "SET {} x".format("ROLE")', "LP002"),
        ('connect(options="-c role=x")', "LP002"),
        ("import os\nx = os.environ['OUTBOX_LEASE_SECONDS']", "LP009"),
        ("import os\nx = os.environ['LEASE_REPAIR_BATCH']", "LP009"),
        (
            'Q = "DELETE FROM payment_outbox_pending WHERE a IN (SELECT a FROM q FOR UPDATE SKIP LOCKED)"',
            "LP003",
        ),
        ("Q = \"UPDATE attempts SET state = 'DISPATCHING'\"", "LP004"),
        ('state = "DISPATCHING"', "LP004"),
        ('state = "DISPATCH" + "ING"', "LP004"),
        ("Q = \"INSERT INTO t VALUES ('DISPATCH' || 'ING')\"", "LP004"),
        ('Q = "UPDATE t SET s = $x$DISPATCHING$x$"', "LP004"),
        ("Q = \"SELECT complete_outbox_attempt(a, b, c, 'DISPATCHING')\"", "LP004"),
        ("Q = \"DELETE FROM app.payment_outbox_pending WHERE x = ';' RETURNING *\"", "LP003"),
        ('T = "payment_outbox_pending"\nQ = f"DELETE FROM {T} RETURNING *"', "LP003"),
        (
            'Q = "WITH c AS (SELECT a FROM q FOR UPDATE SKIP LOCKED) DELETE FROM payment_outbox_pending USING c"',
            "LP003",
        ),
    ],
)
def test_old_pattern_is_found(text: str, code: str) -> None:
    """Each pattern that the lease model replaced has its rule."""
    assert code in codes(text)


@pytest.mark.parametrize("word", [OLD_WORD, OLD_WORD.upper(), "zom" + "-bie", "zom" + "_bie", OLD_WORD + "s"])
def test_old_word_is_found_in_any_spelling(word: str) -> None:
    """Case and separators do not hide it, in a text or in a file's name."""
    assert codes(f"The {word} count.", "docs/x.md") == ["LP007"]
    assert codes("text", f"docs/{word}.md") == ["LP007"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = pg_temp, pg_catalog AS $$ $$;",
            "without SET search_path",
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = pg_catalog AS 'SELECT 1';",
            "without SET search_path",
        ),
        ("GRANT EXECUTE ON FUNCTION f() TO outbox_executor, PUBLIC;", "grant to PUBLIC"),
        ("DO $$ BEGIN RAISE EXCEPTION 'no'; END $$;", "without ERRCODE"),
        ("DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'no'; END $$;", "without ERRCODE"),
        ("DO $$ BEGIN RAISE 'no'; END $$;", "without ERRCODE"),
        ("DO $$ BEGIN RAISE EXCEPTION 'ERRCODE; %', x; END $$;", "without ERRCODE"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1;", "without SET search_path"),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;",
            "without SET search_path",
        ),
        ("ALTER FUNCTION f() RESET search_path;", "unpinned"),
        ("ALTER FUNCTION f() SET search_path = public;", "unpinned"),
        ("SELECT current_date;", "clock that stands still"),
        ("SELECT 'now'::timestamptz;", "clock that stands still"),
        ("SELECT current_setting(name);", "session setting"),
        ("SELECT now();", "clock that stands still"),
        ("SELECT current_setting('outbox.ceiling');", "session setting"),
    ],
)
def test_model_rule_finds(text: str, message: str) -> None:
    """What a function of the model must not be without."""
    assert message in found({"sql/x.sql": text})[0].message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/a.yml", "permissions: {}\nsteps:\n  - {uses: a/b@v1}\n"),
        (".github/workflows/a.yml", 'permissions: {}\nsteps:\n  - "uses": a/b@main\n'),
        (".github/workflows/a.yml", "permissions: {}\nsteps:\n  - uses: docker://a:latest\n"),
        (".github/workflows/a.yml", "permissions: {}\njobs:\n  a:\n    permissions: write-all\n"),
        (".github/actions/x/action.yml", "steps:\n  - uses: a/b@v1\n"),
        (".github/workflows/a.yml", "jobs: {}\n"),
    ],
)
def test_workflow_is_found_unpinned_or_privileged(path: str, text: str) -> None:
    """Other spellings of YAML, composite actions and a job's own rights are seen."""
    assert codes(text, path) == ["LP011"]


def test_workflow_that_is_pinned_passes() -> None:
    """A local action needs no commit, and a comment after the braces is no permission."""
    text = f"permissions: {{}}  # none\nsteps:\n  - uses: ./x\n  - uses: a/b@{'3d' * 20}  # v1\n"
    assert codes(text, ".github/workflows/a.yml") == []


def test_lone_proof_names_the_missing_file_and_the_command() -> None:
    """Either file alone is red, with the command that makes the other."""
    (alone,) = found({"proofs/fencing/x.sql": "-- X.\n"})
    assert (
        "proofs/fencing/x.toml, made by: ./scripts/invoke proofs.record proofs/fencing/x.sql" in alone.message
    )
    (alone,) = found({"proofs/fencing/x.toml": ""})
    assert "./scripts/invoke proofs.new fencing/x" in alone.message


def test_pragma_needs_a_reason_and_a_finding() -> None:
    """An exception is shown with its reason; without one, or where nothing is wrong, it is a finding itself."""
    sleep = f"SELECT pg_sleep(1);  -- {ALLOW} LP010"
    files = {"proofs/a/x.toml": "", "proofs/a/x.sql": f"{sleep} because it is the real-time case\n"}
    sources = [Source(path, text) for path, text in files.items()]
    assert check_sources(sources, GuardrailSettings()) == (
        [],
        ["proofs/a/x.sql:1 LP010 because it is the real-time case"],
    )
    assert [one.code for one in found({**files, "proofs/a/x.sql": sleep})] == ["LP010", "LP000"]
    assert [one.code for one in found({"a.py": f"x = 1  # {ALLOW} LP005 because of nothing\n"})] == ["LP000"]


def test_settings_allow_a_folder_and_refuse_what_they_do_not_know(tmp_path: Path) -> None:
    """A prefix switches one rule off there; unknown keys and rules name the nearest known one."""
    allowed = GuardrailSettings(allow={"LP001": ("app/calls.py",)})
    assert found({"app/calls.py": "import psycopg"}, allowed) == []
    for text, message in (
        ("[tool.leaseproof.guardrails]\nalow = {}", "did you mean 'allow'"),
        ("[tool.leaseproof.guardrails.allow]\nLP01 = []", "did you mean"),
        ("[tool.leaseproof.guardrails.allow]\nLP001 = 'x'", "expected a list of path prefixes"),
        ("[tool", "expected TOML"),
    ):
        (tmp_path / "pyproject.toml").write_text(text)
        with pytest.raises(LeaseproofError, match=message):
            load_settings(tmp_path, {rule.code for rule in RULES})


def test_run_reports_files_that_are_no_text(tmp_path: Path) -> None:
    """Binary and undecodable files are named, never a traceback; a folder that is not there is one sentence."""
    (tmp_path / "a.bin").write_bytes(b"\x00\x01")
    (tmp_path / "b.py").write_bytes(b"\xff\xfe")
    (tmp_path / "c.py").write_text("import psycopg\n")
    report = run_guardrails(tmp_path, enforce_no_db_query=False)
    assert (report.skipped, report.passed) == (("a.bin", "b.py"), True)
    assert [finding.level for finding in report.findings] == ["warning"]
    assert not run_guardrails(tmp_path, enforce_no_db_query=True).passed
    with pytest.raises(LeaseproofError, match="correct --path"):
        run_guardrails(tmp_path / "missing", enforce_no_db_query=True)


def test_this_code_base_is_clean() -> None:
    """The project holds its own rules."""
    report = run_guardrails(ROOT, enforce_no_db_query=True)
    assert report.findings == ()


def test_documentation_is_made_from_the_rules() -> None:
    """docs/guardrails.md is what the rules say; write it with scripts/claims."""
    assert (ROOT / "docs" / "guardrails.md").read_text(encoding="utf-8") == guardrails_page()
