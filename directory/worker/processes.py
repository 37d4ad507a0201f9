"""granian as this service runs it: its settings, and how its processes are started and ended."""

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
from directory.worker.connection_limits import places_of_worker

# Connections that the system takes before a worker does.
_BACKLOG: Final = 2048
# Workers end by themselves sooner than this.
_KILL_SECONDS: Final = 5.0
_log = logger("workers")


class Workers(MPServer):
    """The processes that answer, and the one that looks after them."""

    def __init__(self, config: Config, end: Callable[[], None]) -> None:
        """Serve as `config` says; `end` is called by the first signal that ends it, before the workers end."""
        super().__init__(
            "directory",
            address=config.host,
            port=config.port,
            interface=Interfaces.RSGI,
            # Over clear text nothing but HTTP/1.1 was asked for; and granian gives a connection that may become
            # HTTP/2 all the time in the world for its first byte.
            http=HTTPModes.http1,
            # From a connection's beginning, and from the end of each answer.
            http1_settings=HTTP1Settings(header_read_timeout=config.idle_seconds * 1000),
            workers=config.workers,
            websockets=False,
            backlog=_BACKLOG,
            # What granian calls so is the number of connections that it accepts in a worker. Those beyond it wait
            # unseen, in the system's backlog.
            backpressure=places_of_worker(config.connections, config.workers),
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
            respawn_failed_workers=True,
        )
        self._end = end

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as granian has it
        """End the service; workers that got the same signal and end by themselves are not missed."""
        for worker in self.wrks:
            worker.interrupt_by_parent = True
        self._end()
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _stop_workers(self) -> None:
        """End all workers; one that does not end by itself is killed, and that is said.

        granian's own way asks for a process's end in two threads, one of which is told nothing and takes a worker that
        has ended for one that refuses to.
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
            _log.error("worker %d did not end within %g seconds, and is killed", worker.idx + 1, _KILL_SECONDS)
            worker.inner.kill()
        for worker in self.wrks:
            worker.inner.join()
        self.wrks.clear()

    def _spawn_workers(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as granian has it
        with _without_interrupts():
            super()._spawn_workers(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _respawn_workers(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as granian has it
        with _without_interrupts():
            super()._respawn_workers(*args, **kwargs)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C, which a terminal sends to all processes of a command, from those that are started in the block.

    For us it waits; they ignore it from the beginning on, see `make_front`, and what came before is dropped there.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
