"""Runs jobs in this process: a procrastinate worker for each queue, threads for the tasks, and what frees stalled jobs.

Each queue has places of its own, so that deliveries to slow receivers keep no import waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.worker import Worker

from directory.database.connections import connect
from directory.jobs import queries
from directory.jobs.tasks import APP, CHECKS, Registry, load_tasks, queues
from directory.telemetry import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Imports exclude each other anyway, by the lock of writers.
_PLACES: Final = {"imports": 1}
_HEARTBEAT_SECONDS: Final = 5.0
# Six heartbeats, so that a busy machine does not pass for a killed process.
_STALLED_SECONDS: Final = 30.0
_MAINTENANCE_SECONDS: Final = 10.0
# A worker is told of new jobs (LISTEN); polling finds those whose time has come.
_POLL_SECONDS: Final = 5.0
# How long jobs wait for the lock of one that another process runs, before they are looked at again.
_LOCKED_SECONDS: Final = 0.1
_POOL_SIZE: Final = 4
_log = logger("jobs")


def run_until_signal(
    registry: Registry, signals: Sequence[signal.Signals], *, grace_seconds: float, is_once: bool = False
) -> bool:
    """Run jobs until one of `signals` comes, or with `is_once` until none is due; return what `run_jobs` does."""

    async def run() -> bool:
        stop = asyncio.Event()
        for number in signals:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        return await run_jobs(registry, stop, grace_seconds=grace_seconds, is_once=is_once)

    # Not asyncio.run(), which waits for the threads of interrupted jobs.
    loop = asyncio.new_event_loop()
    is_done = loop.run_until_complete(run())
    if is_done:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    return is_done


async def run_jobs(registry: Registry, stop: asyncio.Event, *, grace_seconds: float, is_once: bool = False) -> bool:
    """Run jobs until `stop` is set, or with `is_once` until none is due; return whether no thread is left running.

    Jobs that then run for longer than `grace_seconds` are put back into the queue, so that they run again at once.
    """
    load_tasks()
    # procrastinate tells each start and end of a job, with its arguments.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    # A process that was started for jobs runs one of each queue at least.
    most = max(registry.config.job_threads, 1)
    places = {queue: min(_PLACES.get(queue, most), most) for queue in queues()}
    loop = asyncio.get_running_loop()
    # Two more, so that the maintenance does not wait for tasks.
    loop.set_default_executor(ThreadPoolExecutor(sum(places.values()) + 2, thread_name_prefix="job"))
    connector = PsycopgConnector(
        conninfo=registry.url,
        kwargs={"application_name": "directory jobs"},
        configure=_configure,
        min_size=1,
        max_size=_POOL_SIZE,
    )
    async with APP.with_connector(connector).open_async() as app:
        while True:
            workers = [_make_worker(app, queue, count, registry, wait=not is_once) for queue, count in places.items()]
            is_done = await _run_workers(registry.url, workers, stop, grace_seconds)
            if not (is_once and is_done) or stop.is_set():
                return is_done
            # procrastinate ends although jobs are due that waited for the lock of one that it ran.
            if not await asyncio.to_thread(
                _in_database, registry.url, lambda conn: queries.has_due_jobs(conn, [*places])
            ):
                return True
            await asyncio.sleep(_LOCKED_SECONDS)


def _make_worker(app: App, queue: str, concurrency: int, registry: Registry, *, wait: bool) -> Worker:
    return Worker(
        app,
        [queue],
        name=queue,
        concurrency=concurrency,
        wait=wait,
        fetch_job_polling_interval=_POLL_SECONDS,
        delete_jobs="successful",
        additional_context=registry.as_context(),
        # asyncio has one handler for a signal, so the last worker would replace those of the others.
        install_signal_handlers=False,
        update_heartbeat_interval=_HEARTBEAT_SECONDS,
        stalled_worker_timeout=_STALLED_SECONDS,
    )


async def _run_workers(url: str, workers: list[Worker], stop: asyncio.Event, grace_seconds: float) -> bool:
    """Run workers until all of them are done or one fails, or until `stop` is set; return whether they are done."""
    await asyncio.to_thread(_in_database, url, _free_stalled_jobs)
    await asyncio.to_thread(_in_database, url, _check)
    # procrastinate leaves these two methods untyped.
    running = [asyncio.create_task(worker.run()) for worker in workers]  # type: ignore[no-untyped-call]
    stopped = asyncio.create_task(stop.wait())
    maintenance = asyncio.create_task(_maintain(url))
    try:
        everything = asyncio.gather(*running)
        waited: list[asyncio.Future[Any]] = [stopped]
        # Without any task there is no worker, which is no reason to end.
        if running:
            waited.append(everything)
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        for worker in workers:
            worker.stop()  # type: ignore[no-untyped-call]
        done, _ = await asyncio.wait([everything], timeout=grace_seconds)
        if done:
            everything.result()
            return True
        ids = [worker.worker_id for worker in workers if worker.worker_id is not None]
        interrupted = await asyncio.to_thread(
            _in_database, url, lambda conn: queries.update_interrupted_jobs(conn, ids)
        )
        _log.warning("%d jobs were interrupted and run again", interrupted)
        return False
    finally:
        for task in (stopped, maintenance):
            task.cancel()


async def _maintain(url: str) -> None:
    """Free stalled jobs, add those that have become due, and delete old ones from time to time."""
    while True:
        await asyncio.sleep(_MAINTENANCE_SECONDS)
        # The workers, too, go on once the database is back.
        with contextlib.suppress(psycopg.Error):
            await asyncio.to_thread(_in_database, url, _free_stalled_jobs)
            await asyncio.to_thread(_in_database, url, _check)
            await asyncio.to_thread(_in_database, url, queries.delete_old_jobs)


def _check(conn: psycopg.Connection[Any]) -> None:
    for check in CHECKS:
        check(conn)


def _free_stalled_jobs(conn: psycopg.Connection[Any]) -> None:
    again, failed = queries.update_stalled_jobs(conn, _STALLED_SECONDS)
    for job in again:
        _log.warning("job %d runs again: the process that ran it has died", job)
    for job in failed:
        _log.error("job %d failed: %d processes that ran it have died", job, queries.ATTEMPTS_MAX)


def _in_database(url: str, work: Callable[[psycopg.Connection[Any]], Any]) -> Any:  # noqa: ANN401 - what `work` returns
    with connect(url, "directory jobs") as conn:
        return work(conn)


async def _configure(conn: psycopg.AsyncConnection[Any]) -> None:
    """Set the search path to procrastinate's schema. PgBouncer refuses `options` in the startup packet."""
    await conn.execute("SET search_path = jobs")
    await conn.commit()
