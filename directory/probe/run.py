"""One platform's probe: which accounts are due, ask, judge, store; what was asked for is kept if the run is killed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg
from psycopg import Connection

from directory.database import advisory_locks, revisions
from directory.database.advisory_locks import LockTimeoutError
from directory.followers.queries import Observation, copy_observations, create_staging, merge_observations
from directory.handles.changes import AuditNote, rename
from directory.handles.errors import ChangeRefused
from directory.imports.options import Progress
from directory.probe import bluesky, mastodon, profile_page, youtube
from directory.probe.asking import Asker, NoAnswerError
from directory.probe.guard import find_too_many_gone
from directory.probe.queries import (
    count_new_observations,
    merge_probes,
    select_accounts,
    select_due,
    select_status_changes,
    stage_results,
    update_accounts,
    update_probed_handle,
)
from directory.probe.report import PlatformReport
from directory.probe.results import Account, Result, unanswered
from directory.search.indexing import index_pending
from directory.sources.upsert import Source, select_differing_sources, upsert_sources
from directory.sync.errors import ExhaustedError, SyncError
from directory.sync.fetch.client import FIRST_WAIT_SECONDS, Fetcher, Limits
from directory.sync.fetch.pages import PageFolder
from directory.sync.run import ConnectionOpener
from directory.sync.runs import SourceFolder

Prober: TypeAlias = Callable[[Asker, Iterable[Account]], Iterator[Result]]

_ACTOR: Final = "directory probe"
SOURCE: Final = Source(
    id="probe",
    title="Probes of public profiles",
    publisher="the platforms",
    licence="terms of each platform",
    note="followers, posts and last post, as public endpoints of the platforms show them",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """How to probe. `folder` has the responses, `servers` are URLs to ask in place of hosts.

    Accounts that were asked for in the last `older_than` days are not due; `account_ids` are due in any case. No more
    than `limit` of a platform are asked for, and no new one after `hours`.
    """

    folder: Path
    user_agent: str
    dormant_days: int
    older_than: int = 7
    limit: int = 1000
    hours: float = 1.0
    account_ids: Sequence[str] = ()
    servers: Mapping[str, str] = field(default_factory=dict)
    trusted_hosts: frozenset[str] = frozenset()
    first_wait_seconds: float = FIRST_WAIT_SECONDS
    dry_run: bool = False
    accept: bool = False
    progress: Progress
    tell: Callable[[str], None]


def probe_platform(platform: str, options: ProbeOptions, opens: ConnectionOpener) -> PlatformReport:
    """Probe the accounts of a platform that are due, store what was found, and return the report.

    A run whose time is up has stored what came until then; one that ends in another way continues with its responses.
    """
    report, started = PlatformReport(platform, dry_run=options.dry_run), time.monotonic()
    try:
        folder = SourceFolder(options.folder / platform)
        with folder.locked():
            _probe(platform, options, opens, folder, report)
    except (SyncError, OSError, sqlite3.Error, psycopg.Error, LockTimeoutError) as error:
        report.message = str(error).partition("\n")[0]
    report.seconds = time.monotonic() - started
    return report


def _probe(
    platform: str, options: ProbeOptions, opens: ConnectionOpener, folder: SourceFolder, report: PlatformReport
) -> None:
    with opens() as conn:
        accounts = _select(conn, platform, options)
    report.due = len(accounts)
    if not accounts:
        return
    run = folder.begin(accept=False)
    limits = Limits(
        seconds_between_requests=_PAUSES.get(platform, 2.0),
        first_wait_seconds=options.first_wait_seconds,
        max_response_bytes=1024 * 1024,
        max_run_bytes=1024**3,
        deadline_seconds=options.hours * 3600,
    )
    cache = options.folder / "http-cache.sqlite"
    with Fetcher(
        PageFolder(run.responses), cache, limits, options.user_agent, options.tell, trusted_hosts=options.trusted_hosts
    ) as fetcher:
        report.traffic = fetcher.traffic
        asker = Asker(fetcher, options.servers)
        try:
            for prober, group in _sort_out(platform, accounts):
                for result in prober(asker, group):
                    report.results.append(result)
                    options.progress(f"probing {platform}", len(report.results), len(accounts))
        except ExhaustedError as error:
            report.message = str(error)
        else:
            asked = {result.account.id for result in report.results}
            report.results += [_unaskable(account) for account in accounts if account.id not in asked]
    _check_share(report, options)
    with opens() as conn:
        _store(conn, report, options)
    if not options.dry_run:
        run.mark("done")
        folder.prune()


def _select(conn: Connection[Any], platform: str, options: ProbeOptions) -> list[Account]:
    if options.account_ids:
        return [account for account in select_accounts(conn, options.account_ids) if account.platform == platform]
    before = datetime.now(UTC) - timedelta(days=options.older_than)
    return select_due(conn, platform, before=before, limit=options.limit)


_PAUSES: Final = {"mastodon": 1.0, "bluesky": 0.5, "youtube": 1.0}


def _sort_out(platform: str, accounts: Sequence[Account]) -> list[tuple[Prober, list[Account]]]:
    """Return who is asked in which way."""
    by_url = [account for account in accounts if account.url]
    match platform:
        case "mastodon":
            return [
                (mastodon.probe, [each for each in accounts if "@" in (each.handle or each.platform_user_id or "")])
            ]
        case "bluesky":
            return [(bluesky.probe, list(accounts))]
        case "youtube":
            with_id = [account for account in accounts if account.platform_user_id]
            return [
                (youtube.probe, with_id),
                (profile_page.probe, [account for account in by_url if not account.platform_user_id]),
            ]
        case _:
            return [(profile_page.probe, by_url)]


def _unaskable(account: Account) -> Result:
    """Return the result of an account that nothing can be asked by; it is stored, so that others come first."""
    message = "it has no handle, id or URL to ask by"
    return unanswered(account, "none", NoAnswerError(message, "refused"))


def _check_share(report: PlatformReport, options: ProbeOptions) -> None:
    """Take results that accounts are gone for no answers where they are too many at once."""
    while not options.accept and (found := find_too_many_gone(report.results))[0]:
        report.refused = True
        report.message = "; ".join(filter(None, (report.message, found[1])))
        for result in found[0]:
            result.outcome = "unclear"


def _store(conn: Connection[Any], report: PlatformReport, options: ProbeOptions) -> None:
    reason = f"probe of accounts on {report.platform}"
    with conn.transaction(force_rollback=options.dry_run):
        advisory_locks.lock_writes(conn)
        stored = set(stage_results(conn, report.results))
        merge_probes(conn, options.dormant_days)
        report.changes = select_status_changes(conn)
        create_staging(conn)
        copy_observations(conn, (_observation(result) for result in report.results if _is_observed(result, stored)))
        report.observations = count_new_observations(conn)
        if report.changes or report.observations:
            revisions.begin_revision(conn, actor=_ACTOR, reason=reason, source=SOURCE.id)
            upsert_sources(conn, select_differing_sources(conn, [SOURCE]))
            update_accounts(conn)
            merge_observations(conn)
            index_pending(conn)
    for result in report.results:
        if result.found_handle is not None and result.account.id in stored:
            report.renamed += _follow_rename(conn, result, reason, dry_run=options.dry_run)


def _is_observed(result: Result, stored: set[str]) -> bool:
    return (
        result.account.id in stored
        and result.is_answer
        and result.outcome != "reassigned"
        and not (result.followers is None and result.posts is None and result.last_post_at is None)
    )


def _observation(result: Result) -> Observation:
    return Observation(
        result.account.id, result.asked_at, SOURCE.id, result.followers, result.posts, result.last_post_at
    )


def _follow_rename(conn: Connection[Any], result: Result, reason: str, *, dry_run: bool) -> list[str]:
    """Rename an account that the platform shows under another handle for its immutable id; return a line for that."""
    account, handle = result.account, result.found_handle
    if account.platform_user_id is None or handle is None:
        return []
    line = f"{account.platform} {account.handle}: now {handle} (account {account.id})"
    if dry_run:
        return [line]
    try:
        rename(conn, account.id, handle, AuditNote(_ACTOR, reason))
        update_probed_handle(conn, account.id)
    except ChangeRefused as error:
        result.evidence["message"] = f"not renamed: {error}"
        return []
    return [line]
