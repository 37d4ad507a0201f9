"""SQL of observations: the series, and what follows from a batch that is added to it.

Latest counts, bands of the search and the change feed are written by a statement each, however many rows a batch has.

The account, its document, its versions and its states are not written: see `compose_account` in the schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from psycopg import Connection

_STAGING: Final = """
DROP TABLE IF EXISTS pg_temp.observation_rows, pg_temp.observation_accounts, pg_temp.observation_changes;
CREATE TEMP TABLE observation_rows (
    account_id text COLLATE "C", observed_at timestamptz, source text COLLATE "C",
    followers bigint, posts bigint, last_post_at timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE observation_accounts (account_id text COLLATE "C" PRIMARY KEY) ON COMMIT DROP;
"""
# Of one time the last source by id, so that every order of batches leads to the same counts.
_CHANGES: Final = """
CREATE TEMP TABLE observation_changes ON COMMIT DROP AS
WITH candidate AS (
    SELECT r.account_id, r.observed_at, r.source, r.followers, r.posts, r.last_post_at FROM observation_rows AS r
     WHERE NOT EXISTS (SELECT FROM observation_accounts AS a WHERE a.account_id = r.account_id)
     UNION ALL
    SELECT o.account_id, o.observed_at, o.source, o.followers, o.posts, o.last_post_at
      FROM observation_accounts AS a JOIN observations AS o USING (account_id)
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


class Observation(NamedTuple):
    """What was seen of an account at a time; None for what was not looked at."""

    account_id: str
    observed_at: dt.datetime
    source: str
    followers: int | None = None
    posts: int | None = None
    last_post_at: dt.datetime | None = None


class Batch(NamedTuple):
    """What one source observed in a revision: the first and the last time, and how many observations and accounts."""

    source: str
    first: dt.datetime
    last: dt.datetime
    observations: int
    accounts: int


def create_staging(conn: Connection[Any]) -> None:
    """Create the temporary tables of a batch, which live until the transaction ends.

    `observation_rows`: the observations, each account, time and source once. `observation_accounts`: accounts whose
    latest counts are read from the series again, since theirs may have been taken away.
    """
    conn.execute(_STAGING)


def copy_observations(conn: Connection[Any], observations: Iterable[Observation]) -> None:
    """Copy observations to `observation_rows`."""
    with conn.cursor() as cursor, cursor.copy("COPY observation_rows FROM STDIN") as copy:
        for observation in observations:
            copy.write_row(observation)


def merge_observations(conn: Connection[Any]) -> list[Batch]:
    """Write the staged observations in the open revision, and return what is new of them, by source.

    Those that the series has already are skipped, so a batch can be repeated. Accounts that do not exist are left out.
    """
    batches = _insert_observations(conn)
    _update_latest(conn)
    _insert_changes(conn, batches)
    return batches


def _insert_observations(conn: Connection[Any]) -> list[Batch]:
    """Add the staged rows to the series; accounts of changed ones are put in `observation_accounts`."""
    months = conn.execute(
        """
        SELECT create_observation_partition(month)
          FROM (SELECT DISTINCT date_trunc('month', observed_at, 'UTC') AS month FROM observation_rows) AS months
         ORDER BY month
        """
    )
    if not months.rowcount:
        return []
    # Sorted, so that neighbours in the index are written together. Few rows are there already, and DO NOTHING costs
    # less than to look for them first.
    rows = conn.execute(
        """
        WITH written AS (
            INSERT INTO observations (account_id, observed_at, source, revision, followers, posts, last_post_at)
            SELECT r.account_id, r.observed_at, r.source, (SELECT current_revision()), r.followers, r.posts,
                   r.last_post_at
              FROM observation_rows AS r
              JOIN account_followers AS f USING (account_id)
             ORDER BY r.account_id, r.observed_at, r.source
                ON CONFLICT (account_id, observed_at, source) DO NOTHING
            RETURNING account_id, observed_at, source
        )
        SELECT source, min(observed_at), max(observed_at), count(*), count(DISTINCT account_id)
          FROM written GROUP BY source
        """
    ).fetchall()
    corrected = _correct_observations(conn) if sum(row[3] for row in rows) < _count_rows(conn) else []
    batches = _add_up(Batch._make(row) for row in (*rows, *corrected))
    if not corrected:
        return batches
    counts = _count_accounts(conn)
    return [batch._replace(accounts=counts[batch.source]) for batch in batches]


def _correct_observations(conn: Connection[Any]) -> list[Any]:
    """Replace what the series has otherwise, note its accounts in `observation_accounts`, and return it by source."""
    return conn.execute(
        """
        WITH written AS (
            UPDATE observations AS o
               SET (revision, followers, posts, last_post_at)
                 = ((SELECT current_revision()), r.followers, r.posts, r.last_post_at)
              FROM observation_rows AS r
             WHERE (o.account_id, o.observed_at, o.source) = (r.account_id, r.observed_at, r.source)
               AND (o.followers, o.posts, o.last_post_at) IS DISTINCT FROM (r.followers, r.posts, r.last_post_at)
            RETURNING o.account_id, o.observed_at, o.source
        ), noted AS (
            INSERT INTO observation_accounts (account_id) SELECT account_id FROM written ON CONFLICT DO NOTHING
        )
        SELECT source, min(observed_at), max(observed_at), count(*), count(DISTINCT account_id)
          FROM written GROUP BY source
        """
    ).fetchall()


def _count_accounts(conn: Connection[Any]) -> dict[str, int]:
    """Return how many accounts have a new or corrected observation, by source: some may have both."""
    return dict(
        conn.execute(
            """
            SELECT o.source, count(DISTINCT o.account_id)
              FROM observation_rows AS r
              JOIN observations AS o USING (account_id, observed_at, source)
             WHERE o.revision = (SELECT current_revision())
             GROUP BY o.source
            """
        ).fetchall()
    )


def _count_rows(conn: Connection[Any]) -> int:
    row = conn.execute("SELECT count(*) FROM observation_rows").fetchone()
    return int(row[0]) if row else 0


def _add_up(batches: Iterable[Batch]) -> list[Batch]:
    """Return one batch for each source."""
    added: dict[str, Batch] = {}
    for batch in batches:
        other = added.get(batch.source)
        added[batch.source] = (
            batch
            if other is None
            else Batch(
                batch.source,
                min(batch.first, other.first),
                max(batch.last, other.last),
                batch.observations + other.observations,
                batch.accounts + other.accounts,
            )
        )
    return [added[source] for source in sorted(added)]


def _update_latest(conn: Connection[Any]) -> None:
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


def _insert_changes(conn: Connection[Any], batches: Iterable[Batch]) -> None:
    """Add one change for each source to the change feed."""
    for batch in batches:
        conn.execute(
            """
            INSERT INTO versions (revision, sequence, kind, id, action, record, facets)
            SELECT current_revision(), coalesce(max(v.sequence), 0) + 1, 'observations',
                   -- An id of its own: every batch is created once and never changes.
                   current_revision() || '-' || %(source)s, 'create',
                   (SELECT row_to_json(b)::text
                      FROM (SELECT %(source)s::text AS source, %(first)s::timestamptz AS "from",
                                   %(last)s::timestamptz AS "to", %(observations)s::bigint AS observations,
                                   %(accounts)s::bigint AS accounts) AS b),
                   change_facets('observations', 'create', NULL, NULL, NULL)
              FROM versions AS v WHERE v.revision = current_revision()
            """,
            batch._asdict(),
        )
    # The change feed reads the whole pending list of the index, so none is left behind. An import into an empty
    # registry drops the index until its end.
    conn.execute("SELECT gin_clean_pending_list(to_regclass('versions_facets'))")
