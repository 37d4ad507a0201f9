"""SQL of staged observations: those of merged accounts, and those that say something about one time twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection


def follow_successors(conn: Connection[Any]) -> list[tuple[int, str]]:
    """Set the successors of merged accounts in the staged rows; remove the rows of deleted ones and return them."""
    conn.execute(
        """
        UPDATE observation_rows AS r SET account_id = t.successor_id
          FROM tombstones AS t
         WHERE t.kind = 'account' AND t.id = r.account_id AND t.successor_id IS NOT NULL
        """
    )
    return conn.execute(
        """
        DELETE FROM observation_rows AS r
         WHERE NOT EXISTS (SELECT FROM account_followers AS f WHERE f.account_id = r.account_id)
        RETURNING line, account_id
        """
    ).fetchall()


def count_contradictions(conn: Connection[Any]) -> int:
    """Count the staged rows that another staged row about the same account, time and source replaced."""
    row = conn.execute("SELECT count(*) FROM observation_contradictions").fetchone()
    return int(row[0]) if row else 0


def merge_repeated_rows(conn: Connection[Any]) -> None:
    """Leave of each account, time and source the last row, and note those before it that differ, which it replaces."""
    conn.execute(
        """
        WITH last AS (
            SELECT DISTINCT ON (account_id, observed_at, source) *
              FROM observation_rows AS r
             WHERE EXISTS (SELECT FROM observation_rows AS other
                            WHERE (other.account_id, other.observed_at, other.source)
                                  = (r.account_id, r.observed_at, r.source) AND other.line <> r.line)
             ORDER BY account_id, observed_at, source, line DESC
        ), removed AS (
            DELETE FROM observation_rows AS r
             USING last
             WHERE (r.account_id, r.observed_at, r.source) = (last.account_id, last.observed_at, last.source)
               AND r.line < last.line
            RETURNING r.*, last.line AS later_line,
                      (r.followers, r.posts, r.last_post_at, r.following, r.verified, r.stated) IS DISTINCT FROM
                      (last.followers, last.posts, last.last_post_at, last.following, last.verified, last.stated)
                      AS is_contradicted
        )
        INSERT INTO observation_contradictions (account_id, observed_at, source, line, later_line, replaced)
        SELECT account_id, observed_at, source, line, later_line,
               jsonb_strip_nulls(jsonb_build_object('followers', followers, 'following', following, 'posts', posts,
                                                    'last_post_at', last_post_at, 'verified', verified))
          FROM removed WHERE is_contradicted
        """
    )
    conn.execute(
        """
        UPDATE observations AS o
           SET stated = coalesce(o.stated, '{}') || jsonb_build_object('replaced', c.replaced)
          FROM (SELECT DISTINCT ON (account_id, observed_at, source) *
                  FROM observation_contradictions ORDER BY account_id, observed_at, source, line DESC) AS c
         WHERE (o.account_id, o.observed_at, o.source) = (c.account_id, c.observed_at, c.source)
           AND o.revision = (SELECT current_revision())
        """
    )
