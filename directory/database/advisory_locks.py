"""Advisory locks (PostgreSQL): waiting is bounded in time, and reports which session holds the lock."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, LiteralString

import psycopg
from psycopg.rows import class_row

if TYPE_CHECKING:
    import datetime as dt

    from psycopg import Connection

# The same number is in begin_revision() of the schema.
_WRITE_KEY: Final = 7_233_192_046_137_041_780
WAIT_SECONDS: Final = 600
"""How long to wait for a lock unless the connection sets `directory.lock_wait`, in seconds."""

IDLE_SECONDS: Final = 60
"""How long a transaction that holds a lock may be idle before the server ends it."""

# Interval of the message that names the holder.
_SAY_SECONDS: Final = 60.0
# Without logging configuration, Python writes a warning to standard error as it is.
_logger: Final = logging.getLogger(__name__)


class LockTimeoutError(Exception):
    """A lock was not available in time; the message says who holds it, since when, and what to do."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The session that holds a lock: its application name, server process, start of its transaction, and idle time.

    A field that this role may not see is None.
    """

    name: str
    pid: int
    since: dt.datetime | None
    seconds: float | None
    idle_seconds: float | None

    def __str__(self) -> str:
        told = f"“{self.name or 'another program'}” (server process {self.pid})"
        if self.since is not None and self.seconds is not None:
            told += f" since {self.since:%H:%M:%S} UTC, {self.seconds:,.0f} s ago"
        if self.idle_seconds is not None:
            told += f", which has asked nothing for {self.idle_seconds:,.0f} s"
        return told


def lock_writes(conn: Connection[Any]) -> None:
    """Wait for other writers, and exclude them until the end of the transaction, so that what it reads stays true.

    Raises LockTimeoutError. The server ends a transaction that then sends no query for a minute.
    """
    acquire(conn, _WRITE_KEY, "write to the registry")


def acquire(conn: Connection[Any], key: int, what: str) -> None:
    """Take a lock to the end of the open transaction; the transaction ends if it then idles for IDLE_SECONDS.

    `what` completes the message "waiting to …", such as "write to the registry". Raises LockTimeoutError.
    """
    _wait(conn, key, what, "SELECT pg_try_advisory_xact_lock(%s)", "SELECT pg_advisory_xact_lock(%s)")
    conn.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", (f"{IDLE_SECONDS}s",))


def acquire_for_session(conn: Connection[Any], key: int, what: str) -> None:
    """Take a lock until the connection closes. Raises LockTimeoutError."""
    _wait(conn, key, what, "SELECT pg_try_advisory_lock(%s)", "SELECT pg_advisory_lock(%s)")


def keep_alive(conn: Connection[Any]) -> None:
    """Run an empty query, so that the server does not end the transaction as idle."""
    conn.execute("SELECT")


def select_holder(conn: Connection[Any], key: int) -> Holder | None:
    """Return the holder of a lock, None if it is free."""
    with conn.cursor(row_factory=class_row(Holder)) as cursor:
        return cursor.execute(
            """
            -- `now()` is the start of our own transaction, which waits; `clock_timestamp()` goes on.
            SELECT a.application_name AS name, a.pid, a.xact_start AT TIME ZONE 'UTC' AS since,
                   extract(epoch FROM clock_timestamp() - a.xact_start)::float AS seconds,
                   CASE WHEN a.state LIKE 'idle%%'
                        THEN extract(epoch FROM clock_timestamp() - a.state_change)::float END AS idle_seconds
              FROM pg_locks AS l
              JOIN pg_stat_activity AS a USING (pid)
             -- pg_locks shows a key of 64 bits as two halves, in classid and objid, with objsubid 1.
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND (l.classid::bigint << 32 | l.objid::bigint) = %(key)s
             LIMIT 1
            """,
            {"key": key},
        ).fetchone()


def _wait(conn: Connection[Any], key: int, what: str, attempt: LiteralString, wait: LiteralString) -> None:
    if conn.execute(attempt, (key,)).fetchone() == (True,):
        return
    seconds = _seconds_to_wait(conn)
    began = time.monotonic()
    while (left := seconds - (time.monotonic() - began)) > 0:
        holder = select_holder(conn, key)
        if holder is not None:
            _logger.warning("waiting up to %.0f s to %s: that is done by %s", left, what, holder)
        try:
            # A savepoint for each attempt: a timeout would otherwise abort the caller's transaction.
            with conn.transaction():
                milliseconds = max(round(1000 * min(left, _SAY_SECONDS)), 1)
                conn.execute("SELECT set_config('lock_timeout', %s, true)", (str(milliseconds),))
                conn.execute(wait, (key,))
                # A setting made in a savepoint lasts until the end of the transaction.
                conn.execute("SET LOCAL lock_timeout TO DEFAULT")
        except psycopg.errors.LockNotAvailable:
            continue
        if holder is not None:
            _logger.warning("going on after %.0f s", time.monotonic() - began)
        return
    raise LockTimeoutError(_explain(select_holder(conn, key), what, seconds))


def _seconds_to_wait(conn: Connection[Any]) -> float:
    row = conn.execute("SELECT nullif(current_setting('directory.lock_wait', true), '')::float").fetchone()
    return WAIT_SECONDS if row is None or row[0] is None else float(row[0])


def _explain(holder: Holder | None, what: str, seconds: float) -> str:
    who = f"that is done by {holder}" if holder is not None else "others did until now"
    remedy = f", or stop it: SELECT pg_terminate_backend({holder.pid})" if holder is not None else ""
    return (
        f"waited {seconds:,.0f} s to {what}, and nothing was written: {who}. "
        f"Let it end{remedy}. DIRECTORY_WRITE_WAIT says how many seconds are waited"
    )
