"""SQL of the rule by which accounts are dormant: what it says of each, and the statuses that follow."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import args_row


class StatusChange(NamedTuple):
    """How many accounts change from one status to another."""

    before: str
    after: str
    accounts: int


def merge_activity(conn: Connection[Any], day: dt.date, dormant_days: int) -> None:
    """Write what the rule says on a day to `account_activity`, and create `activity_changes` with what is new."""
    conn.execute(
        """
        CREATE TEMP TABLE activity_changes ON COMMIT DROP AS
        SELECT account_id, n.seen_at, n.status
          FROM account_followers AS f
          FULL JOIN account_activity AS y USING (account_id)
         CROSS JOIN LATERAL (SELECT activity_status(f.last_post_at, %(day)s, %(days)s) AS status) AS t
         -- Only what came since it was last asked: without a time each lookup is one in every month.
         CROSS JOIN LATERAL (
               SELECT greatest(y.seen_at, (
                          SELECT max(o.observed_at) FROM observation_series AS o
                           WHERE o.account_id = f.account_id AND o.last_post_at IS NOT NULL
                             AND o.observed_at > coalesce(y.seen_at, f.last_post_at)
                             AND o.month >= date_trunc('month', coalesce(y.seen_at, f.last_post_at)
                                                                AT TIME ZONE 'UTC')::date)) AS seen_at) AS s
         -- Somebody has to have looked since: a last post that was stated years ago says nothing of the time after.
         CROSS JOIN LATERAL (
               SELECT s.seen_at,
                      CASE WHEN t.status = 'active'
                             OR activity_status(f.last_post_at, (s.seen_at AT TIME ZONE 'UTC')::date,
                                                %(days)s) = 'dormant'
                           THEN t.status END AS status) AS n
         WHERE (f.last_post_at IS NOT NULL OR y.account_id IS NOT NULL)
           AND (n.status, n.seen_at) IS DISTINCT FROM (y.status, y.seen_at)
        """,
        {"day": day, "days": dormant_days},
    )
    conn.execute("ANALYZE activity_changes")
    conn.execute(
        """
        INSERT INTO account_activity (account_id, seen_at, status)
        SELECT account_id, seen_at, status FROM activity_changes ORDER BY account_id
        ON CONFLICT (account_id) DO UPDATE SET (seen_at, status) = (excluded.seen_at, excluded.status)
        """
    )


def select_status_changes(conn: Connection[Any]) -> list[StatusChange]:
    """Create `activity_targets`, the accounts of `activity_changes` whose status changes, and return their numbers.

    An end that an operator decided, a source states or a probe has found holds, whatever was posted.
    """
    conn.execute(
        """
        CREATE TEMP TABLE activity_targets ON COMMIT DROP AS
        SELECT a.id, a.status AS old_status, n.status
          FROM activity_changes AS c
          JOIN accounts AS a ON a.id = c.account_id
          LEFT JOIN account_probes AS p ON p.account_id = a.id AND p.handle_key IS NOT DISTINCT FROM a.handle_key
         CROSS JOIN LATERAL (
               SELECT decided_status(a.id, stated_status(a.id, a.status), coalesce(p.status, c.status))
                      AS status) AS n
         WHERE n.status <> a.status
        """
    )
    with conn.cursor(row_factory=args_row(StatusChange)) as cursor:
        return cursor.execute(
            "SELECT old_status, status, count(*) FROM activity_targets GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()


def update_statuses(conn: Connection[Any]) -> None:
    """Write the statuses of `activity_targets`, in the open revision."""
    conn.execute("UPDATE accounts AS a SET status = t.status FROM activity_targets AS t WHERE a.id = t.id")
