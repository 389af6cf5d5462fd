"""One way to move payments that is measured beside the others."""

from collections.abc import Callable
from dataclasses import dataclass

from leaseproof.database.run import Run


@dataclass(frozen=True, kw_only=True)
class Way:
    """What is done before the clock starts, while it runs, and after."""

    name: str
    prepare: Callable[[Run, str, int], str]  # run, database, payments → connection string of the workers
    work: Callable[[str, str], None]  # connection string, worker id: until nothing is left
    done: Callable[[Run, str], int]  # run, database → payments finished
