"""SQL of retention: old days of packed months are thinned to weeks.

Thinning removes observations, and so is a revision; what it leaves depends on the series alone, and not on when or how
often it runs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from directory.database import advisory_locks
from directory.database.revisions import begin_revision
from directory.followers.packing import PACKED, next_month, sorted_rows

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

JUMP: Final = 1000
"""A count that is so many times another one next to it, or one of so many parts of it, is a jump."""

# Weeks begin on Monday (ISO 8601) in UTC. Of each the last value of everything stays, and so the latest of the account.
_KEPT: Final = """
    CREATE TEMP TABLE kept_observations ON COMMIT DROP AS
    WITH nearby AS MATERIALIZED (
        SELECT s.*, date_trunc('week', s.observed_at, 'UTC') AS week
          FROM observation_series AS s
          JOIN (SELECT DISTINCT account_id FROM observation_blocks WHERE month = %(month)s AND NOT is_thinned) AS b
         USING (account_id)
         WHERE s.month BETWEEN %(month)s::date - interval '1 month' AND %(month)s::date + interval '1 month'
           AND s.observed_at >= date_trunc('week', %(begin)s::timestamptz, 'UTC') - interval '7 days'
           AND s.observed_at < date_trunc('week', %(end)s::timestamptz, 'UTC') + interval '7 days'
    ), counted AS (
        SELECT account_id, source, week, observed_at, followers,
               lag(followers) OVER (PARTITION BY account_id, source ORDER BY observed_at) AS earlier
          FROM nearby WHERE followers IS NOT NULL
    ), followed AS (
        SELECT account_id, source, week, followers,
               CASE WHEN earlier IS NULL AND week >= date_trunc('week', %(begin)s::timestamptz, 'UTC')
                    -- Nothing was counted in the week before: the last count lies further back.
                    THEN (SELECT s.followers FROM observation_series AS s
                           WHERE (s.account_id, s.source) = (counted.account_id, counted.source)
                             AND s.observed_at < counted.observed_at AND s.followers IS NOT NULL
                           ORDER BY s.observed_at DESC LIMIT 1)
                    ELSE earlier END AS earlier
          FROM counted
    ), unsteady AS (
        -- Thinned, such a week would show a jump where there was none, or hide one.
        SELECT account_id, source, week FROM followed
         GROUP BY account_id, source, week
        HAVING max(greatest(followers, earlier))
               >= %(jump)s * greatest(min(least(followers, coalesce(earlier, followers))), 1)
    ), posted AS (
        SELECT *, max(last_post_at) OVER (PARTITION BY account_id, source, week) AS latest_post FROM nearby
    ), judged AS (
        SELECT n.*, coalesce(u.week IS NOT NULL OR n.stated IS NOT NULL
               OR n.observed_at = max(n.observed_at) FILTER (WHERE n.followers IS NOT NULL) OVER weekly
               OR n.observed_at = max(n.observed_at) FILTER (WHERE n.following IS NOT NULL) OVER weekly
               OR n.observed_at = max(n.observed_at) FILTER (WHERE n.posts IS NOT NULL) OVER weekly
               OR n.observed_at = max(n.observed_at) FILTER (WHERE n.verified IS NOT NULL) OVER weekly
               -- Of an account that is silent each day of the week has the same latest post.
               OR n.observed_at = max(n.observed_at) FILTER (WHERE n.last_post_at = n.latest_post) OVER weekly
               -- Sources that contradict each other, as in the flags of a series.
               OR n.followers IS NOT NULL
                  AND min(n.source) FILTER (WHERE n.followers IS NOT NULL) OVER daily
                      <> max(n.source) FILTER (WHERE n.followers IS NOT NULL) OVER daily
                  AND max(n.followers) OVER daily >= 2 * greatest(min(n.followers) OVER daily, 1), false) AS is_kept
          FROM posted AS n
          LEFT JOIN unsteady AS u USING (account_id, source, week)
        WINDOW weekly AS (PARTITION BY account_id, source, n.week),
               daily AS (PARTITION BY account_id, date_trunc('day', n.observed_at, 'UTC'))
    )
    SELECT account_id, month, source, observed_at, revision, followers, following, posts, last_post_at, verified,
           stated, is_kept
      FROM judged WHERE month = %(month)s
"""


def thin_months(conn: Connection[Any], before: datetime, *, actor: str) -> int:
    """Thin packed months whose weeks all ended before a time, each in a revision; return how many observations went."""
    months = conn.execute(
        """
        SELECT DISTINCT month FROM observation_blocks
         WHERE NOT is_thinned AND month + interval '1 month 7 days' <= %s::timestamptz AT TIME ZONE 'UTC'
         ORDER BY month
        """,
        (before,),
    ).fetchall()
    removed = 0
    # Month by month, since others wait to write: five years of many accounts take long.
    for (month,) in months:
        with conn.transaction():
            advisory_locks.lock_writes(conn)
            if of_month := _thin_month(conn, month):
                begin_revision(conn, actor=actor, reason=f"observations of {month:%Y-%m} thinned to weeks")
            removed += of_month
    return removed


def _thin_month(conn: Connection[Any], month: date) -> int:
    """Remove from a packed month all but what stays of each week; return how many observations that were."""
    begin = datetime(month.year, month.month, 1, tzinfo=UTC)
    conn.execute("DROP TABLE IF EXISTS pg_temp.kept_observations")
    conn.execute(_KEPT, {"month": month, "begin": begin, "end": next_month(begin), "jump": JUMP})
    removed = conn.execute("DELETE FROM kept_observations WHERE NOT is_kept").rowcount
    conn.execute(
        sql.SQL(
            """
            UPDATE observation_blocks AS b
               SET (revision, observed_at, revisions, followers, following, posts, last_post_at, verified, stated)
                 = (p.revision, p.observed_at, p.revisions, p.followers, p.following, p.posts, p.last_post_at,
                    p.verified, p.stated)
              FROM ({}) AS p
             WHERE (b.account_id, b.month, b.source) = (p.account_id, p.month, p.source)
               AND cardinality(b.observed_at) > cardinality(p.observed_at)
            """
        ).format(sql.SQL(PACKED).format(sorted_rows("kept_observations")))
    )
    # Of a week that ends in the next month nothing may be left in this one.
    conn.execute(
        """
        DELETE FROM observation_blocks AS b
         WHERE month = %s AND NOT is_thinned
           AND NOT EXISTS (SELECT FROM kept_observations AS k
                            WHERE (k.account_id, k.source) = (b.account_id, b.source))
        """,
        (month,),
    )
    conn.execute("UPDATE observation_blocks SET is_thinned = true WHERE month = %s AND NOT is_thinned", (month,))
    return removed
