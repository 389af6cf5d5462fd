"""The catalogue of attacks: each case, and the proof, the test, the benchmark or the sentence that answers it."""

import ast
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.proof.manifest import Proof

CASE_ID = re.compile(r"\b[A-Z]{2}-\d\d\b")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One attack that the model must withstand."""

    id: str
    group: str  # the title of its group
    claim: str
    tests: tuple[str, ...] = ()  # node ids that do not name the case in their docstring
    benchmark: str | None = None
    why: str | None = None  # why it cannot be a proof, or what a reader must know beside it


def load_cases(path: Path) -> tuple[Case, ...]:
    """Return the cases of ``docs/catalogue.toml`` in the order of the file.

    Raises:
        LeaseproofError: a test that a case names does not exist.
    """
    groups = tomllib.loads(path.read_text(encoding="utf-8"))
    cases = tuple(
        Case(id=number, group=group["title"], **{**case, "tests": tuple(case.get("tests", ()))})
        for group in groups.values()
        for number, case in group["cases"].items()
    )
    for case in cases:
        for test in case.tests:
            file, _, name = test.partition("::")
            if f"def {name}(" not in (path.parent.parent / file).read_text(encoding="utf-8"):
                raise LeaseproofError(
                    f"got {test} for case {case.id}; expected a test that exists; correct {path.name}"
                )
    return cases


def find_tests(root: Path) -> dict[str, list[str]]:
    """Return the node ids of the tests whose docstring names a case.

    Args:
        root: the project.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for case in sorted(set(CASE_ID.findall(ast.get_docstring(node) or ""))):
                    found.setdefault(case, []).append(f"{path.relative_to(root).as_posix()}::{node.name}")
    return found


def catalogue_page(cases: Sequence[Case], proofs: Sequence[Proof], tests: Mapping[str, Sequence[str]]) -> str:
    """Return ``docs/catalogue.md``.

    Args:
        cases: from :func:`load_cases`.
        proofs: all sound proofs.
        tests: from :func:`find_tests`.

    Raises:
        LeaseproofError: a case has no answer at all, or a proof or a test names a case that is not in the catalogue.
    """
    known = {case.id for case in cases}
    proofs_of: dict[str, list[Proof]] = {}
    for proof in sorted(proofs, key=lambda proof: proof.path):
        for number in proof.manifest.covers:
            proofs_of.setdefault(number, []).append(proof)
    unknown = sorted((proofs_of.keys() | tests.keys()) - known)
    if unknown:
        raise LeaseproofError(
            f"got {', '.join(unknown)} named by a proof or a test; "
            "expected cases of docs/catalogue.toml; add them there"
        )

    covered = len(proofs_of.keys() & known)
    lines = [
        "# The catalogue",
        "",
        "Every attack that the model must withstand, and where it is answered. Made by `scripts/claims` from",
        "`docs/catalogue.toml`, from `covers` in the manifests and from the docstrings of the tests.",
        "",
        f"{len(cases)} cases: {covered} with a proof, {len(cases) - covered} that need a crash, a client, load or",
        "many threads, or cannot be one.",
    ]
    for group in dict.fromkeys(case.group for case in cases):
        lines += ["", f"## {group}", ""]
        lines += ["| case | claim | proofs | tests and benchmarks | remark |", "|---|---|---|---|---|"]
        for case in cases:
            if case.group == group:
                lines.append(_row(case, proofs_of.get(case.id, ()), (*tests.get(case.id, ()), *case.tests)))
    return "\n".join(lines) + "\n"


def _row(case: Case, proofs: Sequence[Proof], tests: Sequence[str]) -> str:
    if not (proofs or tests or case.benchmark or case.why):
        raise LeaseproofError(
            f"got case {case.id} without an answer; expected a proof, a test, a benchmark or a sentence why not; "
            "see docs/catalogue.toml"
        )
    files = "<br>".join(f"[{Path(proof.path).stem}](../{proof.path})" for proof in proofs)
    runs = [f"[{name}](../{file})" for file, _, name in (test.partition("::") for test in tests)]
    if case.benchmark:
        runs.append(f"`{case.benchmark}`")
    claim = case.claim.replace("|", "\\|")
    return f"| {case.id} | {claim} | {files} | {'<br>'.join(runs)} | {case.why or ''} |"
