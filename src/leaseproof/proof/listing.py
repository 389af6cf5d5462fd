"""Which proofs there are: filtered, as a table of 80 columns, as JSON. Pure functions of values."""

import json
import re
from collections.abc import Iterable, Sequence

from tabulate import tabulate

from leaseproof.errors import LeaseproofError
from leaseproof.proof.cells import cut
from leaseproof.proof.crosscheck import count_schedules
from leaseproof.proof.lexer import tokens
from leaseproof.proof.manifest import Proof
from leaseproof.proof.nearest import hint
from leaseproof.proof.outcome import SUCCESS
from leaseproof.proof.script import Script

WIDTH = 80
_LONGEST_ID = 16
_PADDING = 2  # that tabulate gives every header, and every column from the next
_LONGEST_CODES = 17
_NO_CALL_BEFORE = frozenset(
    {"into", "table", "index", "on", "update", "view"}
)  # what they name is followed by a list
_NO_CALL = frozenset(
    "all and any array as by case check exists filter from group having in key not on or over partition"
    " primary references"
    " returning row select set some unique using values when where with within".split()
)


def select(
    proofs: Iterable[Proof], *, invariant: str = "", sqlstate: str = "", role: str = "", function: str = ""
) -> tuple[Proof, ...]:
    """Return the proofs that fit every filter that is given.

    Args:
        proofs: all.
        invariant: the manifest's.
        sqlstate: one that some step must answer.
        role: of one of the sessions, also without ``outbox_``.
        function: called by one of the statements.

    Raises:
        LeaseproofError: no proof at all has what a filter asks for.
    """
    proofs = tuple(proofs)
    roles = {name for proof in proofs for name in proof.manifest.sessions.values()}
    known: tuple[tuple[str, str, set[str]], ...] = (
        ("invariant", invariant, {proof.manifest.invariant for proof in proofs}),
        ("sqlstate", sqlstate.upper(), {code for proof in proofs for code in sqlstates(proof)}),
        ("role", role, roles | {name.removeprefix("outbox_") for name in roles}),
        ("function", function.lower(), {name for proof in proofs for name in functions(proof.script)}),
    )
    for what, value, values in known:
        if value and value not in values:
            raise LeaseproofError(
                f"got --{what} {value}, which no proof has; expected one of {', '.join(sorted(values))}"
                f"{hint(value, values)}"
            )
    return tuple(
        proof
        for proof in proofs
        if (not invariant or proof.manifest.invariant == invariant)
        and (not sqlstate or sqlstate.upper() in sqlstates(proof))
        and (not role or {role, f"outbox_{role}"} & set(proof.manifest.sessions.values()))
        and (not function or function.lower() in functions(proof.script))
    )


def sqlstates(proof: Proof) -> tuple[str, ...]:
    """Return every SQLSTATE that a proof expects, success left out where there is another; sorted."""
    manifest = proof.manifest
    codes = {each.sqlstate for each in manifest.expect.values()}
    if manifest.outcome:
        codes |= set(manifest.outcome.losers)
        codes |= {each.sqlstate for order in manifest.outcome.schedules for each in order.expect.values()}
    return tuple(sorted(codes - {SUCCESS})) or (SUCCESS,)


def functions(script: Script) -> tuple[str, ...]:
    """Return the names of the functions that a script's statements call, without their schema; sorted."""
    found = set()
    for step in script.steps:
        for command in step.commands:
            words = [each for each in tokens(command.sql) if each.kind not in ("space", "comment", "block")]
            for index, (word, following) in enumerate(zip(words, words[1:], strict=False)):
                before = words[index - 1].text.lower() if index else ""
                if word.kind == "word" and following.text == "(" and before not in _NO_CALL_BEFORE:
                    found.add(word.text.lower())
    return tuple(sorted(found - _NO_CALL))


def to_table(proofs: Sequence[Proof], *, width: int = WIDTH) -> str:
    """Return the proofs as a table, grouped by folder, with their number below it.

    Args:
        proofs: sorted by path.
        width: columns of the terminal.
    """
    codes = {proof.path: " ".join(sqlstates(proof)) for proof in proofs}
    ids = _widest([proof.manifest.id for proof in proofs], "id", _LONGEST_ID)
    codes_columns = _widest(codes.values(), "SQLSTATE", _LONGEST_CODES)
    names = width - ids - codes_columns - len("orders") - 4 * _PADDING
    rows: list[tuple[str, str, str, object]] = []
    folder = ""
    for proof in proofs:
        stem = proof.path.removeprefix("proofs/").removesuffix(".sql")
        if stem.rpartition("/")[0] != folder:
            folder = stem.rpartition("/")[0]
            rows.append(("", f"{folder}/", "", ""))
        name = "\n".join(_name_lines(stem.rpartition("/")[2], names))
        rows.append((cut(proof.manifest.id, ids), name, cut(codes[proof.path], codes_columns), orders(proof)))
    count = f"{len(proofs)} proof{'' if len(proofs) == 1 else 's'}"
    if not rows:
        return count
    headers = ("id", "proof", "SQLSTATE", "orders")
    table = tabulate(rows, headers, disable_numparse=True, colalign=("left", "left", "left", "right"))
    return "\n".join(line.rstrip() for line in table.splitlines()) + f"\n\n{count}"


def _name_lines(name: str, width: int) -> list[str]:
    """Return a name in lines of so many columns, broken behind a ``_`` so that the lines together are the name."""
    lines = [""]
    for word in re.findall("[^_]*_?", name):
        if len(lines[-1]) + len(word) > width and lines[-1]:
            lines.append("")
        lines[-1] += word
    return lines


def orders(proof: Proof) -> int:
    """Return how many orders of its steps a proof runs, those that turn out not to be feasible included."""
    manifest = proof.manifest
    if manifest.schedule != "every":
        return len(manifest.schedule)
    total = count_schedules(proof.script)
    return min(total, manifest.sample) if manifest.sample else total


def to_json(proofs: Iterable[Proof]) -> str:
    """Return the proofs as JSON, one object each."""
    return json.dumps(
        [
            {
                "id": proof.manifest.id,
                "path": proof.path,
                "claim": proof.manifest.claim,
                "invariant": proof.manifest.invariant,
                "covers": list(proof.manifest.covers),
                "breaks": list(proof.manifest.breaks),
                "accepted": proof.manifest.accepted,
                "sessions": dict(proof.manifest.sessions),
                "sqlstates": list(sqlstates(proof)),
                "functions": list(functions(proof.script)),
                "orders": orders(proof),
                "digest": proof.digest,
            }
            for proof in proofs
        ],
        indent=2,
        ensure_ascii=False,
    )


def _widest(texts: Iterable[str], title: str, most: int) -> int:
    return min(max([len(title) + _PADDING, *(len(each) for each in texts)]), most)
