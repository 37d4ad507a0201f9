"""SQL of charts: the counts of one account, and what the account is called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import args_row

from directory.charts.badge import BadgeAccount
from directory.charts.series import POINTS_MAX, Point, interval_of
from directory.regions.chinese_names import chinese_name
from directory.sources.synthetic import SYNTHETIC


def select_name(conn: Connection[Any], account_id: str) -> str | None:
    """Return what an account is called: its name, else its handle or id; None for an unknown id."""
    row = conn.execute("SELECT coalesce(name, handle, id) FROM accounts WHERE id = %s", (account_id,)).fetchone()
    return row[0] if row else None


def select_badge(conn: Connection[Any], account_id: str) -> BadgeAccount | None:
    """Return what the badge of an account shows; None for an id that is not in use."""
    with conn.cursor(row_factory=args_row(BadgeAccount)) as cursor:
        return cursor.execute(
            """
            SELECT platform, handle, name,
                   status <> 'closed' AND replaced_by IS NULL
                   AND NOT (verification = 'none' AND withdrawn_by IS NOT NULL),
                   verification <> 'none',
                   %(synthetic)s = ANY (sources)
              FROM accounts
             WHERE id = %(id)s
            """,
            {"id": account_id, "synthetic": SYNTHETIC},
        ).fetchone()


def select_chinese_names(conn: Connection[Any], codes: Sequence[str]) -> dict[str, str]:
    """Return what readers of Chinese call regions, by code; those without such a name are missing."""
    rows = conn.execute("SELECT code, name_local FROM regions WHERE code = ANY(%s)", (list(codes),)).fetchall()
    names = {code: chinese_name(code, name_local) for code, name_local in rows}
    return {code: name for code, name in names.items() if name is not None}


def read_series(
    conn: Connection[Any],
    account_id: str,
    *,
    start: dt.date | None,
    end: dt.date | None,
    points_max: int = POINTS_MAX,
) -> list[Point]:
    """Return the last count of each interval from `start` to `end` (UTC, both included), at most `points_max`.

    The interval is the shortest that gives so few; days without a count are missing. All sources count.
    """
    parameters = {"id": account_id, "start": start, "end": end, "limit": points_max}
    row = conn.execute(
        """
        SELECT (max(observed_at) AT TIME ZONE 'UTC')::date - (min(observed_at) AT TIME ZONE 'UTC')::date + 1
          FROM observation_series
         WHERE account_id = %(id)s AND followers IS NOT NULL
           AND (%(start)s::date IS NULL OR observed_at >= %(start)s::date::timestamp AT TIME ZONE 'UTC')
           AND (%(end)s::date IS NULL OR observed_at < (%(end)s::date + 1)::timestamp AT TIME ZONE 'UTC')
        """,
        parameters,
        prepare=False,
    ).fetchone()
    if row is None or row[0] is None:
        return []
    with conn.cursor(row_factory=args_row(Point)) as cursor:
        points = cursor.execute(
            """
            SELECT day, followers
              FROM (SELECT DISTINCT ON (1) date_trunc(%(interval)s, observed_at AT TIME ZONE 'UTC')::date AS day,
                           followers
                      FROM observation_series
                     WHERE account_id = %(id)s AND followers IS NOT NULL
                       AND (%(start)s::date IS NULL OR observed_at >= %(start)s::date::timestamp AT TIME ZONE 'UTC')
                       AND (%(end)s::date IS NULL
                            OR observed_at < (%(end)s::date + 1)::timestamp AT TIME ZONE 'UTC')
                     -- Of two sources at one time the one that the record and rankings show.
                     ORDER BY 1 DESC, observed_at DESC, source DESC LIMIT %(limit)s) AS newest
             ORDER BY day
            """,
            {**parameters, "interval": interval_of(int(row[0]), points_max)},
            prepare=False,
        )
        return points.fetchall()
