"""SQL of staged observations: those of merged accounts, and those that say something about one time twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def remove_sources(conn: Connection[Any], names: Sequence[str]) -> list[tuple[int, str]]:
    """Remove the staged rows of these sources, and return the line and the source of each, in order of the lines."""
    rows = conn.execute("DELETE FROM observation_rows WHERE source = ANY (%s) RETURNING line, source", ([*names],))
    return sorted(rows.fetchall())


def count_contradictions(conn: Connection[Any]) -> int:
    """Count the staged rows that another staged row about the same account, time and source replaced."""
    row = conn.execute("SELECT count(*) FROM observation_contradictions").fetchone()
    return int(row[0]) if row else 0


def merge_repeated_rows(conn: Connection[Any]) -> None:
    """Leave of each account, time and source one row, of the last value of each column, and note what it replaces."""
    repeated = conn.execute(
        """
        CREATE TEMP TABLE observation_repeated ON COMMIT DROP AS
        SELECT l.account_id, l.observed_at, l.source, l.line, l.followers, l.following, l.posts, l.last_post_at,
               l.verified,
               -- What a later row counted is no longer what was stated and is no count.
               nullif(s.stated - CASE WHEN l.followers IS NULL THEN '' ELSE 'followers' END
                               - CASE WHEN l.following IS NULL THEN '' ELSE 'following' END
                               - CASE WHEN l.posts IS NULL THEN '' ELSE 'posts' END, '{}') AS stated
          FROM (SELECT account_id, observed_at, source, max(line) AS line,
                       (array_agg(followers ORDER BY line DESC)
                        FILTER (WHERE followers IS NOT NULL OR stated ? 'followers'))[1] AS followers,
                       (array_agg(following ORDER BY line DESC)
                        FILTER (WHERE following IS NOT NULL OR stated ? 'following'))[1] AS following,
                       (array_agg(posts ORDER BY line DESC)
                        FILTER (WHERE posts IS NOT NULL OR stated ? 'posts'))[1] AS posts,
                       (array_agg(last_post_at ORDER BY line DESC) FILTER (WHERE last_post_at IS NOT NULL))[1]
                           AS last_post_at,
                       (array_agg(verified ORDER BY line DESC) FILTER (WHERE verified IS NOT NULL))[1] AS verified,
                       array_agg(stated ORDER BY line) FILTER (WHERE stated IS NOT NULL) AS texts
                  FROM observation_rows AS r
                 WHERE EXISTS (SELECT FROM observation_rows AS other
                                WHERE (other.account_id, other.observed_at, other.source)
                                      = (r.account_id, r.observed_at, r.source) AND other.line <> r.line)
                 GROUP BY account_id, observed_at, source) AS l
         CROSS JOIN LATERAL (SELECT coalesce(jsonb_object_agg(e.key, e.value ORDER BY u.place), '{}') AS stated
                               FROM unnest(l.texts) WITH ORDINALITY AS u (text, place), jsonb_each(u.text) AS e) AS s
        """
    )
    if not repeated.rowcount:
        return
    conn.execute(
        """
        WITH removed AS (
            DELETE FROM observation_rows AS r
             USING observation_repeated AS n
             WHERE (r.account_id, r.observed_at, r.source) = (n.account_id, n.observed_at, n.source)
            RETURNING r.*, n.stated AS last_stated,
                      jsonb_strip_nulls(jsonb_build_object(
                          'followers', CASE WHEN r.followers IS DISTINCT FROM n.followers THEN r.followers END,
                          'following', CASE WHEN r.following IS DISTINCT FROM n.following THEN r.following END,
                          'posts', CASE WHEN r.posts IS DISTINCT FROM n.posts THEN r.posts END,
                          'last_post_at', CASE WHEN r.last_post_at <> n.last_post_at THEN r.last_post_at END,
                          'verified', CASE WHEN r.verified <> n.verified THEN r.verified END)) AS replaced
        )
        INSERT INTO observation_contradictions (account_id, observed_at, source, line, replaced)
        SELECT account_id, observed_at, source, line, replaced
          FROM removed
         WHERE replaced <> '{}' OR NOT coalesce(last_stated, '{}') @> coalesce(stated, '{}')
        """
    )
    conn.execute(
        """
        INSERT INTO observation_rows (account_id, observed_at, source, followers, following, posts, last_post_at,
                                      verified, stated, line)
        SELECT account_id, observed_at, source, followers, following, posts, last_post_at, verified, stated, line
          FROM observation_repeated
        """
    )
    # Of those that are new the last row was written.
    conn.execute(
        """
        UPDATE observations AS o
           SET (followers, following, posts, last_post_at, verified, stated)
             = (n.followers, n.following, n.posts, n.last_post_at, n.verified,
                nullif(coalesce(n.stated, '{}') || CASE WHEN c.replaced IS NULL OR c.replaced = '{}' THEN '{}'
                                                        ELSE jsonb_build_object('replaced', c.replaced) END, '{}'))
          FROM observation_repeated AS n
          LEFT JOIN (SELECT DISTINCT ON (account_id, observed_at, source) *
                       FROM observation_contradictions ORDER BY account_id, observed_at, source, line DESC) AS c
         USING (account_id, observed_at, source)
         WHERE (o.account_id, o.observed_at, o.source) = (n.account_id, n.observed_at, n.source)
           AND o.revision = (SELECT current_revision())
        """
    )
