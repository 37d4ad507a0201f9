"""Turns of threads that share one interpreter: whoever has been waiting for it long is let through.

A thread that comes back from PostgreSQL wants the interpreter, which two others hand to each other: the one that works
on short requests and the one that brings them. CPython makes its holder give way only where nobody else got it
meanwhile, so under full load a request in that thread could wait for seconds. A pause of whoever is at work lets it in.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

PATIENCE_SECONDS: Final = 0.005
PAUSE_SECONDS: Final = 0.001


class Turns:
    """The work of some threads, each at one thing at a time."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS, pause_seconds: float = PAUSE_SECONDS) -> None:
        """Pause for `pause_seconds`, once in `patience_seconds` at most, where another is at one thing that long."""
        self._patience = patience_seconds
        self._pause = pause_seconds
        self._begun: dict[int, float] = {}
        self._paused_at = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work in this thread while the block runs, then pause if another thread may have been kept from its work."""
        me = threading.get_ident()
        self._begun[me] = time.monotonic()
        try:
            yield
        finally:
            del self._begun[me]
            self._give_way()

    def _give_way(self) -> None:
        before = time.monotonic() - self._patience
        # A copy, made in one step: others come and go meanwhile.
        if self._paused_at < before and any(begun < before for begun in list(self._begun.values())):
            time.sleep(self._pause)
            self._paused_at = time.monotonic()
