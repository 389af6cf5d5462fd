"""The catalog of the database that is proved: a copy of the run's template, read before the first proof."""

from collections.abc import Mapping
from dataclasses import dataclass

from leaseproof.database import catalog
from leaseproof.database.run import Run
from leaseproof.evidence.catalog_files import catalog_files
from leaseproof.evidence.record import StandingInvariant
from leaseproof.gate.regression import standing_invariants

LABEL = "evidence"


@dataclass(frozen=True, kw_only=True)
class Proved:
    """What the proved database says of itself."""

    server_version: str
    files: Mapping[str, str]  # of the bundle
    invariants: tuple[StandingInvariant, ...]


def read_proved(run: Run) -> Proved:
    """Read the catalog from a database that has what every proof starts from."""
    invariants = tuple(
        StandingInvariant(name=one.name, claim=one.claim, sql=one.sql)
        for one in standing_invariants(run.root)
    )
    with run.connect("owner", run.create_database(LABEL)) as connection:
        row = connection.execute("SELECT current_setting('server_version')").fetchone()
        version = str(row[0]) if row else ""
        files = catalog_files(
            catalog.items(connection), catalog.grants(connection), invariants, server=version
        )
    return Proved(server_version=version, files=files, invariants=invariants)
