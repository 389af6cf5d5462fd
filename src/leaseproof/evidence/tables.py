"""The text files of the bundle that tell what was run: manifest, proofs, regression, trace matrix."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tabulate import tabulate

from leaseproof.evidence.record import Record, population

DISPATCHING_QUERY = "SELECT COUNT(*) FROM payment_outbox_attempts WHERE state='DISPATCHING';"
NONE_FOUND = "none found"
NOT_MEASURED = "not measured"


def table(
    rows: Sequence[Sequence[Any]], headers: Sequence[str], widths: Sequence[int | None] | None = None
) -> str:
    """Return rows as a plain table; a column with a width is wrapped."""
    return tabulate(
        rows, headers=headers, tablefmt="simple", disable_numparse=True, maxcolwidths=widths if rows else None
    )


def tests_manifest(record: Record) -> str:
    """Return ``05_tests_manifest.txt``: each test and proof that was collected, and its file's digest."""
    lines = [
        "TESTS MANIFEST",
        (
            "Each proof and each test that was collected, with the SHA-256 of what defines it: of a proof its"
            " SQL file (first"
        ),
        "line) and its manifest (second line), of a test its file. Result in the first column.",
        "",
        f"PROOFS: {len(record.expected_proofs)} expected, {len(record.collected_proofs)} collected",
    ]
    results = {proof["path"]: proof["result"] for proof in record.proofs}
    for path in sorted({*record.expected_proofs, *record.collected_proofs}):
        state = results.get(path, "not run" if path in record.collected_proofs else "not collected")
        manifest = path.removesuffix(".sql") + ".toml"
        lines.append(f"{state:<15} {record.digests.get(path, 'no such file'):<64} {path}")
        lines.append(f"{'':<15} {record.digests.get(manifest, 'no such file'):<64} {manifest}")
    lines += ["", f"TESTS: {len(record.tests)} collected"]
    for test in record.tests:
        lines.append(
            f"{test.result:<15} {record.digests.get(test.nodeid.split('::')[0], 'no such file'):<64}"
            f" {test.nodeid}"
        )
    skipped = [test for test in record.tests if test.result == "skipped"]
    lines += ["", f"SKIPPED TESTS AND WHY: {len(skipped) or NONE_FOUND}"]
    lines += [f"{test.nodeid}: {test.reason}" for test in skipped]
    return "\n".join(lines) + "\n"


def proof_results(record: Record) -> str:
    """Return ``08_proof_results.txt``."""
    counts = population(record)
    rows = [
        (
            proof["id"],
            proof["result"].replace("_", " "),
            codes(proof["expected"].values()),
            codes(proof["observed"].values()),
            proof["schedules_run"],
            proof["waits"],
            proof["claim"],
        )
        for proof in sorted(record.proofs, key=lambda proof: (proof["invariant"], proof["id"]))
    ]
    parts = [
        "PROOF RESULTS",
        (
            f"expected {counts.expected}, collected {counts.collected}, executed {counts.executed}, passed"
            f" {counts.passed}, failed {counts.failed}, not applicable {counts.not_applicable}"
        ),
        (
            "Expected and came back: the SQLSTATEs of the steps, 00000 is success. Orders: the schedules that"
            " were run; waits: the\nsteps that waited for another session, over all orders."
        ),
        table(
            rows,
            ["id", "result", "expected", "came back", "orders", "waits", "claim"],
            [None, None, 14, 18, None, None, 52],
        ),
    ]
    failed = [proof for proof in record.proofs if proof["result"] in ("failed", "error")]
    parts.append(f"FAILED: {len(failed) or NONE_FOUND}")
    for proof in failed:
        parts.append("\n".join([f"{proof['id']}  {proof['path']}", *(f"  {line}" for line in why(proof))]))
    others = [proof for proof in record.proofs if proof["result"] == "not_applicable"]
    parts.append(f"NOT APPLICABLE: {len(others) or NONE_FOUND}")
    parts += [f"{proof['id']}  {proof['path']}\n  {proof['reason']}" for proof in others]
    return "\n\n".join(parts) + "\n"


def why(proof: Mapping[str, Any]) -> list[str]:
    """Return why a proof is red, one sentence each."""
    found = [proof["reason"]] if proof["reason"] else []
    for schedule in proof["schedules"]:
        found += [text for text in schedule["problems"] if text not in found]
        found += [f"the standing invariant {name} does not hold" for name in schedule["violations"]]
    return found or ["no reason was recorded"]


def codes(values: Iterable[str]) -> str:
    """Return the SQLSTATEs of several steps, each once, sorted."""
    return " ".join(sorted({code.strip() for value in values for code in value.split(",") if code.strip()}))


def regression(record: Record) -> str:
    """Return ``09_regression.txt``."""
    parts = [
        "REGRESSION",
        (
            "Run read-only after the integration tests and proofs, on every database of the run that they"
            " left. Their names and\nnumber are in run.json."
        ),
        f"{DISPATCHING_QUERY}\n  must be 0",
    ]
    found = record.regression
    if found is None:
        parts.append(f"NOT RUN: {missing_reason(record, 'regression')}")
        return "\n\n".join(parts) + "\n"
    rows = [
        (
            "no DISPATCHING attempt (the query above)",
            found.dispatching,
            "red" if found.dispatching else "holds",
        )
    ]
    for each in record.invariants:
        count = found.violations.get(each.name, 0)
        rows.append((f"{each.name}: {each.claim}", count, "red" if count else "holds"))
    parts.append(table(rows, ["what must hold", "rows", "state"], [88, None, None]))
    parts.append(f"BROKEN: {len(found.problems) or NONE_FOUND}\n" + "\n".join(found.problems))
    parts.append(
        "BROKEN ON PURPOSE, said so by the test that made the database:"
        f" {len(found.exceptions) or NONE_FOUND}\n" + "\n".join(found.exceptions)
    )
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def trace_matrix(record: Record) -> str:
    """Return ``11_trace_matrix.tsv``: control → invariant → proof → SQLSTATE → result → commit → mutants.

    A control is a case of the catalogue that a proof answers; a proof that names none is its own control.
    Three columns are of proof strength: a mutant that the proof kills, how many only the proofs of its
    invariant kill, and the names of those that this one was the first to kill. The last is the proof's claim.
    """
    columns = "control invariant proof path sqlstate_expected sqlstate_observed result commit mutant_it_kills"
    strength = "mutants_only_this_invariant_kills of_these_killed_first_here"
    lines = ["\t".join([*columns.split(), *strength.split(), "claim"])]
    commit = record.commit + ("+dirty" if record.dirty else "")
    rows = []
    for proof in record.proofs:
        for control in proof["covers"] or (proof["id"],):
            rows.append(
                (
                    control,
                    proof["invariant"],
                    proof["id"],
                    proof["path"],
                    codes(proof["expected"].values()),
                    codes(proof["observed"].values()),
                    proof["result"],
                    commit,
                    record.teeth.kills.get(proof["id"], NOT_MEASURED),
                    *_alone(record, proof["invariant"], proof["id"]),
                    proof["claim"],
                )
            )
    ran = {proof["path"] for proof in record.proofs}
    for path in record.expected_proofs:
        if path not in ran:
            invariant = path.split("/")[-2] if "/" in path else ""
            teeth = (NOT_MEASURED, *_alone(record, invariant))
            rows.append(("", invariant, "", path, "", "", "not run", commit, *teeth, ""))
    lines += ["\t".join(" ".join(str(cell).split()) for cell in row) for row in sorted(rows)]
    return "\n".join(lines) + "\n"


def _alone(record: Record, invariant: str, proof: str = "") -> tuple[str, str]:
    """Return how many mutants only an invariant's proofs kill, and the names of those that one proof killed first."""
    alone = record.teeth.alone.get(invariant)
    if alone is None:
        return NOT_MEASURED, NOT_MEASURED
    first = sorted(mutant for mutant, killer in alone.items() if killer == proof)
    return str(len(alone)), " ".join(first) or NONE_FOUND


def missing_reason(record: Record, step: str) -> str:
    """Return why there is nothing of a step to show."""
    for one in record.steps:
        if one.name == step and one.reason:
            return one.reason
    if record.ending == "interrupted":
        return f"the run was interrupted by {record.signal} before it"
    return "the run did not get that far"


def sqlstate_list(record: Record) -> Mapping[str, list[str]]:
    """Return SQLSTATE → ids of the proofs that expect it, sorted; success left out."""
    found: dict[str, set[str]] = {}
    for proof in record.proofs:
        for code in codes(proof["expected"].values()).split():
            if code != "00000":
                found.setdefault(code, set()).add(proof["id"])
    return {code: sorted(ids) for code, ids in sorted(found.items())}


def invariant_groups(record: Record) -> Mapping[str, list[Mapping[str, Any]]]:
    """Return invariant → its proofs, both sorted."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for proof in sorted(record.proofs, key=lambda one: (one["invariant"], one["id"])):
        groups.setdefault(proof["invariant"], []).append(proof)
    return groups
