"""Snapshots while the service runs: a thread that asks now and then whether one is due, and a process that builds it.

A process of its own takes neither the interpreter nor much of the processor from requests; which of several services
builds is settled by the lock of the build itself.
"""

from __future__ import annotations

import logging.config
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from directory.config import Config
from directory.database.connections import connect
from directory.snapshots import queries
from directory.snapshots.contents.text_formats import NotCanonicalError
from directory.snapshots.publish.build import BuildError
from directory.snapshots.publish.pruning import prune
from directory.snapshots.publish.publication import publish, storage_of
from directory.snapshots.publish.signature import SignatureError
from directory.snapshots.storage.interface import StorageError
from directory.telemetry import LOGGING, logger

# A service that has just started has better things to do.
_FIRST_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 300.0
# After a build that failed.
_RETRY_SECONDS: Final = 1800.0
# What is left of a build is removed by the next one, so it need not end well.
_END_SECONDS: Final = 0.5
_NICENESS: Final = 10
FAILURES: Final = (BuildError, NotCanonicalError, SignatureError, StorageError, OSError, psycopg.Error)
_log = logger("snapshots")


def is_due(latest: int, built: int | None, age: float | None, *, every: float, since_attempt: float | None) -> bool:
    """Tell whether a snapshot is to be built now.

    `latest` is the registry's revision, `built` that of the latest snapshot and `age` its age, `since_attempt` how long
    ago this process tried, all times in seconds. By a clock that went back the age is negative: then our own count
    decides.
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
def scheduled(config: Config, url: str) -> Iterator[threading.Event]:
    """Build snapshots of the registry at `url` as often as the settings say, while the block runs.

    Gives what ends it early: what is being built is given up, while others end too.
    """
    ended = threading.Event()
    if config.snapshot_every == 0:
        yield ended
        return
    keeper = threading.Thread(target=_keep, args=(config, url, ended), name="snapshots", daemon=True)
    keeper.start()
    try:
        yield ended
    finally:
        ended.set()
        keeper.join(2 * _END_SECONDS)


def _keep(config: Config, url: str, ended: threading.Event) -> None:
    # Ctrl-C reaches the whole group; a process that starts has no answer to it yet, and this thread's mask is its own.
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
            _log.warning("cannot tell whether a snapshot is due: %s", error)
            continue
        since = None if attempted is None else time.monotonic() - attempted
        if is_due(latest, built, age, every=every, since_attempt=since):
            attempted = time.monotonic()
            run_apart(build_and_prune, config, url, ended)


def run_apart(work: Callable[[Config, str], None], config: Config, url: str, ended: threading.Event) -> None:
    """Run `work` in a process of its own until it is done, or `ended` is set."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=(config, url), daemon=True)
    process.start()
    while process.is_alive() and not ended.is_set():
        process.join(0.2)
    if process.is_alive():
        process.terminate()
        process.join(_END_SECONDS)
    if process.is_alive():
        process.kill()
    process.join()


def build_and_prune(config: Config, url: str) -> None:
    """Build and prune in a process of its own; say in the log what came of it."""
    logging.config.dictConfig(LOGGING)
    give_way()
    # Ctrl-C reaches the whole group: whoever started us ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    try:
        report = publish(config, url)
        if report.is_new:
            amount = report.bytes / 1e6
            _log.info("snapshot of revision %d: %.1f MB in %.1f s", report.revision, amount, report.seconds)
        for revision in prune(url, storage_of(config)):
            _log.info("snapshot of revision %d is no longer kept", revision)
    except FAILURES as error:
        _log.error("no snapshot: %s", error)


def give_way() -> None:
    """Let all others have the processor before this process."""
    os.nice(_NICENESS)


def _end(number: int, _: object) -> None:
    raise SystemExit(128 + number)
