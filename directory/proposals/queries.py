"""SQL of proposals: what the public sees of them, and what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from directory.proposals.states import OPEN_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from directory.lifecycle.operations import Name

_DOCUMENT: Final = sql.SQL("""
    json_build_object(
      'id', p.id, 'state', p.state, 'account', p.account_id, 'operation', p.operation, 'body', p.body,
      'reason', p.reason, 'proposer', p.proposer, 'department', p.department_id, 'region', p.region_code,
      'filed_at', p.filed_at, 'account_revision', p.read_at, 'before', p.before, 'after', p.after,
      'decision', CASE WHEN p.decided_at IS NOT NULL THEN json_build_object(
        'at', p.decided_at, 'actor', p.decider, 'reason', p.decision, 'revision', p.revision, 'mark', p.mark) END)
""")
# With each new proposal so many are marked as stale for their age.
_STALE_AT_ONCE: Final = 100
_TOO_OLD: Final = f"Nobody decided it within {OPEN_DAYS} days."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFilter:
    """Which proposals; None and an empty tuple for all. `region_path` is that of a region, with all below it."""

    states: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    account_id: str | None = None
    region_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProposal:
    """What is stored of a proposal when it is filed."""

    account_id: str
    operation: Name
    body: Mapping[str, Any]
    digest: bytes
    reason: str
    token_id: str
    proposer: str
    region_code: str | None
    department_id: str | None
    read_at: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StoredProposal:
    """What decisions need of a proposal; its place is that of the account today, `is_due`: nobody decided in time."""

    id: str
    account_id: str
    operation: Name
    body: Mapping[str, Any]
    reason: str
    token_id: str
    proposer: str
    read_at: int
    state: str
    is_due: bool
    region_code: str | None
    department_id: str | None


@dataclass(frozen=True, slots=True)
class FiledCounts:
    """How many proposals of a token are open, and how many it filed within a day."""

    opened: int
    of_today: int


def insert_proposal(conn: Connection[Any], new: NewProposal) -> str:
    """Insert a proposal and return its id."""
    row = conn.execute(
        """
        INSERT INTO proposals (account_id, operation, body, digest, reason, token_id, proposer, region_code,
                               department_id, read_at, before, after)
        VALUES (%(account)s, %(operation)s, %(body)s, %(digest)s, %(reason)s, %(token)s, %(proposer)s, %(region)s,
                %(department)s, %(read_at)s, %(before)s, %(after)s) RETURNING id
        """,
        {
            "account": new.account_id, "operation": new.operation, "body": Jsonb(new.body), "digest": new.digest,
            "reason": new.reason, "token": new.token_id, "proposer": new.proposer, "region": new.region_code,
            "department": new.department_id, "read_at": new.read_at, "before": new.before and Jsonb(new.before),
            "after": new.after and Jsonb(new.after),
        },
    ).fetchone()  # fmt: skip
    if row is None:
        message = "INSERT … RETURNING gave no row"
        raise LookupError(message)
    return str(row[0])


def select_open(conn: Connection[Any], digest: bytes) -> str | None:
    """Return the id of the open proposal of a digest, None if there is none."""
    row = conn.execute("SELECT id FROM proposals WHERE digest = %s AND state = 'open'", (digest,)).fetchone()
    return row[0] if row is not None else None


def count_filed(conn: Connection[Any], token_id: str) -> FiledCounts:
    """Return how many proposals of a token are open, and how many it filed within 24 hours."""
    with conn.cursor(row_factory=class_row(FiledCounts)) as cursor:
        row = cursor.execute(
            """
            SELECT count(*) FILTER (WHERE state = 'open') AS opened,
                   count(*) FILTER (WHERE filed_at > now() - interval '1 day') AS of_today
              FROM proposals WHERE token_id = %s
            """,
            (token_id,),
        ).fetchone()
    return row if row is not None else FiledCounts(0, 0)


def select_last_change(conn: Connection[Any], account_ids: Sequence[str]) -> int:
    """Return the revision that last changed, merged or deleted any of these accounts, 0 if there never was one."""
    row = conn.execute(
        """
        SELECT coalesce(max(revision), 0)
          FROM (SELECT revision FROM accounts WHERE id = ANY (%(ids)s)
                 UNION ALL
                SELECT revision FROM tombstones WHERE kind = 'account' AND id = ANY (%(ids)s)) AS changes
        """,
        {"ids": list(account_ids)},
    ).fetchone()
    return int(row[0]) if row is not None else 0


def select_page(
    conn: Connection[Any], wanted: ProposalFilter, *, before: tuple[str, str] | None, limit: int
) -> list[tuple[str, str, str]]:
    """Return proposals, the latest first, from behind a time and id on: their JSON, times and ids."""
    at, last_id = before or ("infinity", "")
    return conn.execute(
        sql.SQL("""
        SELECT {document}::text, p.filed_at::text, p.id
          FROM proposal_records AS p
         WHERE (p.filed_at, p.id) < (%(at)s::timestamptz, %(id)s)
           AND (%(states)s::text[] = '{{}}' OR p.state = ANY(%(states)s::text[]))
           AND (%(operations)s::text[] = '{{}}' OR p.operation = ANY(%(operations)s::text[]))
           AND (%(account)s::text IS NULL OR p.account_id = %(account)s)
           AND (%(path)s::text IS NULL OR p.region_path >= %(path)s AND p.region_path < left(%(path)s, -1) || '0')
         ORDER BY p.filed_at DESC, p.id DESC LIMIT %(limit)s
        """).format(document=_DOCUMENT),
        {
            "at": at, "id": last_id, "states": list(wanted.states), "operations": list(wanted.operations),
            "account": wanted.account_id, "path": wanted.region_path, "limit": limit,
        },
    ).fetchall()  # fmt: skip


def select_document(conn: Connection[Any], proposal_id: str) -> str | None:
    """Return the public JSON of a proposal, None if there is none."""
    row = conn.execute(
        sql.SQL("SELECT {document}::text FROM proposal_records AS p WHERE p.id = %s").format(document=_DOCUMENT),
        (proposal_id,),
    ).fetchone()
    return row[0] if row is not None else None


def select_stored(conn: Connection[Any], proposal_id: str) -> StoredProposal | None:
    """Return a proposal that nobody else can decide until the transaction ends, None if there is none."""
    conn.execute("SELECT FROM proposals WHERE id = %s FOR UPDATE", (proposal_id,))
    with conn.cursor(row_factory=class_row(StoredProposal)) as cursor:
        return cursor.execute(
            """
            SELECT id, account_id, operation, body, reason, token_id, proposer, read_at, state,
                   filed_at < now() - interval '1 day' * %(days)s AS is_due, region_code, department_id
              FROM proposal_records WHERE id = %(id)s
            """,
            {"id": proposal_id, "days": OPEN_DAYS},
        ).fetchone()


def update_decided(
    conn: Connection[Any], proposal_id: str, state: str, *, decider: str | None, decision: str | None
) -> None:
    """Record what became of an open proposal."""
    conn.execute(
        """
        UPDATE proposals SET state = %(state)s, decided_at = now(), decider = %(decider)s, decision = %(decision)s
         WHERE id = %(id)s AND state = 'open'
        """,
        {"id": proposal_id, "state": state, "decider": decider, "decision": decision},
    )


def update_accepted(conn: Connection[Any], proposal_id: str, *, decider: str, decision: str, revision: int) -> None:
    """Record that an open proposal was accepted, and the revision that it led to."""
    conn.execute(
        """
        UPDATE proposals AS p
           SET state = 'accepted', decided_at = now(), decider = %(decider)s, decision = %(decision)s,
               revision = r.revision, mark = r.mark
          FROM revisions AS r
         WHERE p.id = %(id)s AND p.state = 'open' AND r.revision = %(revision)s
        """,
        {"id": proposal_id, "decider": decider, "decision": decision, "revision": revision},
    )


def end_due(conn: Connection[Any]) -> None:
    """Mark open proposals that nobody decided in time as stale, the oldest first."""
    conn.execute(
        """
        UPDATE proposals SET state = 'stale', decided_at = now(), decision = %(why)s
         WHERE id IN (SELECT id FROM proposals
                       WHERE state = 'open' AND filed_at < now() - interval '1 day' * %(days)s
                       ORDER BY filed_at LIMIT %(limit)s)
        """,
        {"why": _TOO_OLD, "days": OPEN_DAYS, "limit": _STALE_AT_ONCE},
    )
