"""Know the registry's revision without asking for it at each request: its number, and its mark, if it was restored."""

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

# Behind NOTIFY, for what a pooler, a replica or a restart may swallow.
POLL_SECONDS: Final = 2.0
# Who has not heard of the revision for so long knows of none: what is kept may be stale, and is not given.
STALE_AFTER_SECONDS: Final = 5.0
# A connection that takes longer for its answer is given up for a new one.
_RESPONSE_SECONDS: Final = 2.0
_MAX_RETRY_SECONDS: Final = 1.0
_log = logger("watcher")


class StaleRevisionError(psycopg.OperationalError):
    """The registry has not told its revision for seconds."""

    def __init__(self) -> None:
        super().__init__(f"the registry has not told its revision for {STALE_AFTER_SECONDS:g} seconds")


def shut_down_socket(conn: Connection) -> None:
    """End a connection under whoever waits on it: only the end of its socket wakes libpq."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=conn.fileno()) as shared:
        try:
            shared.shutdown(socket.SHUT_RDWR)
        finally:
            shared.detach()


class RevisionListener:
    """Keep the latest revision by a thread that listens, and polls behind it."""

    def __init__(self, connect: Callable[[Callable[[Connection], None]], Connection]) -> None:
        """Watch by a connection of `connect`, which tells of it as soon as there is one."""
        self._connect = connect
        self._state: State | None = None
        # When the registry last told its revision, and since when it is asked, by the monotonic clock.
        self._updated_at = 0.0
        self._query_sent_at: float | None = None
        self.is_stale = False
        # How often the registry was restored meanwhile, and how that is known.
        self.restore_count = 0
        self._restore_key: int | None = None
        # What the first question was answered, before there is a thread, and when.
        self._failure, self._failed_at = "", 0.0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._conn: Connection | None = None
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> State:
        """The latest known revision; the first call asks the database and starts the thread."""
        state = self._state
        if state is None:
            asked = time.monotonic()
            with self._lock:
                state = self._state
                if state is None:
                    state = self._start(asked)
        return state

    def _start(self, asked: float) -> State:
        self.require_fresh()
        # Who waited while another asked in vain does not do so too: one after the other they would wait for ever.
        if self._failed_at > asked:
            raise psycopg.OperationalError(self._failure)
        try:
            with self._connect(lambda _: None) as conn:
                state = select_state(conn)
        except psycopg.OperationalError as error:
            self._failure, self._failed_at = str(error), time.monotonic()
            raise
        self._update(state)
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="revision-watcher", daemon=True)
            self._thread.start()
        return state

    def _update(self, state: State) -> None:
        self._query_sent_at = None
        self._updated_at = time.monotonic()
        self._state = state
        if self.is_stale:
            _log.warning("the registry tells its revision again")
            # Said once, however often it is tried to find it again.
        self._is_failure_logged = False
        self.is_stale = False

    def require_fresh(self) -> None:
        """Raise BlindError while nobody knows what holds."""
        if self.is_stale:
            raise StaleRevisionError

    def check_freshness(self) -> None:
        """Notice that the registry does not answer: to be called a few times a second, from another thread."""
        if self._thread is None:
            return
        now = time.monotonic()
        conn, asked = self._conn, self._query_sent_at
        # What has come and was not read yet: this process is busy, not the registry.
        if asked is not None and conn is not None and _has_unread_data(conn):
            return
        if asked is not None and now - asked > _RESPONSE_SECONDS and conn is not None:
            self._query_sent_at = None
            shut_down_socket(conn)
        # Between two questions it is this process that is late, which has to be much before it tells of the registry.
        patience = STALE_AFTER_SECONDS if asked is not None or conn is None else 3 * STALE_AFTER_SECONDS
        if now - self._updated_at > patience and not self.is_stale:
            _log.warning(
                "the registry has not told its revision for %g seconds: nothing kept is given", STALE_AFTER_SECONDS
            )
            self._mark_stale()

    def _mark_stale(self) -> None:
        self.is_stale = True
        self._state = None

    def _detect_restore(self, key: int | None) -> None:
        """Notice a restore: it may be of the very revision that was there, and be read from before it is whole."""
        if key is not None and key != self._restore_key:
            self.restore_count += self._restore_key is not None
            self._restore_key = key

    def close(self) -> None:
        """End the thread."""
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
                    # At once: tables that are empty yet would be told of as the registry.
                    self._mark_stale()
                if not self._closed.is_set() and not self._is_failure_logged:
                    _log.warning("lost sight of the registry's revision: %s", str(error).partition("\n")[0])
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
