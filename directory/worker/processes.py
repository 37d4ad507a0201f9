"""granian as this service runs it: its settings, and how its worker processes are started and stopped."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from directory.config import Config
from directory.telemetry import LOGGING, logger
from directory.worker.connection_limits import connections_per_worker

# Connections that the kernel completes before a worker accepts them.
_BACKLOG: Final = 2048
# A worker exits by itself within two seconds (shutdown.py).
_KILL_SECONDS: Final = 5.0
_log = logger("workers")


class WorkerProcesses(MPServer):
    """The worker processes, and in the parent process what supervises them."""

    def __init__(self, config: Config, on_shutdown: Callable[[], None]) -> None:
        """Serve by the settings of `config`; call `on_shutdown` at the first signal, before the workers stop."""
        super().__init__(
            "directory",
            address=config.host,
            port=config.port,
            interface=Interfaces.RSGI,
            # Without TLS, clients speak HTTP/1.1; and where HTTP/2 is possible, granian waits without a limit for the
            # first byte of a connection.
            http=HTTPModes.http1,
            # Counted from the start of a connection, and from the end of each response.
            http1_settings=HTTP1Settings(header_read_timeout=config.idle_seconds * 1000),
            workers=config.workers,
            websockets=False,
            backlog=_BACKLOG,
            # granian's word for the connections that a worker accepts; more wait in the kernel's backlog.
            backpressure=connections_per_worker(config.connections, config.workers),
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
            respawn_failed_workers=True,
        )
        self._on_shutdown = on_shutdown

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - granian's signature
        """Stop the service; do not restart workers that got the same signal and exit by themselves."""
        for worker in self.wrks:
            worker.interrupt_by_parent = True
        self._on_shutdown()
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _stop_workers(self) -> None:
        """Stop all workers; kill, and log, one that does not exit by itself.

        granian's own method waits for a process in two threads, one of which does not get the exit code and takes a
        worker that has exited for one that refuses to.
        """
        for worker in self.wrks:
            worker.interrupt_by_parent = True
            worker.inner.terminate()
        end = time.monotonic() + _KILL_SECONDS
        left = {worker.inner.sentinel: worker for worker in self.wrks}
        while left and (seconds := end - time.monotonic()) > 0:
            for sentinel in connection.wait([*left], seconds):
                del left[sentinel]
        for worker in left.values():
            _log.error("worker %d did not exit within %g seconds and is killed", worker.idx + 1, _KILL_SECONDS)
            worker.inner.kill()
        for worker in self.wrks:
            worker.inner.join()
        self.wrks.clear()

    def _spawn_workers(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - granian's signature
        with _sigint_blocked():
            super()._spawn_workers(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _respawn_workers(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - granian's signature
        with _sigint_blocked():
            super()._respawn_workers(*args, **kwargs)


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT for processes that are started in the block: a terminal sends Ctrl-C to all of them.

    In this process it is delivered after the block. A worker ignores it, and drops one that is pending, in
    `create_rsgi_application`.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
