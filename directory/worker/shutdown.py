"""The end of a worker: what is asked is answered, connections are closed in order, and it does not take long.

Python is not wound up, which is what most programs do at their end: granian's threads, which nobody can stop, would
meet an interpreter that is gone, and panic. All that has to be undone is undone here.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from directory.http.problems import ServiceBusy
from directory.telemetry import logger
from directory.worker.thread_pools import Lane

# What is not answered by then is refused; connections that are still open, such as those of downloads, are cut.
_REFUSE_SECONDS: Final = 1.0
_CUT_SECONDS: Final = 0.15
# The kernel ends us then, should we not be able to.
_LAST_SECONDS: Final = 2.0
_log = logger("ending")


class Ending:
    """The end of this process, which begins once."""

    def __init__(self, lanes: Sequence[Lane], undo: Callable[[], None]) -> None:
        """Refuse what is left in `lanes`; call `undo` as the last thing."""
        self._lanes = lanes
        self._undo = undo
        self._lock = threading.Lock()
        # Read for each answer.
        self.has_begun = False

    def begin(self) -> None:
        """Have answers be the last of their connections, and the process end within seconds; on the main thread."""
        self.has_begun = True
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _LAST_SECONDS)
        threading.Thread(target=self._end_in_time, name="ending", daemon=True).start()

    def _end_in_time(self) -> None:
        time.sleep(_REFUSE_SECONDS)
        for lane in self._lanes:
            lane.give_up(ServiceBusy("The service is being stopped."))
        time.sleep(_CUT_SECONDS)
        self.finish()

    def finish(self) -> None:
        """End the process now."""
        # Whoever comes second waits here for the end.
        self._lock.acquire()
        try:
            self._undo()
        except Exception:  # noqa: BLE001 - whatever it is, the process ends
            _log.exception("not all could be undone")
        os._exit(0)


def end_without_parent() -> None:
    """End this worker when the process that started it is gone, even by `kill -9`."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # At once: nobody is left to end a worker that takes its time.
        os._exit(1)
