"""Jobs: they run once, in their order, and again if the process that ran them dies."""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from procrastinate import JobContext
from procrastinate.schema import SchemaManager

from directory.config import Config
from directory.database.migrations import MIGRATIONS
from directory.jobs.queries import ATTEMPTS_MAX, insert_job, select_jobs, update_stalled_jobs
from directory.jobs.runner import run_jobs, run_until_signal
from directory.jobs.tasks import APP, Registry, queues, registry_of, task
from tests.databases import copy_template

SEEN: list[str] = []
RUNS = threading.Event()
RELEASE = threading.Event()


@task("tests.note", queue="tests")
def note(context: JobContext, *, text: str) -> None:
    """Record a text, or fail."""
    assert registry_of(context).url
    if text == "fail":
        message = "as told"
        raise ValueError(message)
    SEEN.append(text)


@task("tests.wait", queue="tests")
def wait(_context: JobContext) -> None:
    """Wait until the test ends."""
    RUNS.set()
    RELEASE.wait(20)


@pytest.fixture(scope="module")
def url(server_url: str, template_of_few_regions: str) -> Iterator[str]:
    with copy_template(server_url, template_of_few_regions) as url:
        yield url


@pytest.fixture
def registry(url: str, tmp_path: Path) -> Iterator[Registry]:
    SEEN.clear()
    RUNS.clear()
    RELEASE.clear()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("TRUNCATE jobs.procrastinate_jobs, jobs.procrastinate_workers CASCADE")
    yield Registry(Config(data_dir=tmp_path, download_cache_dir=tmp_path), url)
    RELEASE.set()


@pytest.fixture
def conn(registry: Registry) -> Iterator[psycopg.Connection]:
    with psycopg.connect(registry.url, autocommit=True) as connection:
        yield connection


def run_once(registry: Registry) -> None:
    assert run_until_signal(registry, [], grace_seconds=5, is_once=True)


def statuses(conn: psycopg.Connection) -> list[tuple[str, int]]:
    return [(job.status, job.attempts) for job in select_jobs(conn, 10)]


def test_the_schema_of_the_migration_is_that_of_the_installed_procrastinate() -> None:
    migration = (MIGRATIONS / "versions" / "0048_jobs.up.sql").read_text("utf-8")
    assert SchemaManager.get_schema().strip() in migration


def test_jobs_run_in_their_order_and_are_deleted(registry: Registry, conn: psycopg.Connection) -> None:
    for text in ("one", "two", "three"):
        insert_job(conn, "tests.note", "tests", {"text": text}, lock="all")
    run_once(registry)
    assert SEEN == ["one", "two", "three"]
    assert statuses(conn) == []


def test_a_job_is_in_the_queue_only_if_its_transaction_commits(registry: Registry, conn: psycopg.Connection) -> None:
    with conn.transaction(force_rollback=True):
        insert_job(conn, "tests.note", "tests", {"text": "never"})
    run_once(registry)
    assert SEEN == []


def test_a_second_job_with_the_same_queueing_lock_is_not_queued(registry: Registry, conn: psycopg.Connection) -> None:
    with conn.transaction():
        first = insert_job(conn, "tests.note", "tests", {"text": "one"}, queueing_lock="one")
        second = insert_job(conn, "tests.note", "tests", {"text": "two"}, queueing_lock="one")
    assert (first is None, second) == (False, None)
    run_once(registry)
    assert SEEN == ["one"]


def test_a_job_that_fails_is_kept_and_stops_no_other(registry: Registry, conn: psycopg.Connection) -> None:
    insert_job(conn, "tests.note", "tests", {"text": "fail"}, lock="all")
    insert_job(conn, "tests.note", "tests", {"text": "two"}, lock="all")
    run_once(registry)
    assert SEEN == ["two"]
    assert statuses(conn) == [("failed", 1)]


def test_a_job_is_not_run_before_its_time(registry: Registry, conn: psycopg.Connection) -> None:
    insert_job(conn, "tests.note", "tests", {"text": "later"}, scheduled_at=datetime.now(UTC) + timedelta(hours=1))
    run_once(registry)
    assert (SEEN, statuses(conn)) == ([], [("todo", 0)])


def kill_runner_of(conn: psycopg.Connection, text: str) -> None:
    """Leave a job as a process does that was killed while it ran it, a minute ago."""
    insert_job(conn, "tests.note", "tests", {"text": text}, lock="all")
    conn.execute("SET search_path = jobs, public")
    worker = conn.execute("SELECT worker_id FROM procrastinate_register_worker_v1()").fetchone()
    assert worker
    conn.execute("SELECT procrastinate_fetch_job_v2(NULL, %s)", worker)
    conn.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")


def test_a_job_of_a_killed_process_runs_again(registry: Registry, conn: psycopg.Connection) -> None:
    kill_runner_of(conn, "one")
    insert_job(conn, "tests.note", "tests", {"text": "two"}, lock="all")
    run_once(registry)
    assert SEEN == ["one", "two"]


def test_a_job_whose_dead_process_was_forgotten_runs_again(registry: Registry, conn: psycopg.Connection) -> None:
    kill_runner_of(conn, "one")
    # What procrastinate does with it after 30 seconds.
    conn.execute("SELECT jobs.procrastinate_prune_stalled_workers_v1(30)")
    assert statuses(conn) == [("doing", 0)]
    run_once(registry)
    assert SEEN == ["one"]


def test_a_job_that_kills_every_process_fails_in_the_end(registry: Registry, conn: psycopg.Connection) -> None:
    del registry
    kill_runner_of(conn, "one")
    for _ in range(ATTEMPTS_MAX - 1):
        assert update_stalled_jobs(conn, 30)[0]
        conn.execute("SELECT jobs.procrastinate_fetch_job_v2(NULL, NULL)")
    assert update_stalled_jobs(conn, 30)[1]
    assert statuses(conn) == [("failed", ATTEMPTS_MAX)]


def test_a_job_of_a_living_process_is_left_alone(registry: Registry, conn: psycopg.Connection) -> None:
    del registry
    kill_runner_of(conn, "one")
    conn.execute("UPDATE jobs.procrastinate_workers SET last_heartbeat = now()")
    assert update_stalled_jobs(conn, 30) == ([], [])


def test_a_job_that_is_still_running_at_the_stop_goes_back_into_the_queue(
    registry: Registry, conn: psycopg.Connection
) -> None:
    insert_job(conn, "tests.wait", "tests", {})

    async def run() -> bool:
        stop = asyncio.Event()
        task = asyncio.create_task(run_jobs(registry, stop, grace_seconds=0.1))
        await asyncio.to_thread(RUNS.wait, 20)
        stop.set()
        return await task

    loop = asyncio.new_event_loop()
    assert not loop.run_until_complete(run())
    assert statuses(conn) == [("todo", 0)]
    # A process would exit now; here its thread has to end.
    RELEASE.set()
    loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
    loop.close()


def test_two_processes_run_a_job_once(registry: Registry, conn: psycopg.Connection) -> None:
    for number in range(20):
        insert_job(conn, "tests.note", "tests", {"text": str(number)})
    threads = [threading.Thread(target=run_once, args=[registry]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(SEEN, key=int) == [str(number) for number in range(20)]


def test_every_queue_has_a_worker_and_none_is_procrastinates_own() -> None:
    assert "tests" in {each.queue for each in APP.tasks.values()}
    assert "builtin" not in queues()


def test_a_signal_ends_the_workers(registry: Registry) -> None:
    timer = threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGUSR1))
    previous = signal.getsignal(signal.SIGUSR1)
    timer.start()
    began = time.monotonic()
    assert run_until_signal(registry, [signal.SIGUSR1], grace_seconds=10)
    signal.signal(signal.SIGUSR1, previous)
    assert time.monotonic() > began
