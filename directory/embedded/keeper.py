"""PostgreSQL kept running under a service: started again when it was killed, as the kernel does for want of memory."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from directory.embedded.failures import EmbeddedError, unusable
from directory.embedded.locks import lock_file, try_alone
from directory.embedded.server import Postgres
from directory.telemetry import logger

_POLL_SECONDS: Final = 0.5
_STOPPED_SECONDS: Final = 1.0
# Starts in so many seconds; what needs more of them is not mended by the next.
MAX_STARTS: Final = 5
_WINDOW_SECONDS: Final = 300.0
_MAX_PAUSE_SECONDS: Final = 16.0
_log = logger("embedded")


class Keeper:
    """Whoever looks after one PostgreSQL while a service runs on it; `failure` is why that is over."""

    def __init__(self, folder: Path, postgres: Postgres, superuser_url: str, say: Callable[[], None]) -> None:
        """Call `say` once if the service cannot go on."""
        self.failure: EmbeddedError | None = None
        self._folder = folder
        self._postgres = postgres
        self._url = superuser_url
        self._say = say
        self._starts: deque[float] = deque()

    def keep(self, ended: threading.Event) -> None:
        """Look after it until `ended` is set, or it cannot be helped."""
        pause = _POLL_SECONDS
        while not ended.wait(pause) and self.failure is None:
            pause = _POLL_SECONDS
            if self._postgres.is_running():
                continue
            try:
                pause = self._start_again(ended)
            except EmbeddedError as error:
                self._fail(error, ended)
            except OSError as error:
                self._fail(unusable(error), ended)

    def _start_again(self, ended: threading.Event) -> float:
        """Start it unless it was stopped on purpose; return how long to wait with the next look."""
        # Whoever has this lock starts or stops it at the moment: it is theirs.
        with lock_file(self._folder / "start.lock") as lock:
            if not try_alone(lock) or self._postgres.is_running():
                return _POLL_SECONDS
            # Who stops all at once, such as a supervisor, may have told us too, a moment later.
            if self._postgres.was_stopped() and not ended.wait(_STOPPED_SECONDS) and not self._postgres.is_running():
                message = "PostgreSQL was stopped, so the service ends: start it again when you are done"
                raise EmbeddedError(f"{self._postgres.pgdata}: {message}")
            if ended.is_set() or self._postgres.is_running():
                return _POLL_SECONDS
            self._count()
            _log.warning("PostgreSQL in %s is gone: it is started again", self._postgres.pgdata)
            try:
                self._postgres.ensure_running(self._url)
                _log.warning("PostgreSQL runs again")
            except EmbeddedError as error:
                # It may have been killed again while it started.
                if len(self._starts) >= MAX_STARTS:
                    raise
                _log.warning("%s", error)
        # Longer from time to time: what falls at once is not helped by haste.
        return min(_POLL_SECONDS * float(2 ** len(self._starts)), _MAX_PAUSE_SECONDS)

    def _count(self) -> None:
        now = time.monotonic()
        while self._starts and self._starts[0] < now - _WINDOW_SECONDS:
            self._starts.popleft()
        if len(self._starts) >= MAX_STARTS:
            message = (
                f"{self._postgres.pgdata}: PostgreSQL was gone {MAX_STARTS + 1} times within "
                f"{_WINDOW_SECONDS / 60:g} minutes; {self._postgres.log} says more, the system's log if it was killed"
            )
            raise EmbeddedError(message)
        self._starts.append(now)

    def _fail(self, error: EmbeddedError, ended: threading.Event) -> None:
        if not ended.is_set():
            self.failure = error
            self._say()


@contextmanager
def keeping(keeper: Keeper, ended: threading.Event) -> Iterator[None]:
    """Have the keeper look after its PostgreSQL while the block runs, until `ended`; raise what it failed for."""
    thread = threading.Thread(target=keeper.keep, args=[ended], name="postgresql-keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        # A start that it is at has to be over before PostgreSQL is stopped.
        thread.join()
    if keeper.failure is not None:
        raise keeper.failure
