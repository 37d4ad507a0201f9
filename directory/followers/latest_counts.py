"""SQL of the latest counts of accounts, and of the bands of the search that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from psycopg import Connection

# Of one time the last source by id, so that every order of batches leads to the same counts.
_CHANGES: Final = """
CREATE TEMP TABLE observation_changes ON COMMIT DROP AS
WITH candidate AS (
    SELECT r.account_id, r.observed_at, r.source, r.followers, r.posts, r.last_post_at FROM observation_rows AS r
     WHERE NOT EXISTS (SELECT FROM observation_accounts AS a WHERE a.account_id = r.account_id)
     UNION ALL
    -- One by one: no condition of a join reaches packed months, all of which would be unpacked. OFFSET 0 keeps the
    -- planner from making a join of it.
    SELECT a.account_id, o.observed_at, o.source, o.followers, o.posts, o.last_post_at
      FROM observation_accounts AS a
     CROSS JOIN LATERAL (SELECT * FROM observation_series AS s WHERE s.account_id = a.account_id OFFSET 0) AS o
), counted AS (
    SELECT DISTINCT ON (account_id) account_id, followers, observed_at, source
      FROM candidate WHERE followers IS NOT NULL
     ORDER BY account_id, observed_at DESC, source DESC
), posted AS (
    SELECT DISTINCT ON (account_id) account_id, posts, observed_at
      FROM candidate WHERE posts IS NOT NULL
     ORDER BY account_id, observed_at DESC, source DESC
), seen AS (
    SELECT account_id, max(last_post_at) AS last_post_at FROM candidate WHERE last_post_at IS NOT NULL GROUP BY 1
), latest AS (
    SELECT f.account_id, f.revision, f.followers AS old_followers, f.followers_at AS old_followers_at,
           f.source AS old_source, f.posts AS old_posts, f.posts_at AS old_posts_at,
           f.last_post_at AS old_last_post_at,
           a.account_id IS NOT NULL OR f.followers_at IS NULL
               OR (c.observed_at, c.source) >= (f.followers_at, coalesce(f.source, '')) AS is_counted,
           a.account_id IS NOT NULL OR f.posts_at IS NULL OR p.observed_at >= f.posts_at AS is_posted,
           a.account_id IS NOT NULL AS is_recomputed,
           c.followers, c.observed_at AS followers_at, c.source, p.posts, p.observed_at AS posts_at, s.last_post_at
      FROM counted AS c
      FULL JOIN posted AS p USING (account_id)
      FULL JOIN seen AS s USING (account_id)
      FULL JOIN observation_accounts AS a USING (account_id)
      JOIN account_followers AS f USING (account_id)
), merged AS (
    SELECT account_id, revision, old_followers, old_followers_at, old_source, old_posts, old_posts_at,
           old_last_post_at,
           CASE WHEN is_counted THEN followers ELSE old_followers END AS followers,
           CASE WHEN is_counted THEN followers_at ELSE old_followers_at END AS followers_at,
           CASE WHEN is_counted THEN source ELSE old_source END AS source,
           CASE WHEN is_posted THEN posts ELSE old_posts END AS posts,
           CASE WHEN is_posted THEN posts_at ELSE old_posts_at END AS posts_at,
           CASE WHEN is_recomputed THEN last_post_at ELSE greatest(last_post_at, old_last_post_at) END AS last_post_at
      FROM latest
)
SELECT * FROM merged
 WHERE (followers, followers_at, source, posts, posts_at, last_post_at)
       IS DISTINCT FROM (old_followers, old_followers_at, old_source, old_posts, old_posts_at, old_last_post_at)
"""
# A band follows from followers alone where they are known, and is another where they were not. So accounts that change
# theirs are found without a look at the search, which took 2 s more of 40,000 accounts of which 440 change.
_BANDS: Final = """
WITH moved AS MATERIALIZED (
    SELECT account_id, followers FROM observation_changes
     WHERE search_rank_band(search_followers(followers), 0::smallint, 0::smallint)
           <> search_rank_band(search_followers(old_followers), 0::smallint, 0::smallint)
)
UPDATE account_search AS s SET (rank_band, facets) = (n.rank_band, search_facets(a, n.rank_band))
  FROM moved AS m
  JOIN accounts AS a ON a.id = m.account_id
 CROSS JOIN LATERAL (
       SELECT search_rank_band(search_followers(m.followers), o.status_rank, o.name_length) AS rank_band
         FROM account_search AS o WHERE o.account_id = m.account_id) AS n
 WHERE s.account_id = m.account_id
"""


def update_latest_counts(conn: Connection[Any]) -> None:
    """Write the latest counts of the accounts observed, the counts that they replace, and bands that changed."""
    # A temporary table has no statistics: the planner would expect few rows and look each of them up.
    conn.execute("ANALYZE observation_rows")
    # Of posts the source is not stored, which decides between two of one time.
    conn.execute(
        """
        INSERT INTO observation_accounts (account_id)
        SELECT r.account_id
          FROM observation_rows AS r
          JOIN account_followers AS f ON f.account_id = r.account_id AND f.posts_at = r.observed_at
         WHERE r.posts <> f.posts
            ON CONFLICT DO NOTHING
        """
    )
    conn.execute("ANALYZE observation_accounts")
    conn.execute(_CHANGES)
    conn.execute("ANALYZE observation_changes (account_id)")
    conn.execute(
        """
        INSERT INTO account_follower_states
               (account_id, from_revision, to_revision, followers, followers_at, last_post_at)
        SELECT account_id, revision, (SELECT current_revision()), old_followers, old_followers_at, old_last_post_at
          FROM observation_changes
         -- What another batch of this revision wrote was never visible to a reader.
         WHERE revision > 0 AND revision < (SELECT current_revision())
         ORDER BY account_id
        """
    )
    conn.execute(
        """
        UPDATE account_followers AS f
           SET (followers, followers_at, source, posts, posts_at, last_post_at, revision)
             = (c.followers, c.followers_at, c.source, c.posts, c.posts_at, c.last_post_at, (SELECT current_revision()))
          FROM observation_changes AS c
         WHERE f.account_id = c.account_id
        """
    )
    conn.execute(_BANDS)
