"""What every task shares: the project's root, the settings, and how an error ends the process."""

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from invoke import Exit, task

from leaseproof.errors import LeaseproofError


MOST_WORKERS = 64


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


def worker_count(workers: int) -> int:
    """Return how many parallel processes to use.

    Args:
        workers: as asked for; 0: one a core.

    Raises:
        LeaseproofError: it is no number of processes.
    """
    if not 0 <= workers <= MOST_WORKERS:
        raise LeaseproofError(
            f"got --workers {workers}; expected 1 to {MOST_WORKERS}; leave --workers out for one a core"
        )
    return workers or cores()


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment of a child process that is to use the same server as these settings name."""
    environment = dict(os.environ)
    if settings.database_url:
        environment["OUTBOX_EVIDENCE_DB_URL"] = settings.database_url
    return environment


def command(*args: Any, **options: Any) -> Any:
    """Declare an Invoke task whose mistakes become one sentence and exit code 1.

    Takes what :func:`invoke.task` takes. Numbers are read here, because Invoke answers a word with a traceback.
    """
    if len(args) == 1 and callable(args[0]) and not options:
        return task(_one_sentence(args[0]))

    def declare(body: Callable[..., Any]) -> Any:
        return task(*args, **options)(_one_sentence(body))

    return declare


def _one_sentence(body: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(body)
    numbers = [name for name, each in signature.parameters.items() if type(each.default) is int]

    @functools.wraps(body)
    def run(*args: Any, **options: Any) -> Any:
        try:
            read = {name: _whole_number(name, options[name]) for name in numbers if name in options}
            return body(*args, **{**options, **read})
        except LeaseproofError as error:
            raise Exit(str(error), code=1) from None
        except OSError as error:
            raise Exit(
                f"got {error.strerror or error} at {error.filename}; expected a file or a folder that can be used;"
                " mend that and call again",
                code=1,
            ) from None
        except KeyboardInterrupt:
            raise Exit("Interrupted.", code=130) from None

    run.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[
            each.replace(default=str(each.default)) if name in numbers else each
            for name, each in signature.parameters.items()
        ]
    )
    return run


def _whole_number(name: str, value: int | str) -> int:
    try:
        return int(value)
    except ValueError:
        raise LeaseproofError(
            f"got --{name.replace('_', '-')} {value}; expected a whole number; correct it"
        ) from None
