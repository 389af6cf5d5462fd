"""Other queues doing the same: a job a payment that does nothing, with their own tables, workers and defaults.

A peer is measured where it is installed beside this package; none is a dependency.
"""

import asyncio
import importlib
import importlib.util
from datetime import timedelta
from typing import Any

from leaseproof.bench.relay.way import Way
from leaseproof.database.connection import parse
from leaseproof.database.run import Run

BATCH = 100


def peers() -> tuple[Way, ...]:
    """Return the peers that are installed."""
    found = []
    if importlib.util.find_spec("procrastinate"):
        found.append(
            Way(
                name="procrastinate, concurrency 100",
                prepare=lambda run, database, payments: asyncio.run(
                    _fill_procrastinate(run, database, payments)
                ),
                work=lambda url, worker_id: asyncio.run(_work_procrastinate(url)),
                done=lambda run, database: _count(
                    run, database, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'"
                ),
            )
        )
    if importlib.util.find_spec("pgqueuer"):
        found.append(
            Way(
                name="pgqueuer, batches of 100",
                prepare=lambda run, database, payments: asyncio.run(_fill_pgqueuer(run, database, payments)),
                work=lambda url, worker_id: asyncio.run(_work_pgqueuer(url)),
                done=lambda run, database: _count(
                    run,
                    database,
                    "SELECT count(DISTINCT job_id) FROM pgqueuer_log WHERE status = 'successful'",
                ),
            )
        )
    return tuple(found)


def _count(run: Run, database: str, query: str) -> int:
    with run.connect("owner", database) as owner:
        row = owner.execute(query).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return row[0]


def _procrastinate(url: str) -> tuple[Any, Any]:
    procrastinate: Any = importlib.import_module("procrastinate")
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    @app.task(name="pay", queue="payments")
    async def pay(amount: str) -> None:
        return None

    return app, pay


async def _fill_procrastinate(run: Run, database: str, payments: int) -> str:
    url = run.login("owner", database).conninfo
    app, pay = _procrastinate(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for _ in range(payments // BATCH):
            await pay.batch_defer_async(*({"amount": "10.00"} for _ in range(BATCH)))
    with run.connect("owner", database) as owner:
        owner.execute("VACUUM ANALYZE")
    return url


async def _work_procrastinate(url: str) -> None:
    app, _ = _procrastinate(url)
    async with app.open_async():
        await app.run_worker_async(
            queues=["payments"],
            wait=False,
            concurrency=BATCH,
            install_signal_handlers=False,
            listen_notify=False,
        )


async def _connect_asyncpg(url: str) -> Any:
    said = parse(url)
    return await importlib.import_module("asyncpg").connect(
        host=said.get("host"),
        port=said.get("port"),
        user=said.get("user"),
        password=said.get("password"),
        database=said.get("dbname"),
    )


async def _fill_pgqueuer(run: Run, database: str, payments: int) -> str:
    pgqueuer: Any = importlib.import_module("pgqueuer")
    url = run.login("owner", database).conninfo
    connection = await _connect_asyncpg(url)
    queries = pgqueuer.Queries(importlib.import_module("pgqueuer.db").AsyncpgDriver(connection))
    await queries.install()
    for _ in range(payments // BATCH):
        await queries.enqueue(["pay"] * BATCH, [b'{"amount": "10.00"}'] * BATCH, [0] * BATCH)
    await connection.close()
    with run.connect("owner", database) as owner:
        owner.execute("VACUUM ANALYZE")
    return url


async def _work_pgqueuer(url: str) -> None:
    pgqueuer: Any = importlib.import_module("pgqueuer")
    drain = importlib.import_module("pgqueuer.types").QueueExecutionMode.drain
    connection = await _connect_asyncpg(url)
    worker = pgqueuer.PgQueuer(importlib.import_module("pgqueuer.db").AsyncpgDriver(connection))

    @worker.entrypoint("pay")
    async def pay(job: Any) -> None:
        return None

    await worker.qm.run(batch_size=BATCH, mode=drain, dequeue_timeout=timedelta(seconds=1))
    await connection.close()
