"""Check accounts, write what was found, and let proofs end whose time is up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg import Connection

from directory.database import advisory_locks, revisions
from directory.fetching.web import WebFetcher
from directory.verification import queries
from directory.verification.checking import check
from directory.verification.dns_records import TextRecords
from directory.verification.evidence import Finding, Subject
from directory.verification.queries import Change
from directory.verification.website import Reader

ACTOR: Final = "directory proof"
_REASON: Final = "checks of who owns accounts"
# Accounts of one revision: what was found of them is lost if the program is killed.
_BATCH: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOptions:
    """How to check: `servers` are URLs to ask in place of hosts, `name_server` an address and port."""

    user_agent: str
    opens: Callable[[], AbstractContextManager[Connection[Any]]]
    servers: Mapping[str, str] = field(default_factory=dict)
    name_server: tuple[str, int] | None = None
    dry_run: bool = False


def check_accounts(
    ids: Sequence[str], methods: Mapping[str, Collection[str]], options: ProofOptions
) -> Iterator[tuple[Subject, list[Finding]]]:
    """Check accounts, each by its `methods` or by all, and yield what was found, which is written batch by batch."""
    with options.opens() as conn:
        subjects = queries.select_subjects(conn, ids)
    with WebFetcher(options.user_agent, servers=options.servers) as web:
        reader = Reader(web, TextRecords(options.name_server))
        for start in range(0, len(subjects), _BATCH):
            findings: dict[Subject, list[Finding]] = {}
            for subject in subjects[start : start + _BATCH]:
                findings[subject] = check(reader, subject, methods.get(subject.id, ()))
                yield subject, findings[subject]
            if not options.dry_run:
                with options.opens() as conn:
                    store(conn, findings)


def check_due(
    options: ProofOptions, *, limit: int, only_requested: bool = False
) -> Iterator[tuple[Subject, list[Finding]]]:
    """Claim checks that are due, do them, and yield what was found."""
    with options.opens() as conn:
        methods = queries.select_due(conn, limit=limit, only_requested=only_requested)
    yield from check_accounts(list(methods), methods, options)


def store(conn: Connection[Any], findings: Mapping[Subject, Sequence[Finding]]) -> list[Change]:
    """Write what was found of accounts in one revision, and return the changes of their verification."""
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        is_evidence = any(findings.values())
        if is_evidence:
            revisions.begin_revision(conn, actor=ACTOR, reason=_REASON)
            queries.insert_findings(conn, findings)
        changes = queries.select_changes(conn, [subject.id for subject in findings])
        if changes:
            if not is_evidence:
                # No method applies any more, and what was proved before is too old.
                revisions.begin_revision(conn, actor=ACTOR, reason=_REASON)
            queries.update_accounts(conn)
        queries.merge_checks(conn, findings)
    return changes


def expire(conn: Connection[Any]) -> list[Change]:
    """End the proofs whose time is up, in one revision; there is none where all hold."""
    if not queries.has_old_proofs(conn):
        return []
    with conn.transaction():
        revisions.begin_revision(conn, actor=ACTOR, reason="proofs of who owns accounts whose time is up")
        changes = queries.select_changes(conn, queries.end_old_proofs(conn))
        queries.update_accounts(conn)
    return changes
