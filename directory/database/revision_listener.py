"""The latest revision of the registry, known by LISTEN and NOTIFY and not queried at each request.

Its number alone would not do: after a restore from a backup the same number can come again, with another mark.
"""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

import psycopg
from psycopg import Connection

from directory.database.revisions import RestoringError, State, select_key, select_state
from directory.telemetry import logger

# Polled besides, as poolers and replicas deliver no NOTIFY, and a restart loses it.
POLL_SECONDS: Final = 2.0
# Without an answer for so long, a later revision may exist: cached responses are not sent any more.
STALE_AFTER_SECONDS: Final = 5.0
# A connection that takes longer to answer is replaced.
_RESPONSE_SECONDS: Final = 2.0
_MAX_RETRY_SECONDS: Final = 1.0
_log = logger("revision-listener")


class StaleRevisionError(psycopg.OperationalError):
    """PostgreSQL has not reported the revision for STALE_AFTER_SECONDS."""

    def __init__(self) -> None:
        super().__init__(f"the revision of the registry has not been reported for {STALE_AFTER_SECONDS:g} seconds")


def shut_down_socket(conn: Connection) -> None:
    """Shut down the socket of a connection: nothing else wakes a thread that waits in libpq."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=conn.fileno()) as shared:
        try:
            shared.shutdown(socket.SHUT_RDWR)
        finally:
            # The descriptor is libpq's, and closing it here could later close another one with its number.
            shared.detach()


class RevisionListener:
    """The latest revision, updated by a thread that listens and polls."""

    def __init__(self, connect: Callable[[Callable[[Connection], None]], Connection]) -> None:
        """Listen on a connection of `connect`, which passes it to its argument before the first query."""
        self._connect = connect
        self._state: State | None = None
        # When the revision was last reported, and when the query under way was sent; monotonic clock.
        self._updated_at = 0.0
        self._query_sent_at: float | None = None
        self.is_stale = False
        # A restore changes the key (revisions.select_key).
        self.restore_count = 0
        self._restore_key: int | None = None
        # How the first query failed, and when.
        self._failure, self._failed_at = "", 0.0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._conn: Connection | None = None
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> State:
        """The latest known revision; the first access queries the database and starts the thread."""
        state = self._state
        if state is None:
            requested_at = time.monotonic()
            with self._lock:
                state = self._state
                if state is None:
                    state = self._start(requested_at)
        return state

    def _start(self, requested_at: float) -> State:
        self.require_fresh()
        # Threads that waited for the lock fail with its owner: each in turn would wait for a timeout of its own.
        if self._failed_at > requested_at:
            raise psycopg.OperationalError(self._failure)
        try:
            with self._connect(lambda _: None) as conn:
                # Known before anything is read: a restore may begin before the thread asks for the first time.
                self._detect_restore(select_key(conn))
                state = select_state(conn)
        except psycopg.OperationalError as error:
            self._failure, self._failed_at = str(error), time.monotonic()
            raise
        self._update(state)
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="revision-listener", daemon=True)
            self._thread.start()
        return state

    def _update(self, state: State) -> None:
        self._query_sent_at = None
        self._updated_at = time.monotonic()
        self._state = state
        if self.is_stale:
            _log.warning("the revision of the registry is reported again")
        self._is_failure_logged = False
        self.is_stale = False

    def require_fresh(self) -> None:
        """Raise StaleRevisionError while the revision is stale."""
        if self.is_stale:
            raise StaleRevisionError

    def check_freshness(self) -> None:
        """Replace a connection that does not answer, and update `is_stale`; to be called a few times a second."""
        if self._thread is None:
            return
        now = time.monotonic()
        conn, sent_at = self._conn, self._query_sent_at
        # The answer is here and was not read yet: this process is late, not PostgreSQL.
        if sent_at is not None and conn is not None and _has_unread_data(conn):
            return
        if sent_at is not None and now - sent_at > _RESPONSE_SECONDS and conn is not None:
            self._query_sent_at = None
            shut_down_socket(conn)
        # Between two queries it is this process that is late, as it may be for long on a busy machine.
        max_age = STALE_AFTER_SECONDS if sent_at is not None or conn is None else 3 * STALE_AFTER_SECONDS
        if now - self._updated_at > max_age and not self.is_stale:
            _log.warning("no revision reported for %g seconds: no cached responses are sent", STALE_AFTER_SECONDS)
            self._mark_stale()

    def _mark_stale(self) -> None:
        self.is_stale = True
        self._state = None

    def _detect_restore(self, key: int | None) -> None:
        """Count a restore: it may bring back the same revision, and rows may have been read before it was complete."""
        if key is not None and key != self._restore_key:
            self.restore_count += self._restore_key is not None
            self._restore_key = key

    def close(self) -> None:
        """Stop the thread."""
        self._closed.set()
        if (conn := self._conn) is not None:
            shut_down_socket(conn)
        if self._thread is not None:
            self._thread.join(timeout=_MAX_RETRY_SECONDS)

    def _listen(self) -> None:
        pause = 0.1
        while not self._closed.is_set():
            try:
                with self._connect(self._set_connection) as conn:
                    conn.execute("LISTEN directory_revision")
                    while not self._closed.is_set():
                        self._query_sent_at = time.monotonic()
                        self._detect_restore(select_key(conn))
                        self._update(select_state(conn))
                        pause = 0.1
                        for _ in conn.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
            except (psycopg.Error, OSError) as error:
                if isinstance(error, (RestoringError, psycopg.errors.UndefinedTable)):
                    # At once: in the middle of a restore, tables that are still empty would pass for the registry.
                    self._mark_stale()
                if not self._closed.is_set() and not self._is_failure_logged:
                    _log.warning("lost the connection that reports the revision: %s", str(error).partition("\n")[0])
                    self._is_failure_logged = True
            self._conn = None
            self._closed.wait(pause)
            pause = min(pause * 2, _MAX_RETRY_SECONDS)

    def _set_connection(self, conn: Connection) -> None:
        self._conn = conn
        self._query_sent_at = time.monotonic()


def _has_unread_data(conn: Connection) -> bool:
    with contextlib.suppress(psycopg.Error, OSError, ValueError):
        poll = select.poll()
        poll.register(conn.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return False
