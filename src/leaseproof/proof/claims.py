"""Tables for people, made from the manifests and from the SQLSTATE registry, so that no document falls behind."""

from collections.abc import Sequence
from pathlib import Path

from leaseproof.errors import MODEL_SQLSTATES, LeaseproofError
from leaseproof.proof.catalogue import catalogue_page, load_cases, find_tests
from leaseproof.proof.manifest import Proof
from leaseproof.proof.outcome import SUCCESS

BEGIN = "<!-- claims: begin (made by scripts/claims; a test holds it equal) -->"
END = "<!-- claims: end -->"


def claims_table(proofs: Sequence[Proof]) -> str:
    """Return a Markdown table: each invariant, how many proofs attack it, one of the claims, what must come back.

    Args:
        proofs: all sound proofs.
    """
    lines = ["| invariant | proofs | with several sessions | for example | refusals |", "|---|---|---|---|---|"]
    for invariant in sorted({proof.manifest.invariant for proof in proofs}):
        own = sorted((proof for proof in proofs if proof.manifest.invariant == invariant), key=lambda proof: proof.path)
        several = sum(len(set(step.session for step in proof.script.steps if step.phase == "step")) > 1 for proof in own)
        codes = {expected.sqlstate for proof in own for expected in proof.manifest.expect.values()}
        codes |= {code for proof in own if proof.manifest.outcome for code in proof.manifest.outcome.losers}
        refusals = " ".join(f"`{code}`" for code in sorted(codes - {SUCCESS}))
        page = f"[{invariant}](docs/invariants/{invariant}.md)"
        lines.append(f"| {page} | {len(own)} | {several} | {own[0].manifest.claim} | {refusals} |")
    total = sum(len(set(step.session for step in proof.script.steps if step.phase == "step")) > 1 for proof in proofs)
    lines.append(f"| **all** | **{len(proofs)}** | **{total}** | | |")
    return "\n".join(lines)


def sqlstates_page(proofs: Sequence[Proof]) -> str:
    """Return ``docs/sqlstates.md``.

    Args:
        proofs: all sound proofs.
    """
    lines = [
        "# SQLSTATEs",
        "",
        "Class P7 is the model's own; the others are PostgreSQL's. Made by `scripts/claims`.",
        "",
        "| code | name | raised when | proofs |",
        "|---|---|---|---|",
    ]
    for code, name, raised_when in MODEL_SQLSTATES:
        count = sum(
            any(expected.sqlstate == code for expected in proof.manifest.expect.values())
            or (proof.manifest.outcome is not None and code in proof.manifest.outcome.losers)
            for proof in proofs
        )
        lines.append(f"| `{code}` | `{name}` | {raised_when} | {count} |")
    return "\n".join(lines) + "\n"


def with_table(text: str, table: str) -> str:
    """Return a page with the table between its two markers.

    Raises:
        LeaseproofError: a marker is missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise LeaseproofError(f"got a page without its markers; expected {BEGIN} and {END}; put them back")
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def proofs_list(proofs: Sequence[Proof], invariant: str) -> str:
    """Return a Markdown list: each proof of one invariant, its file linked from docs/invariants/, and its claim.

    Args:
        proofs: all sound proofs.
        invariant: whose.
    """
    own = sorted((proof for proof in proofs if proof.manifest.invariant == invariant), key=lambda proof: proof.path)
    return "\n".join(
        f"- [{Path(proof.path).stem}](../../proofs/{proof.path.removeprefix('proofs/')}): {proof.manifest.claim}"
        for proof in own
    )


def written_down(root: Path, proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    """Return the proofs that the pages of docs/invariants/ list; one that was dropped in since runs without them.

    Args:
        root: the project.
        proofs: all sound proofs.
    """
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted((root / "docs" / "invariants").glob("*.md")))
    return tuple(proof for proof in proofs if f"](../../{proof.path})" in pages)


def documents(root: Path, proofs: Sequence[Proof]) -> dict[Path, str]:
    """Return every generated document of a project and the text that it should have.

    Args:
        root: the project.
        proofs: those to list.
    """
    readme = root / "README.md"
    invariants = {proof.manifest.invariant for proof in proofs}
    folder = root / "docs" / "invariants"
    pages = {folder / f"{invariant}.md": proofs_list(proofs, invariant) for invariant in sorted(invariants)}
    return {
        readme: with_table(readme.read_text(encoding="utf-8"), claims_table(proofs)),
        root / "docs" / "sqlstates.md": sqlstates_page(proofs),
        root / "docs" / "catalogue.md": catalogue_page(
            load_cases(root / "docs" / "catalogue.toml"), proofs, find_tests(root)
        ),
        **{
            path: with_table(path.read_text(encoding="utf-8"), text) for path, text in pages.items() if path.exists()
        },
    }
