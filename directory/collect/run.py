"""One source's counts into the series: fetch, keep what is observed, record; accounts themselves are not changed."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import psycopg
from psycopg import Connection

from directory.database.advisory_locks import LockTimeoutError
from directory.followers.reading import read_blocks
from directory.followers.recording import RecordOptions, RecordReport, record_observations
from directory.sources.upsert import Source
from directory.sync.connector import Row
from directory.sync.errors import FetchError, SyncError
from directory.sync.fetch.client import Fetcher, Limits, Traffic
from directory.sync.fetch.pages import PageFolder
from directory.sync.run import ConnectionOpener, SyncOptions, read_rows
from directory.sync.runs import Run, SourceFolder
from directory.sync.session import Session
from directory.sync.sources import SourceSettings

# What names the account, and what is seen of it, in a row of a connector and as `directory observe` has it.
_NAMES: Final = ("platform", "handle", "platform_user_id", "url")
_SEEN: Final = ("followers", "following", "posts", "last_post_at", "verified")
_FAILURES: Final = (SyncError, OSError, sqlite3.Error, psycopg.Error, LockTimeoutError)
_UNKNOWN: Final = "the registry has no such account"


@dataclass(slots=True)
class CollectReport:
    """What happened to one source; `rows` are those with anything that was seen."""

    name: str
    message: str = ""
    rows: int = 0
    seconds: float = 0.0
    traffic: Traffic = field(default_factory=Traffic)
    notes: list[str] = field(default_factory=list)
    recorded: RecordReport | None = None

    def lines(self) -> Iterator[str]:
        """Yield the report line by line."""
        traffic = self.traffic
        yield (
            f"{self.name}: {self.rows:,} counts; {traffic.requests:,} requests, {traffic.bytes / 1e6:,.2f} MB, "
            f"{self.seconds:.1f} s"
        )
        yield from (f"  {note}" for note in self.notes)
        if (recorded := self.recorded) is not None:
            unknown = recorded.refusals[_UNKNOWN]
            others = [str(row) for row in recorded.refused if row.message != _UNKNOWN]
            yield (
                f"  {recorded.recorded:,} observations of {sum(batch.accounts for batch in recorded.batches):,} "
                f"accounts recorded, "
                f"{recorded.unchanged:,} known, {recorded.refused_rows:,} left out"
                + (f" ({unknown:,} of accounts that the registry does not have)" if unknown else "")
            )
            yield from (f"  {line}" for line in others[:5])
        if self.message:
            yield f"  stopped: {self.message}"


def collect_source(source: SourceSettings, options: SyncOptions, opens: ConnectionOpener) -> CollectReport:
    """Record the counts of one source, and return its report; what came before a failure is recorded."""
    report, started = CollectReport(source.name), time.monotonic()
    try:
        folder = SourceFolder(options.folder / f"collect-{source.name}")
        with folder.locked():
            try:
                _collect(source, options, opens, folder, report)
            finally:
                folder.prune()
    except _FAILURES as error:
        report.message = str(error).partition("\n")[0]
    report.seconds = time.monotonic() - started
    return report


def name_accounts(source: SourceSettings, conn: Connection[Any]) -> SourceSettings:
    """Return the settings of a source that is asked by account with the accounts that the registry has."""
    wanted = source.connector.asks_for
    if wanted is None or wanted.option in source.options:
        return source
    rows = conn.execute(
        """
        SELECT coalesce(platform_user_id, handle), coalesce(region_code, '')
          FROM accounts WHERE platform = %s AND status <> 'closed' AND coalesce(platform_user_id, handle) IS NOT NULL
        """,
        (wanted.platform,),
    ).fetchall()
    return replace(source, options={**source.options, wanted.option: dict(rows)})


def _collect(
    source: SourceSettings, options: SyncOptions, opens: ConnectionOpener, folder: SourceFolder, report: CollectReport
) -> None:
    with opens() as conn:
        source = name_accounts(source, conn)
    run = folder.begin(accept=False)
    limits = Limits(
        seconds_between_requests=source.connector.seconds_between_requests,
        first_wait_seconds=source.first_wait_seconds,
        max_response_bytes=source.connector.max_response_bytes,
    )
    cache = options.folder / "http-cache.sqlite"
    with Fetcher(PageFolder(run.responses), cache, limits, options.user_agent, options.tell) as fetcher:
        report.traffic = fetcher.traffic
        session = Session(fetcher, source.connector.url, source.options)
        try:
            report.rows = _write(run, _observations(read_rows(source, session, options), session), options.progress)
        except FetchError as error:
            report.message = str(error)
        finally:
            report.notes += [*session.notes, *(f"left out: {gap}" for gap in session.gaps)]
    _record(source, run, options, opens, report)
    if not options.dry_run and not report.message:
        run.mark("done")


def _observations(rows: Iterable[Row], session: Session) -> Iterator[Row]:
    """Yield what is seen of accounts, as `directory observe` reads it."""
    for row in rows:
        seen = {column: row[column] for column in _SEEN if row.get(column) is not None}
        if seen:
            names = {column: row[column] for column in _NAMES if row.get(column)}
            yield {**names, **seen, "observed_at": row.get("followers_at") or session.fetched_at}


def _write(run: Run, rows: Iterable[Row], progress: Any) -> int:  # noqa: ANN401 - see SyncOptions
    count = 0
    with (run.folder / "observations.ndjson").open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
            count += 1
            progress("fetching", count, count + 1)
    progress("fetching", 1, 1)
    return count


def _record(
    source: SourceSettings, run: Run, options: SyncOptions, opens: ConnectionOpener, report: CollectReport
) -> None:
    connector = source.connector
    described = Source(
        id=source.name,
        title=connector.title,
        publisher=connector.publisher,
        licence=connector.licence,
        origin=connector.url,
        note=connector.note,
    )
    record_options = RecordOptions(
        source=source.name,
        described=described,
        skip_invalid=True,
        dry_run=options.dry_run,
        actor="directory collect",
        reason=f"counts of {source.name}",
    )
    with opens() as conn, (run.folder / "observations.ndjson").open("rb") as stream:
        report.recorded = record_observations(conn, read_blocks(stream, "ndjson"), record_options)
