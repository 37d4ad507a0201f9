"""SQL of the series of one account: its observations with their flags, or one for each day, week or month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import Fragment, compose
from directory.followers.retention import JUMP

if TYPE_CHECKING:
    import datetime as dt

    from psycopg import Connection

Interval: TypeAlias = Literal["day", "week", "month"]
INTERVALS: Final[tuple[Interval, ...]] = ("day", "week", "month")
FLAGS: Final = ("jump", "contradicted", "replaced", "no_count")

# Flags follow from the series as it is now: an observation that comes later may end or begin one.
_FLAGGED: Final = compose("""
    WITH seen AS (
        SELECT observed_at, source, followers, following, posts, last_post_at, verified, stated,
               -- Of those before that counted followers, the last.
               lag(followers) OVER (PARTITION BY source, followers IS NULL ORDER BY observed_at) AS earlier,
               max(followers) OVER same_day AS highest, min(followers) OVER same_day AS lowest,
               min(source) FILTER (WHERE followers IS NOT NULL) OVER same_day
               <> max(source) FILTER (WHERE followers IS NOT NULL) OVER same_day AS is_of_two_sources
          FROM observation_series
         WHERE account_id = %(id)s
           AND (%(end)s::date IS NULL OR observed_at < (%(end)s::date + 1)::timestamp AT TIME ZONE 'UTC')
        WINDOW same_day AS (PARTITION BY date_trunc('day', observed_at, 'UTC'))
    ), flagged AS (
        SELECT observed_at, source, followers, following, posts, last_post_at, verified,
               array_remove(ARRAY[
                   CASE WHEN greatest(followers, earlier) >= %(jump)s::integer * greatest(least(followers, earlier), 1)
                             AND followers IS NOT NULL AND earlier IS NOT NULL THEN 'jump' END,
                   CASE WHEN followers IS NOT NULL AND is_of_two_sources AND highest >= 2 * greatest(lowest, 1)
                        THEN 'contradicted' END,
                   CASE WHEN stated ? 'replaced' THEN 'replaced' END,
                   CASE WHEN stated ?| ARRAY['followers', 'following', 'posts'] THEN 'no_count' END], NULL) AS flags,
               stated
          FROM seen
         WHERE %(begin)s::date IS NULL OR observed_at >= %(begin)s::date::timestamp AT TIME ZONE 'UTC'
    )
""")
_OBSERVATIONS: Final = compose(
    """
    {}
    SELECT row_to_json(f)::text, f.observed_at::text, f.source
      FROM flagged AS f
     WHERE %(after_at)s::timestamptz IS NULL
        OR (f.observed_at, f.source) < (%(after_at)s::timestamptz, %(after_source)s)
     ORDER BY f.observed_at DESC, f.source DESC
     LIMIT %(limit)s
    """,
    _FLAGGED,
)
# The last count of an interval stands for it; an interval without any observation is a row of nulls.
_PERIODS: Final = compose(
    """
    {}, chosen AS (
        SELECT DISTINCT ON (period) date_trunc(%(interval)s::text, observed_at AT TIME ZONE 'UTC')::date AS period,
               flagged.*
          FROM flagged
         ORDER BY period, followers IS NULL, observed_at DESC, source DESC
    ), periods AS (
        SELECT day::date AS period
          FROM generate_series(
               date_trunc(%(interval)s::text, coalesce(%(begin)s::date, (SELECT min(period) FROM chosen))::timestamp),
               date_trunc(%(interval)s::text, coalesce(%(end)s::date, (SELECT max(period) FROM chosen))::timestamp),
               ('1 ' || %(interval)s::text)::interval) AS day
    )
    """,
    _FLAGGED,
)
_INTERVALS: Final = compose(
    """
    {}
    SELECT row_to_json(i)::text, i.period::text
      FROM (SELECT period, observed_at, source, followers, following, posts, last_post_at, verified,
                   coalesce(flags, ARRAY[]::text[]) AS flags, stated
              FROM periods LEFT JOIN chosen USING (period)
             WHERE %(after_period)s::date IS NULL OR period < %(after_period)s::date
             ORDER BY period DESC LIMIT %(limit)s::integer) AS i
    """,
    _PERIODS,
)
# The oldest first, as a spreadsheet draws them; without what contradicts a count, which is JSON.
_CELLS: Final = compose("""
    to_json(observed_at) #>> '{{}}' AS observed_at, source, followers, following, posts,
    to_json(last_post_at) #>> '{{}}' AS last_post_at, verified, nullif(array_to_string(flags, '|'), '') AS flags
""")
_OBSERVATIONS_CSV: Final = compose(
    "COPY ({} SELECT {} FROM flagged ORDER BY flagged.observed_at, source) TO STDOUT (FORMAT csv, HEADER)",
    _FLAGGED,
    _CELLS,
)
_INTERVALS_CSV: Final = compose(
    "COPY ({} SELECT period, {} FROM periods LEFT JOIN chosen USING (period) ORDER BY period)"
    " TO STDOUT (FORMAT csv, HEADER)",
    _PERIODS,
    _CELLS,
)


def select_observations(
    conn: Connection[Any],
    account_id: str,
    *,
    begin: dt.date | None,
    end: dt.date | None,
    limit: int,
    after: Sequence[object] | None,
) -> list[tuple[str, ...]]:
    """Return observations from one day to another (UTC), the newest first: public JSON, then cursor values."""
    at, source = after or (None, None)
    return conn.execute(
        _OBSERVATIONS,
        {
            "id": account_id, "begin": begin, "end": end, "limit": limit, "jump": JUMP, "after_at": at,
            "after_source": source,
        },
    ).fetchall()  # fmt: skip


def select_intervals(
    conn: Connection[Any],
    account_id: str,
    interval: Interval,
    *,
    begin: dt.date | None,
    end: dt.date | None,
    limit: int,
    after: object,
) -> list[tuple[str, ...]]:
    """Return one observation for each interval without a gap, the newest first: public JSON, then the cursor value.

    `after` is the first day of the interval that the page before ends with.
    """
    return fetch_prepared(
        conn,
        _INTERVALS,
        {
            "id": account_id, "begin": begin, "end": end, "limit": limit, "jump": JUMP, "interval": interval,
            "after_period": after,
        },
    )  # fmt: skip


def csv_statement(
    account_id: str, interval: Interval | None, *, begin: dt.date | None, end: dt.date | None
) -> tuple[Fragment, dict[str, object]]:
    """Return the COPY that writes a series as CSV, the oldest first, and its parameters.

    A row for each observation, or for each interval without a gap, whose first day is in the column `period`.
    """
    parameters: dict[str, object] = {"id": account_id, "begin": begin, "end": end, "jump": JUMP}
    if interval is None:
        return _OBSERVATIONS_CSV, parameters
    return _INTERVALS_CSV, {**parameters, "interval": interval}
