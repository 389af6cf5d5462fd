"""The pytest plugin: a pair of files below ``proofs/`` is a test. Harmless where there is no such folder.

Options: ``--leaseproof-results FILE``, ``--leaseproof-sql DIR``, ``--leaseproof-shard I/N``,
    ``--leaseproof-no-db``.
Everything but pytest is imported when a project of ours is at hand, because every pytest in an environment
loads this.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from leaseproof.proof.collect import Proofs

PROOFS = "proofs"
PLUGIN_NAME = "leaseproof-proofs"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the proofs."""
    group = parser.getgroup("leaseproof", "proofs of the lease model")
    group.addoption(
        "--leaseproof-results",
        metavar="FILE",
        help="write every proof's result there as JSON, sorted by path",
    )
    group.addoption(
        "--leaseproof-sql", metavar="DIR", default="sql", help="the model; default sql/ of the root"
    )
    group.addoption("--leaseproof-shard", metavar="I/N", help="run the I-th of N parts of the proofs")
    group.addoption("--leaseproof-no-db", action="store_true", help="skip what needs a database, and say so")
    group.addoption(
        "--leaseproof-lifeline",
        metavar="FD",
        type=int,
        help="a pipe's read end: end when the other end closes",
    )
    parser.addini("leaseproof_proofs", "folder of the proofs, relative to the root", default=PROOFS)


def pytest_configure(config: pytest.Config) -> None:
    """Load the rest in a project that has proofs or a model, and follow the process that started this one."""
    config.addinivalue_line("markers", "proof: a pair of a SQL file and its manifest")
    _follow_starter(config)
    folder = config.rootpath / config.getini("leaseproof_proofs")
    if not folder.is_dir() and not (config.rootpath / config.getoption("leaseproof_sql")).is_dir():
        return
    from leaseproof.proof import fixtures, session_run
    from leaseproof.proof.collect import Proofs

    run_file = os.environ.get("LEASEPROOF_RUN_FILE")
    session_run.configure(
        config,
        url=os.environ.get("OUTBOX_EVIDENCE_DB_URL") or None,
        run_file=Path(run_file) if run_file else None,
        no_database=config.getoption("leaseproof_no_db"),
    )
    config.pluginmanager.register(fixtures, "leaseproof-fixtures")
    config.pluginmanager.register(Proofs(config, folder), PLUGIN_NAME)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the session's run."""
    if _proofs(config) is not None:
        from leaseproof.proof import session_run

        session_run.unconfigure(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the run to an xdist worker."""
    if _proofs(node.config) is not None:
        from leaseproof.proof import session_run

        session_run.hand_to_worker(node.config, node.workerinput)


def _proofs(config: pytest.Config) -> "Proofs | None":
    return config.pluginmanager.get_plugin(PLUGIN_NAME)


def _follow_starter(config: pytest.Config) -> None:
    from leaseproof.proof import lifeline

    if hasattr(config, "workerinput"):
        lifeline.follow_parent()
    elif (descriptor := config.getoption("leaseproof_lifeline")) is not None:
        lifeline.follow_pipe(descriptor)
