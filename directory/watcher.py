"""Know the registry's revision without asking for it at each request."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Final

import psycopg
from psycopg import Connection

from directory.telemetry import logger

# Behind NOTIFY, for what a pooler, a replica or a restart may swallow.
POLL_SECONDS: Final = 2.0
_LONGEST_PAUSE: Final = 5.0
_log = logger("watcher")


class RevisionWatcher:
    """Keep the number of the latest revision by a thread that listens, and polls behind it."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._revision: int | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._conn: Connection | None = None
        self._thread: threading.Thread | None = None

    @property
    def revision(self) -> int:
        """Give the latest known revision; the first call asks the database and starts the thread."""
        if self._revision is None:
            with self._lock:
                if self._revision is None:
                    with self._connect() as conn:
                        revision = _select_revision(conn)
                    self._thread = threading.Thread(target=self._watch, name="revision-watcher", daemon=True)
                    self._thread.start()
                    self._revision = revision
        return self._revision

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        if (conn := self._conn) is not None:
            # The thread waits on this socket: only its end wakes it.
            with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=conn.fileno()) as shared:
                try:
                    shared.shutdown(socket.SHUT_RDWR)
                finally:
                    shared.detach()
        if self._thread is not None:
            self._thread.join(timeout=_LONGEST_PAUSE)

    def _watch(self) -> None:
        pause = 0.1
        while not self._closed.is_set():
            try:
                with self._connect() as conn:
                    self._conn = conn
                    conn.execute("LISTEN directory_revision")
                    while not self._closed.is_set():
                        self._revision = _select_revision(conn)
                        pause = 0.1
                        for _ in conn.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
            except (psycopg.Error, OSError) as error:
                if not self._closed.is_set():
                    _log.warning("lost sight of the registry's revision: %s", error)
            self._conn = None
            self._closed.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _select_revision(conn: Connection) -> int:
    row = conn.execute("SELECT coalesce(max(revision), 0) FROM revisions").fetchone()
    return 0 if row is None else int(row[0])
