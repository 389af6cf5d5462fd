"""``statement.json``: an in-toto Statement v1 whose predicate is a test result.

Sources: https://github.com/in-toto/attestation, spec/v1/statement.md and spec/predicates/test-result.md.
The predicate has no list for what was skipped: a proof that should have run and did not is among the
failed.
"""

from collections.abc import Mapping
from typing import Any

from leaseproof.evidence.record import Record, judgement, verdict, without_database

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"


def statement(record: Record, digests: Mapping[str, str]) -> dict[str, Any]:
    """Return the statement.

    Args:
        record: of the run.
        digests: file of the bundle → sha256, of every file that the statement vouches for.
    """
    subjects: list[dict[str, Any]] = [
        {"name": name, "digest": {"sha256": digest}} for name, digest in sorted(digests.items())
    ]
    if record.commit:
        subjects.insert(0, {"name": "git", "digest": {"gitCommit": record.commit}})
    return {
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": judgement(record),
            "configuration": [
                {"name": name, "digest": {"sha256": digest}}
                for name, digest in sorted(record.digests.items())
            ],
            "passedTests": passed(record),
            "failedTests": failed(record),
            "annotations": {
                "verdict": verdict(record),
                "serverVersion": record.server_version,
                "dirty": list(record.dirty),
            },
        },
    }


def passed(record: Record) -> list[str]:
    """Return the proofs and tests that passed."""
    names = [proof["path"] for proof in record.proofs if proof["result"] == "passed"]
    return sorted(names + [test.nodeid for test in record.tests if test.result == "passed"])


def failed(record: Record) -> list[str]:
    """Return the proofs and tests that failed, or should have run and did not."""
    ran = {proof["path"] for proof in record.proofs}
    names = [proof["path"] for proof in record.proofs if proof["result"] in ("failed", "error")]
    names += [test.nodeid for test in record.tests if test.result in ("failed", "error", "not run")]
    if not without_database(record):
        expected = record.expected_proofs if record.shard[1] == 1 else record.collected_proofs
        names += [path for path in expected if path not in ran]
    return sorted(names)
