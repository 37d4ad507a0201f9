"""Scheduled syncs of a running service: a thread that waits until one is due, and a process that does it."""

from __future__ import annotations

import logging.config
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from directory.background import lower_priority, run_in_process, running_thread
from directory.config import Config
from directory.fetching.user_agent import user_agent
from directory.imports.options import ignore_progress
from directory.sync.errors import SettingsError
from directory.sync.run import SyncOptions, connected, sync_source
from directory.sync.runs import write_atomically
from directory.sync.sources import read_sources
from directory.telemetry import LOGGING, logger

# A service that has just started is busy warming up.
_FIRST_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 300.0
_STOP_SECONDS: Final = 1.0
_log = logger("sync")


@contextmanager
def scheduled_syncs(config: Config, url: str) -> Iterator[None]:
    """Synchronize all sources that are on every `sync_every` hours while the block runs."""
    # A sync can be killed at any point: the next one continues.
    with running_thread(_sync_when_due, config, url, name="sync", stop_seconds=_STOP_SECONDS):
        yield


def _sync_when_due(config: Config, url: str, ended: threading.Event) -> None:
    # Ctrl-C reaches the whole process group, and a child has no handler for it while it starts.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    folder = config.data_dir / "sync"
    wait = _FIRST_SECONDS
    while not ended.wait(wait):
        wait = _POLL_SECONDS
        if not is_due(folder, config.sync_every):
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / "scheduled", datetime.now(UTC).isoformat(timespec="seconds"))
        except OSError as error:
            _log.error("sources are not synchronized: %s", error)
            continue
        run_in_process(sync_all, config, url, ended)


def is_due(folder: Path, hours: int, now: datetime | None = None) -> bool:
    """Whether the last scheduled sync began `hours` ago or more; a time in the future counts as none."""
    now = now or datetime.now(UTC)
    try:
        began = datetime.fromisoformat((folder / "scheduled").read_text("utf-8"))
        return began > now or now - began >= timedelta(hours=hours)
    except (OSError, ValueError, TypeError):
        return True


def sync_all(config: Config, url: str) -> None:
    """Synchronize all sources that are on, and log the reports; the entry point of the process."""
    logging.config.dictConfig(LOGGING)
    lower_priority()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    options = SyncOptions(
        folder=config.data_dir / "sync",
        user_agent=user_agent(config),
        progress=ignore_progress,
        tell=lambda line: _log.warning("%s", line),
    )
    try:
        sources = [source for source in read_sources(config.sync_config).values() if source.off is None]
    except SettingsError as error:
        _log.error("no source is synchronized: %s", error)
        return
    for source in sources:
        if source.connector.needs_contact and config.contact is None:
            _log.warning("%s is not synchronized: it asks clients to name a contact (DIRECTORY_CONTACT)", source.name)
            continue
        report = sync_source(source, options, partial(connected, url, config.write_wait))
        _log.log(logging.INFO if report.is_done else logging.ERROR, "%s", "; ".join(report.lines()))
