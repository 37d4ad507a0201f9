"""SQL of daily observations of a sample: steady growth for most accounts, bursts for some, and the two stories.

Whole numbers alone are used, by the position of an account among all ids: the same on every machine.
"""

from datetime import datetime
from typing import Final

from psycopg import Connection

from directory.database.revisions import begin_revision
from directory.followers.queries import create_staging, merge_observations
from directory.sample.calendar import OBSERVED_AT
from directory.sample.rows import SOURCE
from directory.sample.stories import SOARS_TO

DAYS_MAX: Final = 3_650

# Days before the last one: what an account had that soared, from the last day back.
_SOARED: Final = (60_000, 57_300, 51_900, 38_200, 17_400, 4_100, 1_050)


def record_days(conn: Connection, days: int) -> int:
    """Record `days` daily counts of each account, the last of which it has already, in a revision; return how many."""
    begin_revision(conn, actor="directory sample", reason=f"daily counts of {days} days, invented", source=SOURCE)
    create_staging(conn)
    conn.execute(
        """
        WITH numbered AS (
            SELECT f.account_id, f.followers, row_number() OVER (ORDER BY f.account_id) AS number,
                   a.department_type = 'health' AND a.region_path LIKE 'CN/CN-11%%' AND f.followers = %(soars)s AS soars
              FROM account_followers AS f JOIN accounts AS a ON a.id = f.account_id
             WHERE f.followers_at = %(at)s
        ), counted AS (
            SELECT account_id, number, day, CASE
                   WHEN soars THEN coalesce((%(soared)s::bigint[])[day + 1], 812 + 3 * (%(days)s - day))
                   -- One in 40 was carried by an event: within four days its followers multiplied.
                   WHEN number %% 40 = 0 THEN
                        followers / (6 + number %% 20)
                        + (followers - followers / (6 + number %% 20))
                          * least(greatest(9 + number %% 17 - day, 0), 4) / 4
                   -- Up to 3 in 1,000 a day, some a little less each day.
                   ELSE followers - followers * (number %% 35 - 5) * day / 10000 END AS followers
              FROM numbered CROSS JOIN generate_series(1, %(days)s - 1) AS day
        )
        INSERT INTO observation_rows (account_id, observed_at, source, followers, posts)
        SELECT account_id, %(at)s::timestamptz - day * interval '1 day', %(source)s, greatest(followers, 0),
               40 + number %% 900 + (%(days)s - day) * (number %% 4)
          FROM counted
         -- Some days nothing was counted.
         WHERE (number * 7 + day * 13) %% 41 <> 0
        """,
        {"soars": SOARS_TO, "soared": list(_SOARED), "at": OBSERVED_AT, "days": days, "source": SOURCE},
    )
    return sum(batch.observations for batch in merge_observations(conn, datetime.fromisoformat(OBSERVED_AT)))
