"""The shutdown of a worker: open requests are answered, connections closed in order, within two seconds at most.

The interpreter is not finalized, as it usually is at exit: granian's threads, which cannot be stopped, would use it
after that, and panic. What has to be cleaned up is cleaned up here. A matter of robustness.
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
from directory.worker.thread_pools import ThreadPool

# Requests that are not answered by then are rejected.
_REJECT_SECONDS: Final = 1.0
# Time to send these rejections; connections that are still open then, such as those of downloads, are cut.
_DISCONNECT_SECONDS: Final = 0.15
# The kernel kills us then, in case that a thread holds the GIL or a lock.
_KILL_SECONDS: Final = 2.0
_log = logger("shutdown")


class Shutdown:
    """The shutdown of this process, which begins once."""

    def __init__(self, pools: Sequence[ThreadPool], clean_up: Callable[[], None]) -> None:
        """Reject what is left in `pools`; call `clean_up` last."""
        self._pools = pools
        self._clean_up = clean_up
        self._lock = threading.Lock()
        # A plain attribute: it is read for each response.
        self.has_begun = False

    def begin(self) -> None:
        """Close each connection after its next response, and exit within seconds; on the main thread."""
        self.has_begun = True
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _KILL_SECONDS)
        threading.Thread(target=self._finish_in_time, name="shutdown", daemon=True).start()

    def _finish_in_time(self) -> None:
        time.sleep(_REJECT_SECONDS)
        for pool in self._pools:
            pool.reject_all(ServiceBusy("The service is being stopped."))
        time.sleep(_DISCONNECT_SECONDS)
        self.finish()

    def finish(self) -> None:
        """Exit the process now."""
        # Never released: a second caller waits here until the process is gone.
        self._lock.acquire()
        try:
            self._clean_up()
        except Exception:  # noqa: BLE001 - the process exits, whatever it is
            _log.exception("the clean-up failed")
        os._exit(0)


def exit_with_parent() -> None:
    """Exit when the process that started this worker is gone, even by `kill -9`."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # At once: a new service may already wait for the port.
        os._exit(1)
