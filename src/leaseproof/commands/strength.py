"""Proof strength: mutate the model, show which proof kills each mutant."""

import tempfile
from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import command, environment_of, settings_from_environment, worker_count
from leaseproof.errors import LeaseproofError
from leaseproof.proof.strength.hints import HINTS, Hints
from leaseproof.proof.strength.run import run_strength


@command(
    help={
        "object": "only mutants of this function, table.constraint, trigger …",
        "workers": "parallel processes; default one a core",
        "db_url": "PostgreSQL to use instead of OUTBOX_EVIDENCE_DB_URL or the private one",
        "fresh": "judge every mutant anew, whatever an earlier run found",
        "write_hints": f"write down in {HINTS} who killed what, so that the next run on a new machine looks there first",
        "rivals": "find out which mutants only one invariant's proofs kill, where that is not known yet; takes long",
        "output": "write the whole page there, as 12_proof_strength.txt of the bundle",
    }
)
def strength(
    _context: Context,
    object: str = "",
    workers: int = 0,
    db_url: str = "",
    fresh: bool = False,
    write_hints: bool = False,
    rivals: bool = False,
    output: str = "",
) -> None:
    """Mutate the model, show which proof kills each mutant."""
    settings = settings_from_environment(db_url or None)
    count = worker_count(workers)
    if object and write_hints:
        raise LeaseproofError(
            f"got --write-hints with --object {object}; expected hints of the whole model, for they replace the last ones;"
            " leave one of the two out"
        )
    with tempfile.TemporaryDirectory(prefix="leaseproof-") as folder:
        report = run_strength(
            settings.root,
            Path(folder) / "strength.json",
            environment=environment_of(settings),
            workers=count,
            only=object,
            fresh=fresh,
            rivals=rivals,
        )
    if report.unsound:
        raise LeaseproofError(f"{report.summary()}; mend the model or these proofs first")
    if object and not report.mutants:
        raise LeaseproofError(
            f"got --object {object}, of which no mutant can be made; expected a function, a trigger, an index, a view or"
            " table.constraint: the first part of a mutant's name in 12_proof_strength.txt; correct it"
        )
    if write_hints:
        path = settings.root / HINTS
        Hints.of(report, Hints.read(path)).write(path)
    if output:
        Path(output).write_text(report.to_text(), encoding="utf-8")
    for survivor in report.survivors:
        print(f"\n{survivor['id']}\n{survivor['change']}")
    for proof in report.decoration:
        print(f"{proof} kills nothing")
    for excuse in report.stale:
        print(f"{excuse} is excused, but it is gone or killed: take the excuse out")
    print(f"\n{report.summary()}")
    if not report.passed and not (object and not report.survivors):
        raise Exit(code=1)
