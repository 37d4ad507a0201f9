"""Proofs of a running service: a thread that waits until a check is due, and a process that does it.

Several services may share a registry: each claims the checks that it does.
"""

from __future__ import annotations

import logging.config
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import psycopg

from directory.background import lower_priority, run_in_process, running_thread
from directory.config import Config
from directory.database.connections import connect
from directory.telemetry import LOGGING, logger
from directory.verification.due import has_work

# A service that has just started is busy warming up.
_FIRST_SECONDS: Final = 75.0
_POLL_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 1.0
# Checks of one process: each takes some seconds.
_CHECKS_MAX: Final = 200
_log = logger("proofs")


@contextmanager
def scheduled_proofs(config: Config, url: str) -> Iterator[None]:
    """Check what is requested, and every `proof_every` hours what is due, while the block runs; let proofs expire."""
    # Who is stopped loses the checks of one batch, which are due again an hour later.
    with running_thread(_check_when_due, config, url, name="proofs", stop_seconds=_STOP_SECONDS):
        yield


def _check_when_due(config: Config, url: str, ended: threading.Event) -> None:
    # Ctrl-C reaches the whole process group, and a child has no handler for it while it starts.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    wait, last = _FIRST_SECONDS, -float("inf")
    while not ended.wait(wait):
        wait = _POLL_SECONDS
        is_time = config.proof_every > 0 and time.monotonic() - last >= config.proof_every * 3600
        try:
            with connect(url) as conn:
                is_due = has_work(conn, only_requested=not is_time)
        except psycopg.Error as error:
            _log.warning("cannot see whether a check of proofs is due: %s", error)
            continue
        last = time.monotonic() if is_time else last
        if is_due:
            run_in_process(check_all if is_time else check_requested, config, url, ended)


def check_all(config: Config, url: str) -> None:
    """Do the checks that are due; the entry point of the process."""
    _check(config, url, only_requested=False)


def check_requested(config: Config, url: str) -> None:
    """Do the checks that were requested; the entry point of the process."""
    _check(config, url, only_requested=True)


def _check(config: Config, url: str, *, only_requested: bool) -> None:
    # The HTTP client takes 0.3 s of the processor to import, which the service itself never needs.
    from directory.fetching.user_agent import user_agent  # noqa: PLC0415
    from directory.sync.run import connected  # noqa: PLC0415
    from directory.verification.run import ProofOptions, check_due, expire  # noqa: PLC0415

    logging.config.dictConfig(LOGGING)
    lower_priority()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    options = ProofOptions(user_agent=user_agent(config), opens=partial(connected, url, config.write_wait))
    checked = sum(1 for _ in check_due(options, limit=_CHECKS_MAX, only_requested=only_requested))
    with options.opens() as conn:
        expired = expire(conn)
    _log.info("%d accounts checked, %d proofs expired", checked, len(expired))
