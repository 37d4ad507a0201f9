"""SQL of corrections: what a source says otherwise about a time than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.followers.staged_rows import merge_repeated_rows

if TYPE_CHECKING:
    from psycopg import Connection


def correct_observations(conn: Connection[Any]) -> list[Any]:
    """Write what the series has otherwise, note its accounts in `observation_accounts`, and return it by source.

    Columns of which a row says nothing stay. What was replaced stays in `stated`.
    """
    merge_repeated_rows(conn)
    return conn.execute(
        """
        WITH stated AS (
            SELECT o.account_id, o.observed_at, o.source,
                   -- A number that is no count takes the place of a count, and a count that of such a number.
                   CASE WHEN r.stated ? 'followers' THEN NULL ELSE coalesce(r.followers, o.followers) END AS followers,
                   CASE WHEN r.stated ? 'following' THEN NULL ELSE coalesce(r.following, o.following) END AS following,
                   CASE WHEN r.stated ? 'posts' THEN NULL ELSE coalesce(r.posts, o.posts) END AS posts,
                   coalesce(r.last_post_at, o.last_post_at) AS last_post_at,
                   coalesce(r.verified, o.verified) AS verified,
                   coalesce(o.stated, '{}') - CASE WHEN r.followers IS NULL THEN '' ELSE 'followers' END
                       - CASE WHEN r.following IS NULL THEN '' ELSE 'following' END
                       - CASE WHEN r.posts IS NULL THEN '' ELSE 'posts' END || coalesce(r.stated, '{}') AS stated,
                   jsonb_strip_nulls(jsonb_build_object(
                       'followers', CASE WHEN r.followers <> o.followers OR r.stated ? 'followers' THEN o.followers END,
                       'following', CASE WHEN r.following <> o.following OR r.stated ? 'following' THEN o.following END,
                       'posts', CASE WHEN r.posts <> o.posts OR r.stated ? 'posts' THEN o.posts END,
                       'last_post_at', CASE WHEN r.last_post_at <> o.last_post_at THEN o.last_post_at END,
                       'verified', CASE WHEN r.verified <> o.verified THEN o.verified END)) AS replaced
              FROM observation_rows AS r
              JOIN observations AS o USING (account_id, observed_at, source)
             WHERE (coalesce(r.followers, o.followers), coalesce(r.posts, o.posts),
                    coalesce(r.last_post_at, o.last_post_at), coalesce(r.following, o.following),
                    coalesce(r.verified, o.verified))
                   IS DISTINCT FROM (o.followers, o.posts, o.last_post_at, o.following, o.verified)
                OR NOT coalesce(o.stated, '{}') @> coalesce(r.stated, '{}')
        ), written AS (
            UPDATE observations AS o
               SET (revision, followers, posts, last_post_at, following, verified, stated)
                 = ((SELECT current_revision()), n.followers, n.posts, n.last_post_at, n.following, n.verified,
                    nullif(CASE WHEN n.replaced = '{}' THEN n.stated
                                ELSE jsonb_set(n.stated, '{replaced}',
                                               coalesce(n.stated -> 'replaced', '{}') || n.replaced) END, '{}'))
              FROM stated AS n
             WHERE (o.account_id, o.observed_at, o.source) = (n.account_id, n.observed_at, n.source)
            RETURNING o.account_id, o.observed_at, o.source
        ), noted AS (
            INSERT INTO observation_accounts (account_id) SELECT account_id FROM written ON CONFLICT DO NOTHING
        )
        SELECT source, min(observed_at), max(observed_at), count(*), count(DISTINCT account_id)
          FROM written GROUP BY source
        """
    ).fetchall()
