"""Jobs of a running service: a process of its own runs them, and is started again if it ends."""

from __future__ import annotations

import logging.config
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from directory.background import lower_priority, run_in_process, running_thread
from directory.config import Config
from directory.telemetry import LOGGING, logger

# A service that has just started is busy warming up.
_FIRST_SECONDS: Final = 3.0
_RESTART_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 1.0
# Less than the service waits for it before it is killed.
_GRACE_SECONDS: Final = 0.2
_log = logger("jobs")


@contextmanager
def running_jobs(config: Config, url: str) -> Iterator[None]:
    """Run the jobs of the registry at `url` while the block does."""
    with running_thread(_run_repeatedly, config, url, name="jobs", stop_seconds=_STOP_SECONDS):
        yield


def _run_repeatedly(config: Config, url: str, ended: threading.Event) -> None:
    # Ctrl-C reaches the whole process group, and a child has no handler for it while it starts.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    wait = _FIRST_SECONDS
    while not ended.wait(wait):
        run_in_process(run_until_terminated, config, url, ended)
        wait = _RESTART_SECONDS


def run_until_terminated(config: Config, url: str) -> None:
    """Run jobs until SIGTERM; the entry point of the process."""
    # The tasks' libraries are imported by this process alone.
    from directory.jobs.runner import run_until_signal  # noqa: PLC0415
    from directory.jobs.tasks import Registry  # noqa: PLC0415

    logging.config.dictConfig(LOGGING)
    lower_priority()
    # A terminal sends Ctrl-C to this process, too; the service ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run_until_signal(Registry(config, url), [signal.SIGTERM], grace_seconds=_GRACE_SECONDS)
    except Exception:  # noqa: BLE001 - it is started again, and the log gets the error
        _log.exception("the process that runs jobs failed")
    sys.stderr.flush()
    # A task that was put back into the queue may run in a thread, for which Python would wait.
    os._exit(0)
