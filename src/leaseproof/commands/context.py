"""What every task shares: the project's root, the settings, and how an error ends the process."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from invoke import Exit, task

from leaseproof.errors import LeaseproofError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says, read once by the command line."""

    root: Path  # the project: the folder that holds tasks.py, proofs/ and sql/
    database_url: str | None = field(default=None, repr=False)  # OUTBOX_EVIDENCE_DB_URL; None: the private server
    no_db_query: bool = False  # ENFORCE_NO_DB_QUERY
    in_actions: bool = False  # GITHUB_ACTIONS


def settings_from_environment(db_url: str | None = None) -> Settings:
    """Return the settings of this invocation.

    Args:
        db_url: the value of ``--db-url``, which wins over OUTBOX_EVIDENCE_DB_URL.
    """
    return Settings(
        root=Path.cwd(),
        database_url=db_url or os.environ.get("OUTBOX_EVIDENCE_DB_URL") or None,
        no_db_query=os.environ.get("ENFORCE_NO_DB_QUERY", "") == "1",
        in_actions=os.environ.get("GITHUB_ACTIONS", "") == "true",
    )


def cores() -> int:
    """Return how many processors this process may use: the default number of parallel workers."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment of a child process that is to use the same server as these settings name."""
    environment = dict(os.environ)
    if settings.database_url:
        environment["OUTBOX_EVIDENCE_DB_URL"] = settings.database_url
    return environment


def command(*args: Any, **options: Any) -> Any:
    """Declare an Invoke task whose LeaseproofError becomes one sentence and exit code 1.

    Takes what :func:`invoke.task` takes.
    """
    if len(args) == 1 and callable(args[0]) and not options:
        return task(_one_sentence(args[0]))

    def declare(body: Callable[..., Any]) -> Any:
        return task(*args, **options)(_one_sentence(body))

    return declare


def _one_sentence(body: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(body)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return body(*args, **options)
        except LeaseproofError as error:
            raise Exit(str(error), code=1) from None
        except KeyboardInterrupt:
            raise Exit("Interrupted.", code=130) from None

    return run
