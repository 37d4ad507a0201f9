"""Restart the embedded PostgreSQL under a service when it was killed, for example by the kernel's OOM killer."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from directory.embedded.errors import EmbeddedError, unusable_path_error
from directory.embedded.locks import open_lock_file, try_lock_exclusive
from directory.embedded.postgres import Postgres
from directory.telemetry import logger

_POLL_SECONDS: Final = 0.5
_STOPPED_SECONDS: Final = 1.0
# Restarts within _WINDOW_SECONDS: a server that needs more of them is not repaired by another one.
MAX_STARTS: Final = 5
_WINDOW_SECONDS: Final = 300.0
_MAX_PAUSE_SECONDS: Final = 16.0
_log = logger("embedded")


class Supervisor:
    """Watches one PostgreSQL while a service uses it; `failure` is why it gave up, None while it did not."""

    def __init__(self, folder: Path, postgres: Postgres, superuser_url: str, on_failure: Callable[[], None]) -> None:
        """Call `on_failure` once if the service cannot continue."""
        self.failure: EmbeddedError | None = None
        self._folder = folder
        self._postgres = postgres
        self._url = superuser_url
        self._on_failure = on_failure
        self._starts: deque[float] = deque()

    def run(self, ended: threading.Event) -> None:
        """Watch PostgreSQL until `ended` is set or restarting it fails."""
        pause = _POLL_SECONDS
        while not ended.wait(pause) and self.failure is None:
            pause = _POLL_SECONDS
            if self._postgres.is_running():
                continue
            try:
                pause = self._restart(ended)
            except EmbeddedError as error:
                self._fail(error, ended)
            except OSError as error:
                self._fail(unusable_path_error(error), ended)

    def _restart(self, ended: threading.Event) -> float:
        """Restart it unless it was stopped on purpose; return the seconds to wait before the next check."""
        # The holder of this lock is starting or stopping PostgreSQL: leave it alone.
        with open_lock_file(self._folder / "start.lock") as lock:
            if not try_lock_exclusive(lock) or self._postgres.is_running():
                return _POLL_SECONDS
            # A service manager that stops everything at once signals this process too, perhaps a moment later.
            if self._postgres.was_shut_down() and not ended.wait(_STOPPED_SECONDS) and not self._postgres.is_running():
                message = "PostgreSQL was stopped, so the service ends: start the service again when you are done"
                raise EmbeddedError(f"{self._postgres.pgdata}: {message}")
            if ended.is_set() or self._postgres.is_running():
                return _POLL_SECONDS
            self._record_start()
            _log.warning("PostgreSQL in %s is gone: restarting it", self._postgres.pgdata)
            try:
                self._postgres.ensure_running(self._url)
                _log.warning("PostgreSQL runs again")
            except EmbeddedError as error:
                # It may have been killed again while it started.
                if len(self._starts) >= MAX_STARTS:
                    raise
                _log.warning("%s", error)
        # Exponential backoff: a server that crashes at once is not helped by another immediate start.
        return min(_POLL_SECONDS * float(2 ** len(self._starts)), _MAX_PAUSE_SECONDS)

    def _record_start(self) -> None:
        now = time.monotonic()
        while self._starts and self._starts[0] < now - _WINDOW_SECONDS:
            self._starts.popleft()
        if len(self._starts) >= MAX_STARTS:
            message = (
                f"{self._postgres.pgdata}: PostgreSQL was gone {MAX_STARTS + 1} times within "
                f"{_WINDOW_SECONDS / 60:g} minutes; see {self._postgres.log}, or the system log if it was killed"
            )
            raise EmbeddedError(message)
        self._starts.append(now)

    def _fail(self, error: EmbeddedError, ended: threading.Event) -> None:
        if not ended.is_set():
            self.failure = error
            self._on_failure()


@contextmanager
def supervise(supervisor: Supervisor, ended: threading.Event) -> Iterator[None]:
    """Run the supervisor in a thread while the block runs, until `ended` is set; raise its failure."""
    thread = threading.Thread(target=supervisor.run, args=[ended], name="postgresql-supervisor", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        # A restart in progress has to finish before PostgreSQL is stopped.
        thread.join()
    if supervisor.failure is not None:
        raise supervisor.failure
