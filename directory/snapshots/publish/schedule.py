"""Scheduled snapshots of a running service: a thread that checks whether one is due, and a process that builds it.

A build in a thread would take the GIL from requests. If several services share a database, the lock of the build
decides which one builds.
"""

from __future__ import annotations

import logging.config
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from directory.background import lower_priority, run_in_process, running_thread
from directory.config import Config
from directory.database.connections import connect
from directory.snapshots import queries
from directory.snapshots.contents.text_formats import NotNormalizedError
from directory.snapshots.publish.build import BuildError, configured_storage, publish
from directory.snapshots.publish.retention import prune
from directory.snapshots.publish.signature import SignatureError
from directory.snapshots.storage.interface import StorageError
from directory.telemetry import LOGGING, logger

# A service that has just started is busy warming up.
_FIRST_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 300.0
# The pause after a failed build.
_RETRY_SECONDS: Final = 1800.0
# The next build removes leftovers, so a build can be killed after a short grace period.
_STOP_SECONDS: Final = 0.5
BUILD_ERRORS: Final = (BuildError, NotNormalizedError, SignatureError, StorageError, OSError, psycopg.Error)
_log = logger("snapshots")


def is_due(latest: int, built: int | None, age: float | None, *, every: float, since_attempt: float | None) -> bool:
    """Whether a snapshot is due.

    `latest` is the registry's revision, `built` that of the latest snapshot, `age` the age of that snapshot, and
    `since_attempt` the time since this process last tried, in seconds. A negative age means that the clock was set
    back; then `since_attempt` decides.
    """
    if latest in {0, built}:
        return False
    if since_attempt is not None and since_attempt < min(_RETRY_SECONDS, every):
        return False
    if age is None:
        return True
    if age < 0:
        return since_attempt is None or since_attempt >= every
    return age >= every


@contextmanager
def scheduled_builds(config: Config, url: str) -> Iterator[threading.Event]:
    """Build snapshots of the registry at `url` every `snapshot_every` hours while the block runs.

    Yields an event that ends this early: set it to cancel a build while other threads stop as well.
    """
    if config.snapshot_every == 0:
        yield threading.Event()
        return
    with running_thread(_build_when_due, config, url, name="snapshots", stop_seconds=2 * _STOP_SECONDS) as ended:
        yield ended


def _build_when_due(config: Config, url: str, ended: threading.Event) -> None:
    # Ctrl-C reaches the whole process group, and a child has no handler for it while it starts. A child inherits the
    # signal mask of the thread that starts it.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    every = config.snapshot_every * 3600.0
    attempted: float | None = None
    wait = _FIRST_SECONDS
    while not ended.wait(wait):
        wait = _POLL_SECONDS
        try:
            with connect(url) as conn:
                latest, built, age = queries.select_due(conn)
        except psycopg.Error as error:
            _log.warning("cannot check whether a snapshot is due: %s", error)
            continue
        since = None if attempted is None else time.monotonic() - attempted
        if is_due(latest, built, age, every=every, since_attempt=since):
            attempted = time.monotonic()
            run_in_process(build_and_prune, config, url, ended)


def build_and_prune(config: Config, url: str) -> None:
    """Build a snapshot, prune old ones and log the result; the entry point of the build process."""
    logging.config.dictConfig(LOGGING)
    lower_priority()
    # Ctrl-C reaches the whole process group: the parent terminates this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        report = publish(config, url)
        if report.is_new:
            megabytes = report.bytes / 1e6
            _log.info("snapshot of revision %d: %.1f MB in %.1f s", report.revision, megabytes, report.seconds)
        for revision in prune(url, configured_storage(config)):
            _log.info("snapshot of revision %d was pruned", revision)
    except BUILD_ERRORS as error:
        _log.error("snapshot failed: %s", error)


def _exit_on_signal(number: int, _: object) -> None:
    raise SystemExit(128 + number)
