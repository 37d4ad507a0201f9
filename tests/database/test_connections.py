import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from directory.database import revisions
from directory.database.connections import Database, connect


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, statement_timeout_ms=500)
    yield opened
    opened.close()


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def _backend(database: Database) -> int:
    with database.read() as conn:
        return conn.info.backend_pid


def _terminate(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        # Of this test's database alone: other tests run on the same server.
        admin.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = %s AND datname = current_database()""",
            [name],
        )


def _write(url: str, reason: str) -> int:
    with connect(url) as conn, conn.transaction():
        return revisions.begin_revision(conn, actor="test", reason=reason)


def test_a_thread_keeps_its_connection_and_shares_it_with_none(database: Database) -> None:
    with ThreadPoolExecutor(1) as other:
        assert _backend(database) == _backend(database)
        assert other.submit(_backend, database).result() != _backend(database)


def test_connections_of_ended_threads_are_closed(database: Database, database_url: str) -> None:
    for _ in range(5):
        with ThreadPoolExecutor(1) as other:
            other.submit(_backend, database).result()
    # Within one transaction PostgreSQL shows one state of its backends, however often it is asked.
    with psycopg.connect(database_url, autocommit=True) as admin:
        query = """SELECT count(*) FROM pg_stat_activity
                    WHERE application_name = 'directory' AND datname = current_database()"""
        assert _within(5, lambda: (admin.execute(query).fetchone() or [9])[0] <= 1)


def test_reading_cannot_write(database: Database) -> None:
    with database.read() as conn, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        conn.execute("DELETE FROM regions")
    with database.export() as conn, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        conn.execute("DELETE FROM regions")


def test_a_slow_query_is_ended_but_a_download_is_not(database: Database) -> None:
    with database.read() as conn, pytest.raises(psycopg.errors.QueryCanceled):
        conn.execute("SELECT pg_sleep(5)")
    with database.export() as conn:
        conn.execute("SELECT pg_sleep(0.6)")


def test_times_are_in_utc(database: Database) -> None:
    with database.read() as conn:
        assert conn.execute("SHOW timezone").fetchone() == ("UTC",)


def test_a_snapshot_sees_one_state_while_others_write(database: Database, database_url: str) -> None:
    with database.snapshot() as conn:
        before = revisions.select_latest(conn)
        written = _write(database_url, "meanwhile")
        assert revisions.select_latest(conn) == before
    with database.read() as conn:
        after = revisions.select_latest(conn)
    assert after is not None
    assert (after.number, after.actor, after.reason) == (written, "test", "meanwhile")


def test_a_connection_that_the_server_ended_is_replaced(database: Database, database_url: str) -> None:
    before = _backend(database)
    _terminate(database_url, "directory")
    assert _within(5, lambda: _backend(database) != before)
    with database.read() as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_the_revision_follows_each_commit_at_once(database: Database, database_url: str) -> None:
    start = database.revision
    assert _write(database_url, "one") == start + 1
    assert _within(1, lambda: database.revision == start + 1)


def test_the_revision_is_found_again_after_the_listener_was_ended(database: Database, database_url: str) -> None:
    start = database.revision
    time.sleep(0.1)
    _terminate(database_url, "directory listener")
    _write(database_url, "unheard")
    assert _within(5, lambda: database.revision == start + 1)
    time.sleep(0.2)
    _write(database_url, "heard")
    assert _within(1, lambda: database.revision == start + 2)


def test_the_revision_is_found_even_if_no_notification_comes(database: Database, database_url: str) -> None:
    start = database.revision
    with connect(database_url) as conn, conn.transaction():
        conn.execute("INSERT INTO revisions VALUES (%s, now(), 'test', 'silent')", [start + 1])
    assert _within(5, lambda: database.revision == start + 1)


def test_closing_ends_the_watching_thread(database_url: str) -> None:
    database = Database(database_url, statement_timeout_ms=500)
    assert database.revision >= 0
    time.sleep(0.1)
    begun = time.monotonic()
    database.close()
    assert time.monotonic() - begun < 1


def test_settings_in_the_address_are_kept(database_url: str) -> None:
    with connect(f"{database_url}{'&' if '?' in database_url else '?'}application_name=mine") as conn:
        assert conn.execute("SHOW application_name").fetchone() == ("mine",)
