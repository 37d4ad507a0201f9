"""The folder of a source: its runs with their responses and rows, what the last whole run had, and which runs are kept.

A run is resumed until its rows are in the registry, for a day: responses of different days make no list.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, TypeAlias

from directory.sync.errors import SyncError

RESUMED_HOURS: Final = 24
# Finished runs are kept for audit: those of so many days, and so many however old they are.
KEPT_DAYS: Final = 30
KEPT_RUNS: Final = 2
_NAME: Final = "%Y%m%dT%H%M%S.%fZ"

# `refused`: the guard stopped its rows, and only `--accept` takes them. `failed`: it is not resumed.
RunState: TypeAlias = Literal["fetching", "refused", "failed", "done"]


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the last whole run had; `retrieved` is the day on which its rows were first seen."""

    rows: int
    rows_sha256: str
    retrieved: str
    finished_at: str


class Run:
    """One run: a folder with responses, rows and state."""

    def __init__(self, folder: Path) -> None:
        """Open a run, which is created if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.responses = folder / "responses"

    @property
    def started_at(self) -> datetime:
        """Return when the run began, in UTC."""
        return datetime.strptime(self.folder.name, _NAME).replace(tzinfo=UTC)

    @property
    def state(self) -> RunState:
        """Return the state of the run."""
        try:
            state: RunState = json.loads((self.folder / "state.json").read_text("utf-8"))["state"]
        except (OSError, ValueError, KeyError):
            return "fetching"
        return state

    def mark(self, state: RunState) -> None:
        """Write the state of the run."""
        write_atomically(self.folder / "state.json", json.dumps({"state": state}))


class SourceFolder:
    """The folder of one source."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the source's lock while the block runs; raise SyncError if another process holds it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        # The kernel releases it however the process ends.
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = "another `directory sync` is at this source; wait for its end"
                raise SyncError(message) from error
            yield
        finally:
            os.close(descriptor)

    @property
    def last(self) -> LastRun | None:
        """Return what the last whole run had."""
        try:
            return LastRun(**json.loads((self._folder / "last.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def remember(self, last: LastRun) -> None:
        """Store what the last whole run had."""
        write_atomically(self._folder / "last.json", json.dumps(asdict(last), indent=2))

    def begin(self, *, accept: bool, now: datetime | None = None) -> Run:
        """Return the run to continue, or a new one; with `accept` also one that the guard refused."""
        now = now or datetime.now(UTC)
        runs = self._runs()
        if runs:
            state = runs[-1].state
            is_open = state == "fetching" or (state == "refused" and accept)
            if is_open and now - runs[-1].started_at < timedelta(hours=RESUMED_HOURS):
                return runs[-1]
        return Run(self._folder / "runs" / now.strftime(_NAME))

    def prune(self, now: datetime | None = None) -> None:
        """Remove runs that are neither recent nor among the last ones."""
        oldest = (now or datetime.now(UTC)) - timedelta(days=KEPT_DAYS)
        for run in self._runs()[:-KEPT_RUNS]:
            if run.started_at < oldest:
                shutil.rmtree(run.folder, ignore_errors=True)

    def _runs(self) -> list[Run]:
        folder = self._folder / "runs"
        return [Run(path) for path in sorted(folder.glob("[0-9]*T*Z"))]


def write_atomically(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
