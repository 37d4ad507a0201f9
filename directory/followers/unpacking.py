"""SQL that makes rows of packed observations, where staged ones say something that they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection


def unpack_staged_months(conn: Connection[Any]) -> None:
    """Unpack the accounts and months of which staged rows say something new; of others remove the staged rows.

    A backlog that is sent again would otherwise be unpacked to find that all of it is known: 30 rows for each row.
    """
    packed = conn.execute(
        """
        SELECT array_agg(month)
          FROM (SELECT DISTINCT date_trunc('month', observed_at AT TIME ZONE 'UTC')::date AS month
                  FROM observation_rows) AS months
         WHERE EXISTS (SELECT FROM observation_blocks AS b WHERE b.month = months.month)
        """
    ).fetchone()
    if packed is None or not packed[0]:
        return
    conn.execute("DROP TABLE IF EXISTS pg_temp.observation_months")
    conn.execute(
        """
        CREATE TEMP TABLE observation_months ON COMMIT DROP AS
        WITH staged AS (
            SELECT *, date_trunc('month', observed_at AT TIME ZONE 'UTC')::date AS month FROM observation_rows
        ), known AS (
            SELECT b.account_id, b.source, o.*
              FROM (SELECT DISTINCT account_id, month, source FROM staged) AS s
              JOIN observation_blocks AS b USING (account_id, month, source)
             CROSS JOIN LATERAL unnest(b.observed_at, b.followers, b.following, b.posts, b.last_post_at, b.verified,
                                       b.stated)
                     AS o (observed_at, followers, following, posts, last_post_at, verified, stated)
        )
        SELECT DISTINCT r.account_id, r.month
          FROM staged AS r
          LEFT JOIN known AS o USING (account_id, source, observed_at)
         WHERE r.month = ANY (%s)
           AND (o.account_id IS NULL
                OR (coalesce(r.followers, o.followers), coalesce(r.following, o.following),
                    coalesce(r.posts, o.posts), coalesce(r.last_post_at, o.last_post_at),
                    coalesce(r.verified, o.verified))
                   IS DISTINCT FROM (o.followers, o.following, o.posts, o.last_post_at, o.verified)
                OR NOT coalesce(o.stated, '{}') @> coalesce(r.stated, '{}'))
        """,
        (packed[0],),
    )
    # All of an account and month, or nothing: of two rows about one time the known one may be the last.
    conn.execute(
        """
        WITH staged AS (
            SELECT ctid AS place, account_id, date_trunc('month', observed_at AT TIME ZONE 'UTC')::date AS month
              FROM observation_rows
        )
        DELETE FROM observation_rows AS r
         USING staged AS s
         WHERE r.ctid = s.place AND s.month = ANY (%s)
           AND NOT EXISTS (SELECT FROM observation_months AS m WHERE (m.account_id, m.month) = (s.account_id, s.month))
        """,
        (packed[0],),
    )
    # Month by month: an account of one month is not unpacked in the months of others.
    conn.execute(
        "SELECT unpack_observations(array_agg(account_id), ARRAY[month]) FROM observation_months GROUP BY month"
    )
