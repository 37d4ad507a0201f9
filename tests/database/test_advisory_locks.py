"""One writer at a time; waiting reports the holder, and is bounded."""

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from directory import service
from directory.database import advisory_locks, revisions
from directory.database.advisory_locks import LockTimeoutError
from directory.database.connections import connect
from tests.service import ROOT, environ_of_user


def test_who_waits_says_for_whom_and_ends_with_an_error_in_time(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(database_url, "directory import") as holder, connect(database_url, lock_wait=1) as other:
        with holder.transaction():
            advisory_locks.lock_writes(holder)
            with (
                caplog.at_level(logging.WARNING),
                pytest.raises(LockTimeoutError, match=r"waited 1 s to write to the registry, and nothing was written"),
                other.transaction(),
            ):
                advisory_locks.lock_writes(other)
            pid = holder.info.backend_pid
        (message,) = [record.getMessage() for record in caplog.records]
        assert "“directory import, process" in message
        assert f"(server process {pid}) since" in message
        # What was refused is as good as new.
        with other.transaction():
            assert revisions.begin_revision(other, actor="test", reason="after that") > 1


def test_who_waits_goes_on_when_the_other_ends(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with connect(database_url) as holder, connect(database_url) as other:
        with holder.transaction():
            advisory_locks.lock_writes(holder)
            done = threading.Event()

            def write() -> None:
                with other.transaction():
                    advisory_locks.lock_writes(other)
                    assert other.execute("SHOW lock_timeout").fetchone() == ("0",)
                done.set()

            waiter = threading.Thread(target=write)
            with caplog.at_level(logging.WARNING):
                waiter.start()
                until = time.monotonic() + 30
                while not caplog.records and time.monotonic() < until:
                    time.sleep(0.01)
            assert not done.is_set()
        waiter.join(30)
        assert done.is_set()


def test_the_server_ends_a_writer_that_asks_nothing_and_no_other(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisory_locks, "IDLE_SECONDS", 1)
    with connect(database_url, lock_wait=60) as other, connect(database_url) as reader:
        holder = connect(database_url)
        with reader.transaction():
            reader.execute("SELECT")
            holder.execute("BEGIN")
            revisions.begin_revision(holder, actor="test", reason="never committed")
            # Stopped, as by a debugger or a full terminal: another one takes the lock meanwhile.
            with other.transaction():
                advisory_locks.lock_writes(other)
            with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
                holder.execute("SELECT")
            reader.execute("SELECT")
        assert other.execute("SELECT FROM revisions WHERE reason = 'never committed'").fetchall() == []


def test_a_slow_writer_that_says_it_is_alive_is_not_ended(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisory_locks, "IDLE_SECONDS", 2)
    with connect(database_url) as conn, conn.transaction():
        advisory_locks.lock_writes(conn)
        for _ in range(6):
            time.sleep(0.5)
            advisory_locks.keep_alive(conn)


def test_a_lock_of_a_session_is_waited_for_alike(database_url: str) -> None:
    with connect(database_url) as holder, connect(database_url, lock_wait=1) as other:
        advisory_locks.acquire_for_session(holder, 42, "do one thing")
        with pytest.raises(LockTimeoutError, match="to do one thing"):
            advisory_locks.acquire_for_session(other, 42, "do one thing")
        holder.close()
        advisory_locks.acquire_for_session(other, 42, "do one thing")


def test_a_start_waits_for_no_writer_where_nothing_is_to_be_loaded(database_url: str) -> None:
    with connect(database_url) as holder, holder.transaction():
        advisory_locks.lock_writes(holder)
        service.prepare(database_url, 0)


def test_a_start_that_has_something_to_load_waits_for_the_writer(database_url: str) -> None:
    with connect(database_url) as holder:
        with holder.transaction():
            revisions.begin_revision(holder, actor="test", reason="an older program")
            holder.execute("UPDATE department_types SET name = 'Another' WHERE slug = 'police'")
        with holder.transaction():
            advisory_locks.lock_writes(holder)
            with pytest.raises(LockTimeoutError):
                service.prepare(database_url, 0)
        service.prepare(database_url, 0)
        assert holder.execute("SELECT count(*) FROM department_types WHERE name = 'Another'").fetchone() == (0,)


def test_no_time_to_wait_is_an_error_at_once(database_url: str) -> None:
    with connect(database_url) as holder, connect(database_url, lock_wait=0) as other, holder.transaction():
        advisory_locks.lock_writes(holder)
        with pytest.raises(LockTimeoutError, match="waited 0 s"), other.transaction():
            advisory_locks.lock_writes(other)


def test_the_command_says_who_writes_and_which_setting_says_how_long_it_waits(
    database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("platform,handle\nx,exampleton\n", encoding="utf-8")
    environ = {**environ_of_user(), "DATABASE_URL": database_url, "DIRECTORY_DATA_DIR": str(tmp_path)}
    with connect(database_url, "directory sample") as holder, holder.transaction():
        advisory_locks.lock_writes(holder)
        done = subprocess.run(
            [sys.executable, "-m", "directory", "import", str(path)],
            cwd=ROOT,
            env={**environ, "DIRECTORY_WRITE_WAIT": "1"},
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 1
    assert "waiting up to 1 s to write to the registry: that is done by “directory sample, process" in done.stderr
    assert "Error: waited 1 s to write to the registry" in done.stderr
    assert "DIRECTORY_WRITE_WAIT" in done.stderr
    assert "Traceback" not in done.stderr
