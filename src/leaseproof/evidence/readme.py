"""``00_README.txt``: what an auditor reads first, and what they need nobody to explain."""

import textwrap

from leaseproof.errors import MODEL_SQLSTATES
from leaseproof.evidence import tables
from leaseproof.evidence.record import NO_STRENGTH, Record, listed, population, problems, verdict

WIDTH = 100

CONTENTS: tuple[tuple[str, str, str], ...] = (
    ("00_README.txt", "this page", "all"),
    (
        "01_grants.tsv",
        "every privilege on every object, from the catalog",
        "privileges: no role reaches further than its job",
    ),
    (
        "02_functions.sql",
        "every function as the server stores it",
        "fencing, lease exclusivity: who may write what, and when",
    ),
    (
        "03_invariants.sql",
        "constraints, unique indexes, triggers, and the standing queries",
        "terminal uniqueness, append-only",
    ),
    ("04_views.sql", "every view", "the status view that operators read"),
    (
        "05_tests_manifest.txt",
        "each proof and test that was collected, its digest, its result",
        "the population is complete",
    ),
    (
        "06_schema.sql",
        "types, tables, columns, constraints, comments",
        "identity, lineage: what can be stored at all",
    ),
    (
        "07_privileges.sql",
        "roles, owners and grants as SQL",
        "privileges: the same as 01, to read as statements",
    ),
    (
        "08_proof_results.txt",
        "each proof: expected and returned SQLSTATEs, orders, waits",
        "every invariant below",
    ),
    ("08_proof_results.json", "the same for programs, with every step of the gate", "every invariant below"),
    (
        "09_regression.txt",
        "what the tests left in their databases: no DISPATCHING attempt",
        "standing invariants",
    ),
    (
        "10_guardrails.txt",
        "static rules on the code: no path around the model",
        "no write but through the functions",
    ),
    (
        "11_trace_matrix.tsv",
        "control, invariant, proof, SQLSTATE, result, commit, what the proof kills, its claim",
        "every invariant below",
    ),
    (
        "12_proof_strength.txt",
        "small changes of the model, and the proof that noticed each",
        "the proofs can fail",
    ),
    ("guardrails.sarif", "10 in the format of code scanners (SARIF 2.1.0)", "as 10"),
    ("index.html", "all of this as one page for a browser", "all"),
    ("junit.xml", "proofs and tests in the format of CI systems", "as 05 and 08"),
    (
        "run.json",
        "when, where, by whom, how long; scratch databases",
        "the only file that differs between equal runs",
    ),
    (
        "statement.json",
        "in-toto Statement v1, test-result predicate, digests of the files",
        "the bundle is of this commit",
    ),
    ("SHA256SUMS", "the SHA-256 of every other file", "nothing was changed afterwards"),
)

LIMITS: tuple[str, ...] = (
    (
        "A proof on a scratch database is evidence of the design, not of production. That a deployed database"
        " has this design and holds its invariants is shown there: `invoke db.drift` and `invoke regression`,"
        " both read-only, against its URL."
    ),
    (
        "The rail can be called twice for one payment, also after the terminal row, because a worker can die"
        " between the call and its record; a fencing number checked at the rail does not change that. Only an"
        " idempotency key (outbox_id) that the rail remembers for longer than the longest retry window"
        " removes the duplicate."
    ),
    "FAILED by the ceiling is not the same as not paid. It is not known to be paid: reconcile with the rail.",
    (
        "The token carries the safety, the expiry is a contract: an outcome that arrives late is refused as"
        " an attempt (P7002) and kept apart by report_late_outcome. If the worker does not report it, what it"
        " knew is lost."
    ),
    (
        "Proofs show the presence of the refusals they ask for, in the orders they try. What no proof attacks"
        " is not covered; 12_proof_strength.txt shows how many changes of the model the proofs would have"
        " noticed."
    ),
    (
        "SHA256SUMS and statement.json show that files belong together, not who made them: whoever can"
        " rewrite the bundle can rewrite both. Where it matters, compare with the signed attestation of the"
        " workflow run, or run the gate again."
    ),
)


CONTROL = (
    "A control, in 11_trace_matrix.tsv, is the id of a case of the catalogue of attacks (docs/catalogue.md)"
    " that the proof answers; a proof that answers no case of it is its own control, by the proof's own id."
)


def readme(record: Record) -> str:
    """Return the page."""
    counts = population(record)
    parts = [
        verdict(record),
        _reasons(record),
        _facts(record),
        "POPULATION\n"
        + "\n".join(
            f"  {name:<22} {value}"
            for name, value in (
                ("proofs expected", f"{counts.expected} (pairs of files under proofs/)"),
                ("proofs collected", counts.collected),
                ("proofs executed", f"{counts.executed} ({counts.passed} passed, {counts.failed} failed)"),
                ("proofs not applicable", f"{counts.not_applicable}{_not_applicable(record)}"),
                ("tests collected", len(record.tests)),
                (
                    "tests executed",
                    sum(test.result in ("passed", "failed", "error") for test in record.tests),
                ),
                ("tests failed", sum(test.result in ("failed", "error") for test in record.tests)),
                ("tests skipped", sum(test.result == "skipped" for test in record.tests)),
                ("standing invariants", len(record.invariants)),
            )
        ),
        "STEPS, in their order\n"
        + tables.table(
            [(s.name, s.state, s.reason) for s in record.steps] or [("none", "", "")],
            ["step", "state", "reason"],
            [None, None, 80],
        ),
        "WHAT THIS IS\n" + _wrapped(_what()),
        "FILES, and the invariant that each one shows\n"
        + tables.table(list(CONTENTS), ["file", "what it is", "shows"], [None, 38, 34])
        + f"\n\n{_wrapped(CONTROL)}",
        "INVARIANTS PROVED\n" + _invariants(record),
        "SQLSTATES, and the proofs that expect each\n" + _sqlstates(record),
        "STANDING INVARIANTS, queries that must return no row (text in 03_invariants.sql, result in"
        " 09_regression.txt)\n"
        + (
            "\n".join(_wrapped(f"{one.name}: {one.claim}") for one in record.invariants) or "  none were read"
        ),
        "LIMITS\n" + "\n".join(_wrapped(f"- {text}", hang="    ") for text in LIMITS),
        _reverify(record),
    ]
    return "\n\n".join(part.rstrip() for part in parts if part) + "\n"


def _reasons(record: Record) -> str:
    wrong = problems(record)
    return (
        "WHY NOT PASSED\n" + "\n".join(_wrapped(f"- {text}", hang="    ") for text in wrong) if wrong else ""
    )


def _facts(record: Record) -> str:
    dirty = listed(record.dirty) if record.dirty else "nothing: the tree was as the commit has it"
    facts = (
        ("commit", record.commit or "unknown: the tree is not in git"),
        ("changed since", dirty),
        ("server", f"PostgreSQL {record.server_version}" if record.server_version else "none was reached"),
        ("part", f"{record.shard[0]} of {record.shard[1]}"),
        ("when, where, by whom", "run.json"),
    )
    return "\n".join(f"  {name:<22} {value}" for name, value in facts)


def _not_applicable(record: Record) -> str:
    named = [
        f"{proof['id']}: {proof['reason']}" for proof in record.proofs if proof["result"] == "not_applicable"
    ]
    return f" ({'; '.join(named)})" if named else ""


def _what() -> str:
    return (
        "A payment service writes its outgoing payments to an outbox table in PostgreSQL. Workers lease rows,"
        " send them to a payment rail and record the outcome. If the lease model has a hole, money moves"
        " twice or not at all. Each proof is a SQL file that attacks the model on a real PostgreSQL, and a"
        " manifest that says which SQLSTATE (the server's error code) must come back; 00000 is success. An"
        " order is one interleaving of the steps of several sessions. After every order the standing"
        " invariants are queried: each must return no row. This bundle holds what came back, the definition"
        " of the model as the proved database had it, and what else a reader needs to judge it."
    )


def _invariants(record: Record) -> str:
    groups = tables.invariant_groups(record)
    if not groups:
        return f"  none: {tables.missing_reason(record, 'integration')}"
    rows = []
    for name, proofs in groups.items():
        passed = sum(proof["result"] == "passed" for proof in proofs)
        rows.append((name, f"{passed} of {len(proofs)}", " ".join(proof["id"] for proof in proofs)))
    table = tables.table(rows, ["invariant", "passed", "proofs"], [None, None, 60])
    claims = [
        _wrapped(f"{name}: {record.claims[name]}", hang="    ") for name in groups if name in record.claims
    ]
    return "\n\n".join([table, *(["  What each claims:\n" + "\n".join(claims)] if claims else [])])


def _sqlstates(record: Record) -> str:
    used = tables.sqlstate_list(record)
    named = {one.code: (one.name, one.raised_when) for one in MODEL_SQLSTATES}
    rows = []
    for code in sorted({*named, *used}):
        name, when = named.get(code, ("", "PostgreSQL's own"))
        rows.append((code, name, when, " ".join(used.get(code, ["no proof in this run"]))))
    return tables.table(rows, ["code", "name", "raised when", "proofs"], [None, 26, 32, 30])


def _reverify(record: Record) -> str:
    commit = record.commit or "<commit>"
    return (
        "HOW TO RE-VERIFY\n  Without this software, in this folder:\n    sha256sum --check --strict"
        " SHA256SUMS\n    (every file but SHA256SUMS itself must be named in it:\n    ls -A | wc -l is one"
        " more than wc -l < SHA256SUMS)\n  With it, no database and no network needed:\n    ./scripts/invoke"
        " evidence.verify DIRECTORY-OR-ARCHIVE\n  From nothing, the whole evidence anew:\n    git"
        f" checkout {commit} && {gate_command(record)}\n    Two runs of one commit on one server version give"
        " identical bytes\n    in every file but run.json and SHA256SUMS."
    )


def gate_command(record: Record) -> str:
    """Return the command that runs the gate as this run was asked to."""
    index, count = record.shard
    flags = ["--no-db"] if record.database == "none" else []
    flags += ["--no-strength"] if any(step.reason == NO_STRENGTH for step in record.steps) else []
    flags += [f"--shard {index}/{count}"] if count > 1 else []
    return " ".join(["./scripts/invoke ci", *flags])


def _wrapped(text: str, *, hang: str = "  ") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent=hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
