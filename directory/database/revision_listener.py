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
BLIND_SECONDS: Final = 5.0
# A connection that takes longer for its answer is given up for a new one.
_ANSWER_SECONDS: Final = 2.0
_MAX_PAUSE_SECONDS: Final = 1.0
_log = logger("watcher")


class BlindError(psycopg.OperationalError):
    """The registry has not told its revision for seconds."""

    def __init__(self) -> None:
        super().__init__(f"the registry has not told its revision for {BLIND_SECONDS:g} seconds")


def hang_up(conn: Connection) -> None:
    """End a connection under whoever waits on it: only the end of its socket wakes libpq."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=conn.fileno()) as shared:
        try:
            shared.shutdown(socket.SHUT_RDWR)
        finally:
            shared.detach()


class RevisionWatcher:
    """Keep the latest revision by a thread that listens, and polls behind it."""

    def __init__(self, connect: Callable[[Callable[[Connection], None]], Connection]) -> None:
        """Watch by a connection of `connect`, which tells of it as soon as there is one."""
        self._connect = connect
        self._state: State | None = None
        # When the registry last told its revision, and since when it is asked, by the monotonic clock.
        self._told = 0.0
        self._asked: float | None = None
        self.is_blind = False
        # How often the registry was restored meanwhile, and how that is known.
        self.restores = 0
        self._key: int | None = None
        # What the first question was answered, before there is a thread, and when.
        self._refusal, self._refused_at = "", 0.0
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
                    state = self._begin(asked)
        return state

    def _begin(self, asked: float) -> State:
        self.require_sight()
        # Who waited while another asked in vain does not do so too: one after the other they would wait for ever.
        if self._refused_at > asked:
            raise psycopg.OperationalError(self._refusal)
        try:
            with self._connect(lambda _: None) as conn:
                state = select_state(conn)
        except psycopg.OperationalError as error:
            self._refusal, self._refused_at = str(error), time.monotonic()
            raise
        self._tell(state)
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="revision-watcher", daemon=True)
            self._thread.start()
        return state

    def _tell(self, state: State) -> None:
        self._asked = None
        self._told = time.monotonic()
        self._state = state
        if self.is_blind:
            _log.warning("the registry tells its revision again")
            # Said once, however often it is tried to find it again.
        self._is_lost = False
        self.is_blind = False

    def require_sight(self) -> None:
        """Raise BlindError while nobody knows what holds."""
        if self.is_blind:
            raise BlindError

    def look(self) -> None:
        """Notice that the registry does not answer: to be called a few times a second, from another thread."""
        if self._thread is None:
            return
        now = time.monotonic()
        conn, asked = self._conn, self._asked
        # What has come and was not read yet: this process is busy, not the registry.
        if asked is not None and conn is not None and _has_news(conn):
            return
        if asked is not None and now - asked > _ANSWER_SECONDS and conn is not None:
            self._asked = None
            hang_up(conn)
        # Between two questions it is this process that is late, which has to be much before it tells of the registry.
        patience = BLIND_SECONDS if asked is not None or conn is None else 3 * BLIND_SECONDS
        if now - self._told > patience and not self.is_blind:
            _log.warning("the registry has not told its revision for %g seconds: nothing kept is given", BLIND_SECONDS)
            self._lose()

    def _lose(self) -> None:
        self.is_blind = True
        self._state = None

    def _note_key(self, key: int | None) -> None:
        """Notice a restore: it may be of the very revision that was there, and be read from before it is whole."""
        if key is not None and key != self._key:
            self.restores += self._key is not None
            self._key = key

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        if (conn := self._conn) is not None:
            hang_up(conn)
        if self._thread is not None:
            self._thread.join(timeout=_MAX_PAUSE_SECONDS)

    def _watch(self) -> None:
        pause = 0.1
        while not self._closed.is_set():
            try:
                with self._connect(self._note) as conn:
                    conn.execute("LISTEN directory_revision")
                    while not self._closed.is_set():
                        self._asked = time.monotonic()
                        self._note_key(select_key(conn))
                        self._tell(select_state(conn))
                        pause = 0.1
                        for _ in conn.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
            except (psycopg.Error, OSError) as error:
                if isinstance(error, (RestoringError, psycopg.errors.UndefinedTable)):
                    # At once: tables that are empty yet would be told of as the registry.
                    self._lose()
                if not self._closed.is_set() and not self._is_lost:
                    _log.warning("lost sight of the registry's revision: %s", str(error).partition("\n")[0])
                    self._is_lost = True
            self._conn = None
            self._closed.wait(pause)
            pause = min(pause * 2, _MAX_PAUSE_SECONDS)

    def _note(self, conn: Connection) -> None:
        self._conn = conn
        self._asked = time.monotonic()


def _has_news(conn: Connection) -> bool:
    with contextlib.suppress(psycopg.Error, OSError, ValueError):
        poll = select.poll()
        poll.register(conn.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return False
