"""One source from its responses into the registry: fetch, rows, guard, import; each of them whole or not at all."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg
from psycopg import Connection

from directory.database.advisory_locks import LockTimeoutError
from directory.database.connections import connect
from directory.imports.errors import ImportFailed, SyntheticMixed, UnreadableFile, UnwritableFile
from directory.imports.options import LOSSES_ALLOWED, Options, Progress
from directory.imports.pipeline import import_files
from directory.imports.report import LossesRefused, Report, RowsRejected, WithdrawalsRefused
from directory.sources.upsert import Source
from directory.sync.connector import Row
from directory.sync.errors import ChangedFormError, FetchError, ShrunkError, SyncError
from directory.sync.fetch.client import Fetcher, Limits
from directory.sync.fetch.pages import PageFolder
from directory.sync.report import SourceReport
from directory.sync.rows import RowFile
from directory.sync.runs import LastRun, Run, SourceFolder
from directory.sync.session import Session
from directory.sync.sources import SourceSettings

ConnectionOpener: TypeAlias = Callable[[], AbstractContextManager[Connection[Any]]]

# A source with less than this share of what it had the last time is stopped.
SHARE_MIN: Final = 0.8
# What ends a source, and no other one.
_FAILURES: Final = (
    *(SyncError, ImportFailed, SyntheticMixed, UnreadableFile, UnwritableFile, OSError, sqlite3.Error, psycopg.Error),
    LockTimeoutError,
)
# What a connector raises where a response has not the form that it reads.
_FORM_ERRORS: Final = (KeyError, IndexError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """How to synchronize: `folder` has the runs of all sources, `limit` is a number of rows of each."""

    folder: Path
    user_agent: str
    since: date | None = None
    limit: int | None = None
    dry_run: bool = False
    accept: bool = False
    progress: Progress
    tell: Callable[[str], None]

    @property
    def is_whole(self) -> bool:
        """Whether everything that a source lists is asked for."""
        return self.since is None and self.limit is None


def sync_source(source: SourceSettings, options: SyncOptions, opens: ConnectionOpener) -> SourceReport:
    """Synchronize one source, and return its report; of a source that fails nothing is written."""
    report, started = SourceReport(source.name), time.monotonic()
    try:
        folder = SourceFolder(options.folder / source.name)
        with folder.locked():
            try:
                _sync(source, options, opens, folder, report)
            finally:
                folder.prune()
    except ShrunkError as error:
        report.outcome, report.message = "refused", str(error)
    except FetchError as error:
        kept = f"{report.rows:,} rows came until then; their responses are kept for a day, and the next run continues"
        report.message = f"{error}; {kept}"
    except _FAILURES as error:
        report.message = str(error).partition("\n")[0]
    report.seconds = time.monotonic() - started
    return report


@contextmanager
def connected(url: str, write_wait: int) -> Iterator[Connection[Any]]:
    """Yield a connection that writes to the registry; it is open for one import, and not while a source is fetched."""
    with connect(url, "directory sync", lock_wait=write_wait) as conn:
        yield conn


def _sync(
    source: SourceSettings, options: SyncOptions, opens: ConnectionOpener, folder: SourceFolder, report: SourceReport
) -> None:
    run = folder.begin(accept=options.accept)
    limits = Limits(
        seconds_between_requests=source.connector.seconds_between_requests,
        first_wait_seconds=source.first_wait_seconds,
        max_response_bytes=source.connector.max_response_bytes,
    )
    cache = options.folder / "http-cache.sqlite"
    with Fetcher(PageFolder(run.responses), cache, limits, options.user_agent, options.tell) as fetcher:
        report.traffic = fetcher.traffic
        session = Session(fetcher, source.connector.url, source.options, options.since)
        expected = folder.last.rows if folder.last is not None else 0
        rows = RowFile(run.folder / f"{source.name}.ndjson", expected, options.progress, f"fetching {source.name}")
        try:
            rows.write(read_rows(source, session, options))
        except ChangedFormError:
            # Its responses are kept for audit, and the next run asks again.
            run.mark("failed")
            raise
        finally:
            report.rows = rows.count
            report.notes += [*session.notes, *rows.notes(), *(f"left out: {gap}" for gap in session.gaps)]
    is_complete = options.is_whole and not session.gaps
    if is_complete:
        _check_size(run, folder.last, report.rows, options)
    today = datetime.now(UTC).date().isoformat()
    is_same = folder.last is not None and folder.last.rows_sha256 == rows.sha256
    retrieved = folder.last.retrieved if folder.last is not None and is_same else today
    _import(source, rows.path, report, options, opens, run, retrieved, is_complete=is_complete)
    if options.dry_run or not options.is_whole:
        return
    run.mark("done")
    if is_complete:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        folder.remember(LastRun(report.rows, rows.sha256, retrieved, now))


def read_rows(source: SourceSettings, session: Session, options: SyncOptions) -> Iterator[Row]:
    """Yield the rows of a connector; raise ChangedFormError where it does not understand a response."""
    if options.since is not None and not source.connector.takes_since:
        session.note("it cannot be asked for changes alone: everything was fetched")
    rows = iter(source.connector.read(session))
    try:
        yield from islice(rows, options.limit)
    except _FORM_ERRORS as error:
        where = type(error).__name__ + (f" {error}" if str(error) else "")
        raise ChangedFormError(f"a response has another form than this connector knows ({where})") from error


def _check_size(run: Run, last: LastRun | None, rows: int, options: SyncOptions) -> None:
    """Raise ShrunkError for a list without rows, or with much fewer than the last one, unless that is accepted."""
    if options.accept or (rows and (last is None or rows >= last.rows * SHARE_MIN)):
        return
    run.mark("refused")
    before = f"{last.rows:,} on {last.finished_at[:10]}" if last is not None else "none before"
    raise ShrunkError(
        f"it lists {rows:,} rows ({before}), less than {SHARE_MIN:.0%}: nothing was imported. Look whether the list is "
        "whole; --accept takes it as it is"
    )


def _import(  # noqa: PLR0913 - what an import of a run is about
    source: SourceSettings,
    rows: Path,
    report: SourceReport,
    options: SyncOptions,
    opens: ConnectionOpener,
    run: Run,
    retrieved: str,
    *,
    is_complete: bool,
) -> None:
    connector = source.connector
    described = Source(
        id=source.name,
        title=connector.title,
        publisher=connector.publisher,
        licence=connector.licence,
        origin=connector.url,
        retrieved=retrieved,
        note=connector.note,
    )

    def import_rows(conn: Connection[Any], *, complete: bool) -> Report:
        import_options = Options(
            actor="directory sync",
            reason=f"sync of {source.name}" + (", the whole list" if complete else ", a part of its list"),
            default_source=source.name,
            form="ndjson",
            # Of a whole list missing values are values that the source no longer states.
            replace=complete,
            complete=complete,
            skip_invalid=not complete,
            allow_withdrawals=100.0 if options.accept else 100 * (1 - SHARE_MIN),
            allow_losses=100.0 if options.accept else LOSSES_ALLOWED,
            dry_run=options.dry_run,
            rejected=None if options.dry_run else run.folder / "rejected.ndjson",
            sources=[described],
            progress=options.progress,
        )
        return import_files(conn, [rows], import_options)

    with opens() as conn:
        try:
            report.imported = import_rows(conn, complete=is_complete)
        except RowsRejected as error:
            # What a rejected row lists is unknown, and must not be withdrawn: the valid rows are imported, and nothing
            # is withdrawn until the others can be read.
            report.notes.append(f"{error.report.rejected:,} rows are not understood, so nothing is withdrawn this time")
            report.imported = import_rows(conn, complete=False)
        except (WithdrawalsRefused, LossesRefused) as error:
            report.imported = error.report
            run.mark("refused")
            raise ShrunkError(f"{str(error).partition('Look whether')[0]}--accept takes it as it is") from error
    report.outcome = "dry run" if options.dry_run else "imported"
