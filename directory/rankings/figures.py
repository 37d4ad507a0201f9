"""SQL of the counts that a ranking compares: of each account the last one before the ends of its windows.

A count is that of the last observation which has one; of two of one time, that of the last source by id. For growth it
must have been observed within the last week before that end, or within the last `days` where these are fewer: else a
count of long ago would pass for one of the window. Windows of different ends do not overlap, so no count is compared
with itself.

Counts are found in two ways, which give the same: each account is looked up in the series, or, where many accounts are
ranked, the observations of the day before the end are read together and the rest is looked up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from directory.database.sql import Fragment, column, compose, join, placeholder

Column = Literal["followers", "posts"]

# What is 1,000 times another count is not believed before the next one confirms it. An account with fewer than 100
# counts as one of 100: 60,000 may well come to it within days.
LEAST_IMPLAUSIBLE: Final = 100_000
_MAX_AGE_DAYS: Final = 7
# Counts of any age are first looked for in so many days: all packed months of an account are read otherwise.
_RECENT: Final = dt.timedelta(days=31)
_DAY: Final = dt.timedelta(days=1)
# Before any account was observed, no day is the last one.
_NEVER: Final = dt.date(1970, 1, 1)

_CURRENT: Final = """CASE WHEN m.latest_at >= %(oldest_0)s::timestamptz THEN m.latest END AS count_0,
                   CASE WHEN m.latest_at >= %(oldest_0)s::timestamptz THEN m.latest_at END AS at_0"""
# A subquery of an expression is run only where CASE comes to it; one of FROM costs 0.3 us for each account.
_LOOKED_UP: Final = """(SELECT ROW(o.{0}, o.observed_at)::observed_count
                      FROM observation_series AS o
                     WHERE o.account_id = m.id AND o.{0} IS NOT NULL
                       AND o.observed_at < {1}::timestamptz AND o.observed_at >= {2}::timestamptz
                       AND o.month < ({1}::timestamptz AT TIME ZONE 'UTC') AND o.month >= {3}::date
                     ORDER BY o.observed_at DESC, o.source DESC
                     LIMIT 1)"""
# Of a packed month the last observation of the day is found in its array. Where that one has no count, the account is
# looked up: an earlier one of the same day may have.
_DAY_READ: Final = """
              LEFT JOIN (SELECT DISTINCT ON (account_id) account_id, count, observed_at
                           FROM (SELECT account_id, {1} AS count, observed_at, source
                                   FROM observations
                                  WHERE observed_at < {2}::timestamptz AND observed_at >= {3}::timestamptz
                                    AND {1} IS NOT NULL
                                  UNION ALL
                                 SELECT b.account_id, b.{1}[n.i], b.observed_at[n.i], b.source
                                   FROM observation_blocks AS b
                                  CROSS JOIN LATERAL (
                                        SELECT width_bucket({2}::timestamptz - interval '1 microsecond', b.observed_at)
                                        OFFSET 0) AS n (i)
                                  WHERE b.month = date_trunc('month', {3}::timestamptz AT TIME ZONE 'UTC')::date
                                    AND b.observed_at[n.i] >= {3}::timestamptz) AS seen
                          ORDER BY account_id, observed_at DESC, source DESC) AS {0} ON {0}.account_id = m.id"""
_IMPLAUSIBLE: Final = """(greatest({0}, {1}) >= 1000 * greatest(least({0}, {1}), 100))"""
# The observation before the count; only for what is high enough. Without one the comparison is NULL.
_JUMPED: Final = """({0} >= 100000 AND {0} >= 1000 * coalesce((
                SELECT greatest(o.followers, 100) FROM observation_series AS o
                 WHERE o.account_id = {2} AND o.followers IS NOT NULL AND o.observed_at < {1}
                   AND o.month >= date_trunc('month', {1} AT TIME ZONE 'UTC' - interval '31 days')::date
                   AND o.month <= ({1} AT TIME ZONE 'UTC')::date
                 ORDER BY o.observed_at DESC, o.source DESC LIMIT 1), (
                SELECT greatest(o.followers, 100) FROM observation_series AS o
                 WHERE o.account_id = {2} AND o.followers IS NOT NULL AND o.observed_at < {1}
                 ORDER BY o.observed_at DESC, o.source DESC LIMIT 1)))"""


@dataclass(frozen=True, slots=True)
class Extent:
    """The last day (UTC) on which any account was observed, None if none ever was, and the number of accounts."""

    last_day: dt.date | None
    accounts: int


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of the windows that are compared, the last one first, and how old a count may be at each."""

    # Exclusive.
    times: tuple[dt.datetime, ...]
    max_age: dt.timedelta | None
    # Whether no observation is later than the last end: it has the latest counts.
    is_current: bool
    # Number of all accounts, of which the ranking has some.
    accounts: int

    @classmethod
    def of(cls, extent: Extent, date: dt.date | None, days: int | None, *, is_growth: bool) -> Ends:
        """Return the ends of a ranking of a day, else of the last one, that is compared with the one `days` before."""
        is_current = date is None or extent.last_day is None or date >= extent.last_day
        date = date or extent.last_day or _NEVER
        last = dt.datetime.combine(date, dt.time(), dt.UTC) + _DAY
        number = 1 if days is None else 3 if is_growth else 2
        step = dt.timedelta(days=days or 0)
        max_age = min(step, _MAX_AGE_DAYS * _DAY) if is_growth else None
        return cls(tuple(last - step * position for position in range(number)), max_age, is_current, extent.accounts)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of the statement."""
        values: dict[str, Any] = {}
        for position, end in enumerate(self.times):
            values[f"end_{position}"] = end
            values[f"day_{position}"] = end - _DAY
            oldest = end - (self.max_age or _RECENT)
            values[f"recent_{position}"] = oldest
            values[f"month_{position}"] = oldest.date().replace(day=1)
            values[f"oldest_{position}"] = "-infinity" if self.max_age is None else oldest
        return values


@dataclass(frozen=True, slots=True)
class Figures:
    """The select list of the counts of `m` as they are found, what has to be joined for them, and what they come to."""

    found: Fragment
    joins: Fragment
    # Of `f`, which has what was found: count_0, at_0, count_1, …
    counts: Fragment


def find_figures(ends: Ends, name: Column, *, reads_days: bool) -> Figures:
    """Return the SQL of the counts at each end.

    `m` has accounts by id with their `latest` count and its time, `latest_at`.
    """
    found, joins, counts = [], [], []
    for position in range(len(ends.times)):
        end, oldest = placeholder(f"end_{position}"), placeholder(f"oldest_{position}")
        count, at, older = (column(f"{each}_{position}") for each in ("count", "at", "older"))
        recent, month = placeholder(f"recent_{position}"), placeholder(f"month_{position}")
        lookup = compose(_LOOKED_UP, column(name), end, recent, month)
        if ends.max_age is None:
            lookup = compose("coalesce({}, {})", lookup, compose(_LOOKED_UP, column(name), end, oldest, oldest))
        if position == 0 and ends.is_current:
            found.append(compose(_CURRENT))
            counts.append(compose("f.count_0, f.at_0"))
        elif reads_days:
            day = column(f"day_{position}")
            joins.append(compose(_DAY_READ, day, column(name), end, placeholder(f"day_{position}")))
            found.append(compose("{0}.count AS {1}, {0}.observed_at AS {2}", day, count, at))
            found.append(compose("CASE WHEN {}.count IS NULL THEN {} END AS {}", day, lookup, older))
            counts.append(
                compose(
                    "coalesce(f.{0}, (f.{2}).count) AS {0},"
                    " CASE WHEN f.{0} IS NULL THEN (f.{2}).observed_at ELSE f.{1} END AS {1}",
                    count,
                    at,
                    older,
                )
            )
        else:
            found.append(compose("{} AS {}", lookup, older))
            counts.append(compose("(f.{2}).count AS {0}, (f.{2}).observed_at AS {1}", count, at, older))
    return Figures(join(", ", found), join("", joins), join(", ", counts))


def is_implausible(count: Fragment, earlier: Fragment) -> Fragment:
    """Return the condition that one of two counts is absurd."""
    return compose(_IMPLAUSIBLE, count, earlier)


def has_jumped(count: Fragment, observed_at: Fragment, account_id: Fragment) -> Fragment:
    """Return the condition that a count of followers is absurdly higher than the one before."""
    return compose(_JUMPED, count, observed_at, account_id)
