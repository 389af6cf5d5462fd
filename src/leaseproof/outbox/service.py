"""One worker process put together: relayer, lease repair, notifications, signals, and how it stops."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from random import Random
from typing import Any, TypeVar

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

_Answer = TypeVar("_Answer")

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
    async with AsyncExitStack() as at_end:  # the last that was pushed is the first to end, whatever the others raise
        at_end.push_async_callback(rail.aclose)
        at_end.callback(signals.flush)
        calls = await at_end.enter_async_context(calls_for(settings))
        await _check(calls, conditions)
        relayer = Relayer(settings=settings, calls=calls, rail=rail, signals=signals, conditions=conditions)
        repairer = Repairer(settings=settings, calls=calls, signals=signals, conditions=conditions)
        _started(settings)
        _on_stop(relayer.stop, repairer.stop)
        background = [_cycles(settings, signals, conditions)]
        if settings.listen_url is not None:
            listening = partial(listen, settings, settings.listen_url, relayer.wake)
            background.append(_supervised("listen", listening, signals))
        at_end.push_async_callback(_end, [asyncio.create_task(each) for each in background])
        at_end.push_async_callback(_finish, repairer, asyncio.create_task(repairer.run()))
        await relayer.run()


async def run_repair(settings: WorkerSettings, *, hooks: tuple[Hook, ...] = ()) -> None:
    """Run lease repair alone until SIGTERM or SIGINT; a pass that is under way is finished and counted."""
    signals = Signals(worker_id=settings.worker_id, hooks=hooks)
    conditions = Conditions(worker_id=settings.worker_id)
    async with AsyncExitStack() as at_end:
        at_end.callback(signals.flush)
        calls = await at_end.enter_async_context(calls_for(settings))
        await _check(calls, conditions)
        repairer = Repairer(settings=settings, calls=calls, signals=signals, conditions=conditions)
        _started(settings)
        _on_stop(repairer.stop)
        at_end.push_async_callback(_end, [asyncio.create_task(_cycles(settings, signals, conditions))])
        await repairer.run()
        logger.info(line("STOPPED", {"worker_id": settings.worker_id}))


async def repair_passes(settings: WorkerSettings, passes: int, *, hooks: tuple[Hook, ...] = ()) -> RepairPass:
    """Run so many lease repair passes and return what they did together.

    Raises:
        DatabaseError: the database did not answer, or refused.
    """
    signals = Signals(worker_id=settings.worker_id, hooks=hooks)
    async with calls_for(settings) as calls:
        try:
            one_pass = partial(look_and_repair, calls, signals, settings.repair_batch_size)
            done = [await _answer_or_reason(calls, one_pass) for _ in range(passes)]
        finally:
            signals.flush()
    return RepairPass(requeued=sum(each.requeued for each in done), failed=sum(each.failed for each in done))


async def read_status(settings: WorkerSettings) -> dict[str, Any]:
    """Return the one row of the status view."""
    async with calls_for(settings) as calls:
        return await _answer_or_reason(calls, calls.status)


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


async def _supervised(where: str, begin: Callable[[], Awaitable[None]], signals: Signals) -> None:
    """Run what has no end, until cancelled; what it raises is told to a person, and it begins again."""
    failures = 0
    random = Random()
    while True:
        try:
            await begin()
        except Exception as error:
            failures += 1
            signals.unexpected(where, type(error).__name__, str(error))
            await asyncio.sleep(reconnect_delay_seconds(failures, random=random))


async def _cycles(settings: WorkerSettings, signals: Signals, conditions: Conditions) -> None:
    ending = partial(end_cycles, signals, conditions, settings.signal_interval_seconds)
    await _supervised("signals", ending, signals)


async def _answer_or_reason(calls: OutboxCalls, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Return an answer of the database.

    Raises:
        DatabaseError: it refused, or there is none and the server said why, as far as it does.
    """
    try:
        return await ask()
    except DatabaseError as error:
        if verdict_on(error) is Verdict.SAY_AGAIN:
            await calls.reach()
        raise


async def _check(calls: OutboxCalls, conditions: Conditions) -> None:
    """Refuse to start on a database without the model or without the rights; one that is away may come back."""
    try:
        await _answer_or_reason(calls, calls.status)
    except DatabaseError as error:
        if verdict_on(error) is Verdict.SAY_AGAIN:
            conditions.met(error)
            return
        if error.sqlstate[:2] == "28" or error.sqlstate == "3D000":
            wanted = "a login that the server lets in; correct OUTBOX_DATABASE_URL"
        else:
            wanted = "the model's status view; apply sql/ (invoke db.apply) and log in as a member of outbox_executor"
        raise DatabaseError(
            f"got {error.sqlstate} from the outbox database: {error}; expected {wanted}", sqlstate=error.sqlstate
        ) from None


def _started(settings: WorkerSettings) -> None:
    logger.info(line("STARTED", {"worker_id": settings.worker_id, "lease_seconds": settings.lease_seconds}))


def _on_stop(*stops: Callable[[], None]) -> None:
    def stop() -> None:
        for each in stops:
            each()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


async def _finish(repairer: Repairer, repairing: asyncio.Task[None]) -> None:
    repairer.stop()
    await repairing


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
