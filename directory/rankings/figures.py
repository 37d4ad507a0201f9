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
_DAY: Final = dt.timedelta(days=1)

_CURRENT: Final = """
  CROSS JOIN LATERAL (SELECT CASE WHEN k.{1} >= %(oldest_0)s::timestamptz THEN k.{0} END AS count,
                             CASE WHEN k.{1} >= %(oldest_0)s::timestamptz THEN k.{1} END AS observed_at) AS {2}"""
_LOOKED_UP: Final = """
   LEFT JOIN LATERAL (SELECT o.{0} AS count, o.observed_at
                        FROM observations AS o
                       WHERE o.account_id = m.id AND o.{0} IS NOT NULL
                         AND o.observed_at < {1}::timestamptz AND o.observed_at >= {2}::timestamptz
                       ORDER BY o.observed_at DESC, o.source DESC
                       LIMIT 1) AS {3} ON true"""
_DAY_READ: Final = """{} AS MATERIALIZED (
    SELECT DISTINCT ON (account_id) account_id, {} AS count, observed_at
      FROM observations
     WHERE observed_at < {}::timestamptz AND observed_at >= {}::timestamptz AND {} IS NOT NULL
     ORDER BY account_id, observed_at DESC, source DESC
)"""
_DAY_JOINED: Final = """
   LEFT JOIN {4} ON {4}.account_id = m.id
   LEFT JOIN LATERAL (SELECT o.{0} AS count, o.observed_at
                        FROM observations AS o
                       WHERE o.account_id = m.id AND o.{0} IS NOT NULL AND {4}.account_id IS NULL
                         AND o.observed_at < {1}::timestamptz AND o.observed_at >= {2}::timestamptz
                       ORDER BY o.observed_at DESC, o.source DESC
                       LIMIT 1) AS {5} ON true
  CROSS JOIN LATERAL (SELECT coalesce({4}.count, {5}.count) AS count,
                             coalesce({4}.observed_at, {5}.observed_at) AS observed_at) AS {3}"""
_IMPLAUSIBLE: Final = """(greatest({0}, {1}) >= 1000 * greatest(least({0}, {1}), 100))"""
# The observation before the count; only for what is high enough. Without one the comparison is NULL.
_JUMPED: Final = """({0} >= 100000 AND {0} >= 1000 * (
                SELECT greatest(o.followers, 100) FROM observations AS o
                 WHERE o.account_id = {2} AND o.followers IS NOT NULL AND o.observed_at < {1}
                 ORDER BY o.observed_at DESC, o.source DESC LIMIT 1))"""


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of the windows that are compared, the last one first, and how old a count may be at each."""

    # Exclusive.
    times: tuple[dt.datetime, ...]
    max_age: dt.timedelta | None
    # Whether no observation is later than the last end: it has the latest counts.
    is_current: bool

    @classmethod
    def of(cls, date: dt.date, days: int | None, *, is_growth: bool, is_current: bool) -> Ends:
        """Return the ends of a ranking of a day that is compared with the one `days` before."""
        last = dt.datetime.combine(date, dt.time(), dt.UTC) + _DAY
        number = 1 if days is None else 3 if is_growth else 2
        step = dt.timedelta(days=days or 0)
        max_age = min(step, _MAX_AGE_DAYS * _DAY) if is_growth else None
        return cls(tuple(last - step * position for position in range(number)), max_age, is_current)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of the statement."""
        values: dict[str, Any] = {}
        for position, end in enumerate(self.times):
            values[f"end_{position}"] = end
            values[f"day_{position}"] = end - _DAY
            values[f"oldest_{position}"] = "-infinity" if self.max_age is None else end - self.max_age
        return values


def day_ctes(ends: Ends, name: Column) -> list[Fragment]:
    """Return the common table expressions that read the days before the ends."""
    return [
        compose(_DAY_READ, column(f"day_{position}"), column(name), end, day, column(name))
        for position, (end, day, _) in _bounds(ends)
        if not (position == 0 and ends.is_current)
    ]


def figure_joins(ends: Ends, name: Column, *, reads_days: bool) -> Fragment:
    """Return the joins of `m` (accounts by id) and `k` (account_followers) with the counts, called f0, f1 and f2."""
    joins = []
    for position, (end, _, oldest) in _bounds(ends):
        figure = column(f"f{position}")
        if position == 0 and ends.is_current:
            joins.append(compose(_CURRENT, column(name), column(f"{name}_at"), figure))
        elif reads_days:
            day, older = column(f"day_{position}"), column(f"older_{position}")
            joins.append(compose(_DAY_JOINED, column(name), end, oldest, figure, day, older))
        else:
            joins.append(compose(_LOOKED_UP, column(name), end, oldest, figure))
    return join("", joins)


def is_implausible(count: Fragment, earlier: Fragment) -> Fragment:
    """Return the condition that one of two counts is absurd."""
    return compose(_IMPLAUSIBLE, count, earlier)


def has_jumped(count: Fragment, observed_at: Fragment, account_id: Fragment) -> Fragment:
    """Return the condition that a count of followers is absurdly higher than the one before."""
    return compose(_JUMPED, count, observed_at, account_id)


def _bounds(ends: Ends) -> list[tuple[int, tuple[Fragment, Fragment, Fragment]]]:
    """Return the placeholders of each end, of the beginning of its last day, and of the oldest count."""
    return [
        (position, (placeholder(f"end_{position}"), placeholder(f"day_{position}"), placeholder(f"oldest_{position}")))
        for position in range(len(ends.times))
    ]
