"""SQL of reports: what the public sees of them, and what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql
from psycopg.rows import class_row

if TYPE_CHECKING:
    import datetime as dt

    from psycopg import Connection

    from directory.tokens.queries import Token

# The words of a reporter are not in it: only what a moderator wrote of them.
_DOCUMENT: Final = sql.SQL("""
    json_build_object(
      'id', f.id, 'kind', f.kind, 'state', f.state, 'account', f.account_id, 'department', f.department_id,
      'region', f.region_code, 'summary', f.summary, 'received_at', f.received_at, 'changed_at', f.changed_at,
      'decision', CASE WHEN f.decided_at IS NOT NULL THEN json_build_object(
        'at', f.decided_at, 'reason', f.reason, 'duplicate_of', f.duplicate_of, 'revision', f.revision,
        'mark', f.mark) END)
""")
_HISTORY: Final = sql.SQL("""
    (SELECT coalesce(json_agg(json_build_object(
              'at', e.at, 'before', e.before, 'after', e.after, 'reason', e.reason) ORDER BY e.number), '[]')
       FROM feedback_events AS e WHERE e.feedback_id = f.id)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFilter:
    """Which reports; None and an empty tuple for all. `region_path` is that of a region, with all below it."""

    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    region_path: str | None = None
    account_id: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a reporter sent, without the e-mail address."""

    kind: str
    account_id: str | None
    region_code: str | None
    url: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class StoredFeedback:
    """What is stored of a report that decisions and its reporter need."""

    id: str
    kind: str
    state: str
    url: str | None
    text: str | None
    email: bytes | None
    erased_at: dt.datetime | None
    region_code: str | None
    department_id: str | None


def insert_feedback(conn: Connection[Any], submission: Submission, key_digest: bytes) -> str:
    """Insert a report and return its id."""
    row = conn.execute(
        """
        INSERT INTO feedback (kind, account_id, region_code, url, text, key_digest)
        VALUES (%(kind)s, %(account)s, %(region)s, %(url)s, %(text)s, %(key)s) RETURNING id
        """,
        {
            "kind": submission.kind, "account": submission.account_id, "region": submission.region_code,
            "url": submission.url, "text": submission.text, "key": key_digest,
        },
    ).fetchone()  # fmt: skip
    if row is None:
        message = "INSERT … RETURNING gave no row"
        raise LookupError(message)
    return str(row[0])


def update_email(conn: Connection[Any], feedback_id: str, email: bytes) -> None:
    """Store the encrypted e-mail address of a report, whose id is a part of its encryption."""
    conn.execute("UPDATE feedback SET email = %s WHERE id = %s", (email, feedback_id))


def select_page(
    conn: Connection[Any], wanted: FeedbackFilter, *, before: tuple[str, str] | None, limit: int
) -> list[tuple[str, str, str]]:
    """Return reports, the latest first, from behind a time and id on: their JSON, times and ids."""
    at, last_id = before or ("infinity", "")
    return conn.execute(
        sql.SQL("""
        SELECT {document}::text, f.received_at::text, f.id
          FROM feedback_records AS f
         WHERE (f.received_at, f.id) < (%(at)s::timestamptz, %(id)s)
           AND (%(kinds)s::text[] = '{{}}' OR f.kind = ANY(%(kinds)s::text[]))
           AND (%(states)s::text[] = '{{}}' OR f.state = ANY(%(states)s::text[]))
           AND (%(path)s::text IS NULL OR f.region_path >= %(path)s AND f.region_path < left(%(path)s, -1) || '0')
           AND (%(account)s::text IS NULL OR f.account_id = %(account)s)
           AND (%(text)s::text IS NULL
                OR strpos(lower(concat_ws(E'\\n', f.id, f.summary, f.reason, f.account_name)), lower(%(text)s)) > 0)
         ORDER BY f.received_at DESC, f.id DESC LIMIT %(limit)s
        """).format(document=_DOCUMENT),
        {
            "at": at, "id": last_id, "kinds": list(wanted.kinds), "states": list(wanted.states),
            "path": wanted.region_path, "account": wanted.account_id, "text": wanted.text, "limit": limit,
        },
    ).fetchall()  # fmt: skip


def select_document(conn: Connection[Any], feedback_id: str) -> str | None:
    """Return the public JSON of one report with its history, None if there is none."""
    row = conn.execute(
        sql.SQL("""
        SELECT (({document})::jsonb || jsonb_build_object('history', {history}))::text
          FROM feedback_records AS f WHERE f.id = %s
        """).format(document=_DOCUMENT, history=_HISTORY),
        (feedback_id,),
    ).fetchone()
    return row[0] if row is not None else None


def select_statistics(conn: Connection[Any], region_path: str | None) -> list[str]:
    """Return the JSON of the counts by region and kind: of countries, or of the regions below one."""
    depth = region_path.count("/") + 1 if region_path is not None else 1
    rows = conn.execute(
        """
        SELECT json_build_object(
                 'region', coalesce(nullif(split_part(f.region_path, '/', %(depth)s), ''), f.region_code),
                 'kind', f.kind, 'reports', count(*),
                 'received', count(*) FILTER (WHERE f.state = 'received'),
                 'under_review', count(*) FILTER (WHERE f.state = 'under_review'),
                 'accepted', count(*) FILTER (WHERE f.state = 'accepted'),
                 'rejected', count(*) FILTER (WHERE f.state = 'rejected'),
                 'duplicate', count(*) FILTER (WHERE f.state = 'duplicate'),
                 'median_hours', round((percentile_cont(0.5) WITHIN GROUP
                   (ORDER BY extract(epoch FROM f.decided_at - f.received_at)) / 3600)::numeric, 1))::text
          FROM feedback_records AS f
         WHERE %(path)s::text IS NULL OR f.region_path >= %(path)s AND f.region_path < left(%(path)s, -1) || '0'
         GROUP BY coalesce(nullif(split_part(f.region_path, '/', %(depth)s), ''), f.region_code), f.kind
         ORDER BY coalesce(nullif(split_part(f.region_path, '/', %(depth)s), ''), f.region_code) COLLATE "C", f.kind
        """,
        {"path": region_path, "depth": depth},
    ).fetchall()
    return [text for (text,) in rows]


def select_stored(conn: Connection[Any], feedback_id: str, key_digest: bytes | None = None) -> StoredFeedback | None:
    """Return what is stored of a report; with the digest of a key, None unless it is the report's own."""
    with conn.cursor(row_factory=class_row(StoredFeedback)) as cursor:
        return cursor.execute(
            """
            SELECT id, kind, state, url, text, email, erased_at, region_code, department_id
              FROM feedback_records
             WHERE id = %(id)s AND (%(key)s::bytea IS NULL OR key_digest = %(key)s)
            """,
            {"id": feedback_id, "key": key_digest},
        ).fetchone()


def erase_private(conn: Connection[Any], feedback_id: str) -> None:
    """Erase what a reporter sent; what moderators wrote stays."""
    conn.execute(
        """
        UPDATE feedback SET url = NULL, text = NULL, email = NULL, erased_at = now()
         WHERE id = %s AND erased_at IS NULL
        """,
        (feedback_id,),
    )


def erase_expired(conn: Connection[Any], *, decided_days: int, undecided_days: int, limit: int) -> int:
    """Erase what reporters sent so many days ago, counted from the last step; return of how many reports."""
    return conn.execute(
        """
        UPDATE feedback SET url = NULL, text = NULL, email = NULL, erased_at = now()
         WHERE id IN (SELECT id FROM feedback
                       WHERE erased_at IS NULL
                         AND changed_at < now() - interval '1 day'
                             * CASE WHEN decided_at IS NULL THEN %(undecided)s ELSE %(decided)s END
                       ORDER BY changed_at LIMIT %(limit)s)
        """,
        {"decided": decided_days, "undecided": undecided_days, "limit": limit},
    ).rowcount


def is_known_account(conn: Connection[Any], account_id: str) -> bool:
    """Whether an id is that of an account, or of one that was merged or deleted."""
    row = conn.execute(
        """
        SELECT EXISTS (SELECT FROM accounts WHERE id = %(id)s)
            OR EXISTS (SELECT FROM tombstones WHERE kind = 'account' AND id = %(id)s)
        """,
        {"id": account_id},
    ).fetchone()
    return row is not None and bool(row[0])


def select_queue(
    conn: Connection[Any], wanted: FeedbackFilter, token: Token, *, after: tuple[str, str] | None, limit: int
) -> list[tuple[str, str, str]]:
    """Return reports in the places of a token, the oldest first, with what was sent: their JSON, times and ids.

    The place of a report is that of its account today: who moderated a former place sees it no longer.
    """
    at, last_id = after or ("-infinity", "")
    return conn.execute(
        sql.SQL("""
        WITH RECURSIVE own AS (
            SELECT coalesce(t.successor_id, stated.id) COLLATE "C" AS id
              FROM unnest(%(departments)s::text[]) AS stated (id)
              LEFT JOIN tombstones AS t ON t.kind = 'department' AND t.id = stated.id
             UNION
            SELECT d.id FROM own JOIN departments AS d ON d.parent_id = own.id
        )
        SELECT ({document}::jsonb || jsonb_build_object(
                  'url', f.url, 'text', f.text, 'has_email', f.email IS NOT NULL, 'history', {history}))::text,
               f.received_at::text, f.id
          FROM feedback_records AS f
         WHERE (f.received_at, f.id) > (%(at)s::timestamptz, %(id)s)
           AND (%(kinds)s::text[] = '{{}}' OR f.kind = ANY(%(kinds)s::text[]))
           AND f.state = ANY(%(states)s::text[])
           AND (%(path)s::text IS NULL OR f.region_path >= %(path)s AND f.region_path < left(%(path)s, -1) || '0')
           AND (cardinality(%(regions)s::text[]) = 0 OR EXISTS (
                  SELECT FROM regions AS r
                   WHERE starts_with(f.region_path, r.path)
                     AND (r.code = ANY(%(regions)s::text[]) OR r.aliases && %(regions)s::text[])))
           AND (cardinality(%(departments)s::text[]) = 0 OR f.department_id IN (SELECT id FROM own))
         ORDER BY f.received_at, f.id LIMIT %(limit)s
        """).format(document=_DOCUMENT, history=_HISTORY),
        {
            "at": at, "id": last_id, "kinds": list(wanted.kinds), "states": list(wanted.states),
            "path": wanted.region_path, "regions": token.regions, "departments": token.departments, "limit": limit,
        },
    ).fetchall()  # fmt: skip
