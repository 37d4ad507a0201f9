"""The rule by which accounts are dormant, applied from time to time by a running service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import psycopg

from directory.background import running_thread
from directory.config import Config
from directory.database.advisory_locks import LockTimeoutError
from directory.database.connections import connect
from directory.quality.dormancy_rule import ACTOR, apply_rule
from directory.telemetry import logger

# A service that has just started is busy warming up.
_FIRST_SECONDS: Final = 90.0
_RETRY_SECONDS: Final = 1800.0
_STOP_SECONDS: Final = 0.5
_log = logger("dormancy")


@contextmanager
def scheduled_rule(config: Config, url: str) -> Iterator[None]:
    """Apply the rule to the registry at `url` every `dormancy_every` hours while the block runs."""
    # In a thread: all of it is the work of PostgreSQL. A transaction that is open at the end is rolled back.
    with running_thread(_apply_repeatedly, config, url, name="dormancy", stop_seconds=_STOP_SECONDS):
        yield


def _apply_repeatedly(config: Config, url: str, ended: threading.Event) -> None:
    wait = _FIRST_SECONDS
    while not ended.wait(wait):
        wait = config.dormancy_every * 3600.0 if apply_once(config, url) else _RETRY_SECONDS


def apply_once(config: Config, url: str) -> bool:
    """Apply the rule and log what changed; return whether that was possible."""
    try:
        with connect(url, ACTOR, lock_wait=config.write_wait) as conn:
            changes = apply_rule(conn, day=datetime.now(UTC).date(), days=config.dormant_days)
    except (psycopg.Error, LockTimeoutError) as error:
        _log.warning("the status of accounts is not updated: %s", error)
        return False
    for change in changes:
        _log.info("%d accounts changed from %s to %s", change.accounts, change.before, change.after)
    return True
