"""Connections to PostgreSQL: one for each reading thread, one for each download, one for a command that writes.

A thread owns its connection, so there is no pool to wait for: a worker has few threads.
"""

import os
import select
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from directory.database.prepared_statements import deallocate_prepared
from directory.database.revision_listener import RevisionListener, shut_down_socket
from directory.database.revisions import State, select_erasure, select_mark

# A server that vanishes without closing its connections is noticed within seconds, not after the kernel's two hours.
_CONNECTION_DEFAULTS: Final = {"connect_timeout": "5", "tcp_user_timeout": "15000", "keepalives_idle": "30"}
# PostgreSQL cuts application_name to 63 bytes: the rest is for our process id.
_MAX_NAME_LENGTH: Final = 40
# A download is one COPY: by then something is wrong.
_EXPORT_TIMEOUT_MS: Final = 1_800_000
# A request that writes may not wait as long as a command does.
_LOCK_WAIT_SECONDS: Final = 5
_MARK_CACHE_SIZE: Final = 4096
_ERASURE_CACHE_SIZE: Final = 16


@lru_cache(maxsize=_MARK_CACHE_SIZE)
# `_latest` is a part of the key of both caches: after a restore a number may have another mark.
def _cached_mark(database: "Database", _latest: State, number: int) -> str | None:
    with database.read() as conn:
        return select_mark(conn, number)


@lru_cache(maxsize=_ERASURE_CACHE_SIZE)
def _cached_erasure(database: "Database", _latest: State) -> State:
    with database.read() as conn:
        return select_erasure(conn)


def connect(url: str, name: str = "directory command", *, lock_wait: int | None = None) -> Connection:
    """Return a read-write connection in autocommit: callers open transactions by `with conn.transaction():`.

    `name` is shown, with our process id, to others who wait for its locks. `lock_wait`: the seconds that it waits for
    the locks of others.
    """
    settings = {} if lock_wait is None else {"directory.lock_wait": str(lock_wait)}
    return _connect(url, f"{name[:_MAX_NAME_LENGTH]}, process {os.getpid()}", settings, lambda _: None)


class Database:
    """The connections of one process to the registry, opened when they are first needed."""

    def __init__(self, url: str, *, statement_timeout_ms: int) -> None:
        self._url = url
        self._statement_timeout_ms = statement_timeout_ms
        self._connections: dict[threading.Thread, Connection] = {}
        # The latest that each thread opened: usually the same, else one for a single use or one that is still opening.
        self._latest_opened: dict[threading.Thread, Connection] = {}
        self._lock = threading.Lock()
        self._listener = RevisionListener(self._connect_listener)

    @property
    def state(self) -> State:
        """The latest committed revision; only the first access queries the database."""
        return self._listener.state

    @property
    def revision(self) -> int:
        """The number of the latest committed revision, 0 before the first."""
        return self._listener.state.number

    def mark_of(self, number: int) -> str | None:
        """Return the mark of a revision, None where there is none; queried once for each state of the registry."""
        latest = self._listener.state
        return latest.mark if number == latest.number else _cached_mark(self, latest, number)

    @property
    def erasure(self) -> State:
        """The latest revision that erased something from earlier ones, number 0 for none; queried once a revision."""
        return _cached_erasure(self, self._listener.state)

    @property
    def is_stale(self) -> bool:
        """Whether PostgreSQL has not reported the revision for STALE_AFTER_SECONDS: a later one may exist."""
        return self._listener.is_stale

    @property
    def restore_count(self) -> int:
        """How often the registry was restored from a backup since the listener started."""
        return self._listener.restore_count

    def check_freshness(self) -> None:
        """Update `is_stale`; to be called a few times a second by a thread of its own."""
        self._listener.check_freshness()

    def interrupt(self, thread: threading.Thread) -> None:
        """Shut down the connections of `thread`: what it waits for there fails with OperationalError."""
        for connections in (self._connections, self._latest_opened):
            if (conn := connections.get(thread)) is not None:
                shut_down_socket(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield this thread's read-only connection in autocommit; replace it before if it is broken.

        While it is in pipeline mode, which allows no other statement, yield a new connection for this block.
        """
        self._listener.require_fresh()
        conn = self._connections.get(threading.current_thread())
        if conn is not None and not conn.closed and conn.pgconn.pipeline_status:
            with self._connect_read_only("directory", self._statement_timeout_ms) as other:
                yield other
            return
        if conn is None or conn.closed or _is_disconnected(conn):
            conn = self._reconnect()
        yield conn

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Yield this thread's connection inside one REPEATABLE READ transaction: all queries see one state."""
        with self.read() as conn:
            try:
                with conn.transaction():
                    yield conn
            except BaseException:
                # After a rollback psycopg may send DEALLOCATE ALL, which drops our prepared statements, too.
                deallocate_prepared(conn)
                raise

    @contextmanager
    def export(self) -> Iterator[Connection]:
        """Yield a new read-only connection with a long statement timeout; close it afterwards."""
        self._listener.require_fresh()
        with self._connect_read_only("directory export", _EXPORT_TIMEOUT_MS) as conn:
            yield conn

    @contextmanager
    def write(self, name: str) -> Iterator[Connection]:
        """Yield a new connection that writes, in autocommit; close it afterwards.

        It waits a few seconds for other writers, and then raises LockTimeoutError.
        """
        settings = {
            "directory.lock_wait": str(_LOCK_WAIT_SECONDS),
            "statement_timeout": str(self._statement_timeout_ms),
        }
        with _connect(self._url, name, settings, self._register) as conn:
            yield conn

    def close(self) -> None:
        """Close all connections; for when no thread is using one."""
        self._listener.close()
        with self._lock:
            for conn in self._connections.values():
                conn.close()
            self._connections.clear()
            self._latest_opened.clear()

    def _reconnect(self) -> Connection:
        conn = self._connect_read_only("directory", self._statement_timeout_ms)
        with self._lock:
            old = self._connections.pop(threading.current_thread(), None)
            gone = [thread for thread in self._connections if not thread.is_alive()]
            for dead in [old, *(self._connections.pop(thread) for thread in gone)]:
                if dead is not None:
                    dead.close()
            for thread in gone:
                self._latest_opened.pop(thread, None)
            self._connections[threading.current_thread()] = conn
        return conn

    def _connect_listener(self, note: Callable[[Connection], None]) -> Connection:
        def register_both(conn: Connection) -> None:
            # The first query runs in the thread of a request, which may have to be interrupted.
            self._register(conn)
            note(conn)

        return self._connect_read_only("directory listener", self._statement_timeout_ms, register_both)

    def _register(self, conn: Connection) -> None:
        self._latest_opened[threading.current_thread()] = conn

    def _connect_read_only(
        self, name: str, timeout_ms: int, note: Callable[[Connection], None] | None = None
    ) -> Connection:
        settings = {
            "default_transaction_read_only": "on",
            # Of the transactions without BEGIN, too, that a pipeline makes of its statements.
            "default_transaction_isolation": "repeatable read",
            "statement_timeout": str(timeout_ms),
        }
        conn = _connect(self._url, name, settings, note or self._register)
        # psycopg applies these only where it sends BEGIN: in `conn.transaction()`, not in autocommit.
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        # The same few statements recur: psycopg prepares one at its second execution, and not at its sixth.
        conn.prepare_threshold = 1
        return conn


def _connect(
    url: str, name: str, settings: Mapping[str, str], note: Callable[[Connection], None]
) -> Connection[TupleRow]:
    """Return a new connection; call `note` with it before the first query, during which it may be interrupted."""
    specified = conninfo_to_dict(url)
    defaults = {**_CONNECTION_DEFAULTS, "application_name": name}
    conn = psycopg.connect(
        make_conninfo(url, **{key: value for key, value in defaults.items() if key not in specified}), autocommit=True
    )
    note(conn)
    try:
        # Not by `options` in the startup packet, which PgBouncer refuses. Texts and times must not depend on the
        # database's own settings; jit takes longer to compile than any of our statements to run.
        fixed = {"timezone": "UTC", "datestyle": "ISO", "client_encoding": "UTF8", "jit": "off"}
        # In one statement: each would be a round trip of the first request, and of each download.
        pairs = {**fixed, **settings}
        conn.execute(
            "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS setting (name, value)",
            (list(pairs), list(pairs.values())),
        )
    except BaseException:
        conn.close()
        raise
    return conn


def _is_disconnected(conn: Connection) -> bool:
    """Whether the server closed an idle connection: only then is there something to read on it."""
    try:
        # poll() and not select(), which fails for descriptors from 1,024 on: a worker may have 8,192 connections.
        poll = select.poll()
        poll.register(conn.fileno(), select.POLLIN | select.POLLERR | select.POLLHUP)
        return bool(poll.poll(0))
    except (psycopg.OperationalError, OSError, ValueError):
        return True
