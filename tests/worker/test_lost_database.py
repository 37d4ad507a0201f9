"""A database that is there and does not answer, as one whose machine was paused: its processes are stopped."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from directory.database import revisions
from directory.database.connections import Database, connect
from directory.database.revision_listener import STALE_AFTER_SECONDS, StaleRevisionError
from tests.service import Service, free_port
from tests.worker.server import get

OPEN = "Ctrl-C stops it."


@contextlib.contextmanager
def _stopped(processes: list[psutil.Process]) -> Iterator[None]:
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def _backends(url: str, name: str) -> list[psutil.Process]:
    """Return the backends of the connections of a name."""
    with psycopg.connect(url, autocommit=True) as admin:
        rows = admin.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()", [name]
        ).fetchall()
    return [psutil.Process(pid) for (pid,) in rows]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Yield a database that is monitored as a worker does."""
    opened = Database(database_url, statement_timeout_ms=500)
    ended = threading.Event()

    def monitor() -> None:
        while not ended.wait(0.1):
            opened.check_freshness()

    thread = threading.Thread(target=monitor)
    thread.start()
    yield opened
    ended.set()
    thread.join()
    opened.close()


def test_a_listener_whose_connection_hangs_opens_another_and_sees_what_is_new(
    database: Database, database_url: str
) -> None:
    start = database.revision
    assert _within(5, lambda: bool(_backends(database_url, "directory listener")))
    with _stopped(_backends(database_url, "directory listener")):
        with connect(database_url) as conn, conn.transaction():
            revisions.begin_revision(conn, actor="test", reason="unseen")
        assert _within(STALE_AFTER_SECONDS + 5, lambda: database.revision == start + 1)
        assert not database.is_stale


def test_a_thread_that_waits_for_a_dead_connection_is_freed(database: Database, database_url: str) -> None:
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            with database.read() as conn:
                conn.execute("SELECT 1")
                asked.set()
                goes_on.wait(10)
                conn.execute("SELECT 1")
        except psycopg.OperationalError as error:
            failed.append(error)

    asked, goes_on = threading.Event(), threading.Event()
    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(10)
    with _stopped(_backends(database_url, "directory")):
        goes_on.set()
        time.sleep(0.3)
        assert not failed
        database.interrupt(thread)
        thread.join(10)
        assert failed


def test_a_thread_that_waits_for_the_first_revision_is_freed(database_url: str) -> None:
    first = Database(database_url, statement_timeout_ms=60_000)
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            assert first.revision >= 0
        except psycopg.OperationalError as error:
            failed.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    waits = "SELECT FROM pg_stat_activity WHERE application_name = 'directory listener' AND wait_event_type = 'Lock'"
    with connect(database_url) as seeing, connect(database_url) as conn, conn.transaction():
        conn.execute("LOCK TABLE revisions IN ACCESS EXCLUSIVE MODE")
        thread.start()
        assert _within(10, lambda: seeing.execute(waits).fetchone() is not None)
        first.interrupt(thread)
        thread.join(10)
        assert failed
    first.close()


def test_threads_that_wait_for_a_failing_first_query_do_not_repeat_it() -> None:
    tried: list[socket.socket] = []
    failed: list[BaseException] = []
    # It takes connections and says nothing, as a server that was paused.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none?connect_timeout=2"
        first = Database(url, statement_timeout_ms=500)

        def ask() -> None:
            try:
                assert first.revision
            except psycopg.OperationalError as error:
                failed.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        silent.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            while True:
                tried.append(silent.accept()[0])
    for connection in tried:
        connection.close()
    assert len(failed) == 4
    assert len(tried) == 1


def test_a_hanging_database_is_answered_503_in_time_and_nothing_cached_is_sent(tmp_path: Path) -> None:
    service = Service(free_port(), {"DIRECTORY_DATA_DIR": str(tmp_path), "DIRECTORY_SEED_DATA": "none"})
    try:
        assert service.hear(OPEN)
        server = psutil.Process(int((tmp_path / "postgresql" / "postmaster.pid").read_text().split()[0]))
        path = "/v1/accounts?limit=3"
        tag = get(service.port, path)[0].headers["ETag"]
        assert get(service.port, path)[0].status == 200
        with _stopped([server, *server.children()]):
            # The first is asked before anybody knows, and waits until somebody does.
            for asked in ("/v1/accounts?limit=4", "/healthz", path):
                response, body = get(service.port, asked, headers={"If-None-Match": tag})
                assert response.status == 503, asked
                assert b"/problems/database-unavailable" in body
                assert response.headers["Content-Type"] == "application/problem+json"
                assert int(response.headers["Retry-After"]) > 0
            begun = time.monotonic()
            for number in range(20):
                assert get(service.port, f"/v1/accounts?limit={number + 10}")[0].status == 503
            assert time.monotonic() - begun < STALE_AFTER_SECONDS
        assert _within(20, lambda: get(service.port, path)[0].status == 200)
        assert get(service.port, "/healthz")[0].status == 200
    finally:
        assert service.end() == 0


def test_a_database_that_is_known_not_to_answer_is_not_queried(database: Database, database_url: str) -> None:
    assert database.revision >= 0
    assert _within(5, lambda: bool(_backends(database_url, "directory listener")))
    listener = database._listener  # noqa: SLF001 - the clock that it goes by
    listener._updated_at -= 4 * STALE_AFTER_SECONDS  # noqa: SLF001 - as if it had been so long ago
    listener.check_freshness()
    assert database.is_stale
    for ask in (database.read, database.snapshot, database.export):
        with pytest.raises(StaleRevisionError), ask():
            pass
    with pytest.raises(StaleRevisionError):
        assert database.revision
    assert _within(10, lambda: not database.is_stale)
    assert database.revision >= 0
