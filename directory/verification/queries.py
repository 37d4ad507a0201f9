"""SQL of proofs: which accounts are due, what checks found, and what follows from it for the records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from directory.verification.evidence import METHODS, Finding, Subject

# How long a proof holds, and after how long it is checked again.
HOLDS: Final = "90 days"
EVERY: Final = "30 days"
# Rows of evidence that are kept of each account and method; those without an answer are counted apart.
_KEPT: Final = 10
# Who claimed a check and was killed leaves it to others after this.
_CLAIM: Final = "1 hour"
_METHODS: Final = [f"{method}:%" for method in METHODS]


class Change(NamedTuple):
    """An account whose verification changes."""

    account_id: str
    before: str
    after: str


def select_subjects(conn: Connection[Any], ids: Collection[str]) -> list[Subject]:
    """Return the accounts with these ids, those of one department next to each other."""
    with conn.cursor(row_factory=class_row(Subject)) as cursor:
        return cursor.execute(
            """
            SELECT a.id, a.platform, a.handle, a.platform_user_id, a.url, a.department_id, d.website
              FROM accounts AS a LEFT JOIN departments AS d ON d.id = a.department_id
             WHERE a.id = ANY (%s) ORDER BY a.department_id NULLS LAST, a.id
            """,
            (list(ids),),
        ).fetchall()


def select_due(conn: Connection[Any], *, limit: int, only_requested: bool) -> dict[str, list[str]]:
    """Claim checks that are due, those that were requested first; return their methods by account."""
    rows = conn.execute(
        """
        UPDATE proof_checks AS c SET due_at = now() + %(claim)s::interval
         WHERE account_id IN (SELECT account_id FROM proof_checks
                               WHERE due_at <= now() AND (requested_by IS NOT NULL OR NOT %(only_requested)s)
                               ORDER BY requested_by IS NULL, due_at LIMIT %(limit)s
                                 FOR UPDATE SKIP LOCKED)
        RETURNING account_id, methods
        """,
        {"claim": _CLAIM, "limit": limit, "only_requested": only_requested},
    ).fetchall()
    return dict(rows)


def insert_findings(conn: Connection[Any], findings: Mapping[Subject, Sequence[Finding]]) -> None:
    """Write what was found in the open revision, end the proofs that it replaces, and delete what is too much.

    What was found of an account that has changed meanwhile is left out.
    """
    for subject, found in findings.items():
        for finding in found:
            _insert_finding(conn, subject, finding)
    conn.execute(
        """
        DELETE FROM account_evidence AS e USING (
               SELECT id, row_number() OVER (PARTITION BY account_id, method, result = 'unanswered' ORDER BY id DESC)
                          AS place
                 FROM account_evidence WHERE account_id = ANY (%(accounts)s)) AS ranked
         WHERE ranked.id = e.id AND ranked.place > %(kept)s
        """,
        {"accounts": [subject.id for subject in findings], "kept": _KEPT},
    )


def _insert_finding(conn: Connection[Any], subject: Subject, finding: Finding) -> None:
    values = {
        "account": subject.id, "handle": subject.handle, "department": subject.department_id,
        "method": finding.method, "result": finding.outcome, "reason": finding.reason, "verifier": finding.verifier,
        "documents": Jsonb([{"url": source.url[:2048], "sha256": source.sha256} for source in finding.sources]),
        "excerpt": finding.excerpt, "checked_at": finding.checked_at, "holds": HOLDS,
    }  # fmt: skip
    conn.execute(
        """
        UPDATE account_evidence
           SET (ended_at, end_reason)
             = (%(checked_at)s, CASE %(result)s WHEN 'proved' THEN 'checked_again' ELSE 'failed_since' END)
         WHERE account_id = %(account)s AND method = %(method)s AND result = 'proved' AND ended_at IS NULL
           AND %(result)s <> 'unanswered'
        """,
        values,
    )
    conn.execute(
        """
        INSERT INTO account_evidence (account_id, method, result, reason, verifier, handle_key, department_id,
                                      documents, excerpt, checked_at, expires_at)
        SELECT a.id, %(method)s, %(result)s, %(reason)s, %(verifier)s, a.handle_key, a.department_id,
               %(documents)s, %(excerpt)s, %(checked_at)s,
               CASE %(result)s WHEN 'proved' THEN %(checked_at)s::timestamptz + %(holds)s::interval END
          FROM accounts AS a
         WHERE a.id = %(account)s AND a.handle IS NOT DISTINCT FROM %(handle)s
           AND a.department_id IS NOT DISTINCT FROM %(department)s
        """,
        values,
    )


def merge_checks(conn: Connection[Any], findings: Mapping[Subject, Sequence[Finding]]) -> None:
    """Write when accounts are checked again: by the methods that proved them, else later with each failure."""
    for subject, found in findings.items():
        methods = [each.method for each in found if each.outcome == "proved"] or [each.method for each in found]
        conn.execute(
            """
            INSERT INTO proof_checks AS c (account_id, methods, due_at, failures)
            SELECT id, %(methods)s,
                   now() + CASE WHEN %(proved)s THEN %(every)s::interval ELSE interval '1 day' END,
                   CASE WHEN %(proved)s THEN 0 ELSE 1 END
              FROM accounts WHERE id = %(account)s
            ON CONFLICT (account_id) DO UPDATE
               SET methods = excluded.methods, requested_by = NULL,
                   failures = CASE WHEN %(proved)s THEN 0 ELSE c.failures + 1 END,
                   due_at = CASE WHEN %(proved)s THEN excluded.due_at
                                 ELSE now() + least(%(every)s::interval,
                                                    interval '1 day' * 2.0 ^ least(c.failures, 10)) END
            """,
            {
                "account": subject.id,
                "methods": methods,
                "proved": any(each.outcome == "proved" for each in found),
                "every": EVERY,
            },
        )


def end_old_proofs(conn: Connection[Any]) -> list[str]:
    """End what was proved too long ago, and return the accounts."""
    rows = conn.execute(
        """
        UPDATE account_evidence SET (ended_at, end_reason) = (now(), 'too_old')
         WHERE result = 'proved' AND ended_at IS NULL AND expires_at <= now()
        RETURNING account_id
        """
    ).fetchall()
    return sorted({account_id for (account_id,) in rows})


def has_old_proofs(conn: Connection[Any]) -> bool:
    """Whether any proof holds no longer by its time."""
    row = conn.execute(
        """
        SELECT EXISTS (SELECT FROM account_evidence
                        WHERE result = 'proved' AND ended_at IS NULL AND expires_at <= now())
        """
    ).fetchone()
    return row == (True,)


def select_changes(conn: Connection[Any], ids: Collection[str]) -> list[Change]:
    """Create `proof_targets`, the accounts whose verification is to change, and return them.

    A proof of this registry is worth more than the platform's mark; where none holds any more, the level is that of the
    sources. No proof makes an account official again that its last source has dropped, or that has ended.
    """
    conn.execute(
        """
        CREATE TEMP TABLE proof_targets ON COMMIT DROP AS
        WITH held AS (
            SELECT DISTINCT ON (e.account_id) e.account_id, e.method || ':' || e.verifier AS method, e.checked_at,
                   e.expires_at
              FROM account_evidence AS e
              JOIN accounts AS a ON a.id = e.account_id
             WHERE e.account_id = ANY (%(ids)s) AND e.result = 'proved' AND e.ended_at IS NULL AND e.expires_at > now()
               AND e.handle_key IS NOT DISTINCT FROM a.handle_key
               AND e.department_id IS NOT DISTINCT FROM a.department_id
               AND (a.verification = 'registry'
                    OR a.withdrawn_by IS NULL AND a.status <> 'closed' AND a.replaced_by IS NULL)
             ORDER BY e.account_id, array_position(%(methods)s::text[], e.method)
        ), decided AS (
            SELECT a.id, a.verification AS old_verification, a.verification_method AS old_method,
                   a.verification_checked_at AS old_checked_at, a.verification_expires_at AS old_expires_at,
                   CASE WHEN h.account_id IS NOT NULL THEN 'registry'
                        WHEN a.sources = '{}' THEN 'none' ELSE 'source' END AS verification,
                   h.method, h.checked_at, h.expires_at
              FROM accounts AS a
              LEFT JOIN held AS h ON h.account_id = a.id
             WHERE a.id = ANY (%(ids)s)
               AND (h.account_id IS NOT NULL
                    OR a.verification = 'registry' AND a.verification_method LIKE ANY (%(ours)s))
        )
        SELECT * FROM decided
         WHERE (old_verification, old_method, old_checked_at, old_expires_at)
               IS DISTINCT FROM (verification, method, checked_at, expires_at)
        """,
        {"ids": list(ids), "methods": list(METHODS), "ours": _METHODS},
    )
    rows = conn.execute("SELECT id, old_verification, verification FROM proof_targets ORDER BY id").fetchall()
    return [Change(*row) for row in rows]


def update_accounts(conn: Connection[Any]) -> None:
    """Write the verification of `proof_targets`, in the open revision."""
    conn.execute(
        """
        UPDATE accounts AS a
           SET (verification, verification_method, verification_checked_at, verification_expires_at)
             = (t.verification, t.method, t.checked_at, t.expires_at)
          FROM proof_targets AS t
         WHERE a.id = t.id
        """
    )


def merge_request(conn: Connection[Any], account_id: str, methods: Sequence[str], requested_by: str) -> datetime:
    """Make a check of an account due, at most one in a minute, and return when it is."""
    row = conn.execute(
        """
        INSERT INTO proof_checks AS c (account_id, methods, due_at, requested_by)
        VALUES (%(account)s, %(methods)s, now(), %(requested_by)s)
        ON CONFLICT (account_id) DO UPDATE
           SET methods = excluded.methods, requested_by = excluded.requested_by,
               due_at = greatest(now(), (SELECT max(e.checked_at) + interval '1 minute' FROM account_evidence AS e
                                          WHERE e.account_id = %(account)s))
        RETURNING due_at
        """,
        {"account": account_id, "methods": list(methods), "requested_by": requested_by},
    ).fetchone()
    if row is None:
        message = "INSERT … RETURNING gave no row"
        raise LookupError(message)
    at: datetime = row[0]
    return at


def select_place(conn: Connection[Any], account_id: str) -> tuple[str | None, str | None] | None:
    """Return region and department of an account, None if there is no such account."""
    row = conn.execute("SELECT region_code, department_id FROM accounts WHERE id = %s", (account_id,)).fetchone()
    return (row[0], row[1]) if row is not None else None


def select_evidence(conn: Connection[Any], account_id: str, *, after: int | None, limit: int) -> list[tuple[str, int]]:
    """Return the evidence of an account as JSON, each with its number, the latest first."""
    return conn.execute(
        """
        SELECT json_build_object(
                   'method', method,
                   'result', CASE WHEN ended_at IS NULL THEN result ELSE 'expired' END,
                   'reason', reason, 'verifier', verifier, 'documents', documents, 'excerpt', excerpt,
                   'checked_at', checked_at, 'expires_at', expires_at,
                   'ended', CASE WHEN ended_at IS NOT NULL
                                 THEN json_build_object('at', ended_at, 'reason', end_reason) END,
                   'revision', revision)::text, id
          FROM account_evidence
         WHERE account_id = %(account)s AND (%(after)s::bigint IS NULL OR id < %(after)s)
         ORDER BY id DESC LIMIT %(limit)s
        """,
        {"account": account_id, "after": after, "limit": limit},
    ).fetchall()


def select_published(conn: Connection[Any], department_id: str, limit: int) -> list[dict[str, Any]]:
    """Return the accounts that a department has to publish: those that are its own and have not ended."""
    rows = conn.execute(
        """
        SELECT url, platform, handle, platform_user_id
          FROM accounts
         WHERE department_id = %(id)s AND url IS NOT NULL AND status <> 'closed' AND replaced_by IS NULL
           AND withdrawn_by IS NULL
         ORDER BY platform, handle_key, id LIMIT %(limit)s
        """,
        {"id": department_id, "limit": limit},
    ).fetchall()
    names = ("url", "platform", "handle", "platform_user_id")
    return [dict(zip(names, row, strict=True)) for row in rows]
