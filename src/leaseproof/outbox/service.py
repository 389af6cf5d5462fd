"""One worker process put together: relayer, lease repair, notifications, signals, and how it stops."""

import asyncio
import logging
import signal
from collections.abc import Callable
from random import Random
from typing import Any

from leaseproof.errors import DatabaseError
from leaseproof.outbox.backoff import reconnect_delay_seconds
from leaseproof.outbox.calls import OutboxCalls, notifications
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.rails.protocol import Rail
from leaseproof.outbox.relayer import Relayer
from leaseproof.outbox.repair import Repairer, RepairPass, look_and_repair
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Hook, Signals, line
from leaseproof.outbox.verdict import Verdict, verdict_on

logger = logging.getLogger("leaseproof.outbox")


def calls_for(settings: WorkerSettings) -> OutboxCalls:
    """Return the database calls that the settings ask for, not yet opened."""
    return OutboxCalls(
        database_url=settings.database_url,
        worker_id=settings.worker_id,
        pool_size=settings.pool_size,
        statement_timeout_seconds=settings.statement_timeout_seconds,
    )


async def run_worker(settings: WorkerSettings, rail: Rail, *, hooks: tuple[Hook, ...] = ()) -> None:
    """Relay and repair until SIGTERM or SIGINT.

    Args:
        rail: closed at the end.
        hooks: get the signals' numbers as they happen.
    """
    signals = Signals(worker_id=settings.worker_id, hooks=hooks)
    conditions = Conditions(worker_id=settings.worker_id)
    async with calls_for(settings) as calls:
        await _check(calls, conditions)
        relayer = Relayer(settings=settings, calls=calls, rail=rail, signals=signals, conditions=conditions)
        repairer = Repairer(settings=settings, calls=calls, signals=signals, conditions=conditions)
        _started(settings)
        _on_stop(relayer.stop, repairer.stop)
        repairing = asyncio.create_task(repairer.run())
        background = [asyncio.create_task(end_cycles(signals, conditions, settings.signal_interval_seconds))]
        if settings.listen_url is not None:
            background.append(asyncio.create_task(listen(settings, settings.listen_url, relayer.wake)))
        try:
            await relayer.run()
        finally:
            repairer.stop()
            await repairing
            await _end(background)
            signals.flush()
            await rail.aclose()


async def run_repair(settings: WorkerSettings, *, hooks: tuple[Hook, ...] = ()) -> None:
    """Run lease repair alone until SIGTERM or SIGINT; a pass that is under way is finished and counted."""
    signals = Signals(worker_id=settings.worker_id, hooks=hooks)
    conditions = Conditions(worker_id=settings.worker_id)
    async with calls_for(settings) as calls:
        await _check(calls, conditions)
        repairer = Repairer(settings=settings, calls=calls, signals=signals, conditions=conditions)
        _started(settings)
        _on_stop(repairer.stop)
        background = [asyncio.create_task(end_cycles(signals, conditions, settings.signal_interval_seconds))]
        try:
            await repairer.run()
        finally:
            await _end(background)
            logger.info(line("STOPPED", {"worker_id": settings.worker_id}))
            signals.flush()


async def repair_passes(settings: WorkerSettings, passes: int, *, hooks: tuple[Hook, ...] = ()) -> RepairPass:
    """Run so many lease repair passes and return what they did together.

    Raises:
        DatabaseError: the database did not answer, or refused.
    """
    signals = Signals(worker_id=settings.worker_id, hooks=hooks)
    async with calls_for(settings) as calls:
        try:
            done = [await look_and_repair(calls, signals, settings.repair_batch_size) for _ in range(passes)]
        finally:
            signals.flush()
    return RepairPass(requeued=sum(each.requeued for each in done), failed=sum(each.failed for each in done))


async def read_status(settings: WorkerSettings) -> dict[str, Any]:
    """Return the one row of the status view."""
    async with calls_for(settings) as calls:
        return await calls.status()


async def listen(settings: WorkerSettings, listen_url: str, wake: Callable[[], None]) -> None:
    """Wake the relayer at each notification, until cancelled.

    A notification is only a hint: a connection that breaks is made again, quietly, and polling goes on meanwhile. Each
    new beginning wakes the relayer too, for what was missed.
    """
    failures = 0
    random = Random()
    while True:
        try:
            async for _ in notifications(listen_url, settings.worker_id):
                failures = 0
                wake()
        except DatabaseError:
            failures += 1
            await asyncio.sleep(reconnect_delay_seconds(failures, random=random))


async def end_cycles(signals: Signals, conditions: Conditions, seconds: float) -> None:
    """End a signal cycle every so many seconds, until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        signals.flush()
        conditions.new_cycle()


async def _check(calls: OutboxCalls, conditions: Conditions) -> None:
    """Refuse to start on a database without the model or without the rights; one that is away may come back."""
    try:
        await calls.status()
    except DatabaseError as error:
        if verdict_on(error) is not Verdict.SAY_AGAIN:
            raise DatabaseError(
                f"got {error.sqlstate} from the outbox database: {error}; expected the model's status view; "
                "apply sql/ (invoke db.apply) and log in as a member of outbox_executor",
                sqlstate=error.sqlstate,
            ) from None
        conditions.met(error)


def _started(settings: WorkerSettings) -> None:
    logger.info(line("STARTED", {"worker_id": settings.worker_id, "lease_seconds": settings.lease_seconds}))


def _on_stop(*stops: Callable[[], None]) -> None:
    def stop() -> None:
        for each in stops:
            each()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
