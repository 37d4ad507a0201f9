"""What a chart of followers draws: counts by day, and who reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from psycopg import Connection

Interval = Literal["day", "week", "month"]
# A chart has some hundred pixels: more points are a larger file and the same picture.
POINTS_MAX: Final = 400
# A line across a longer time without a count, in median times between two, would be invented.
_GAP: Final = 4


@dataclass(frozen=True, slots=True)
class Point:
    """The last count of a day, week or month (the day it begins on)."""

    day: dt.date
    followers: int


class ReadSeries(Protocol):
    """Read the counts of an account."""

    def __call__(
        self,
        conn: Connection[Any],
        account_id: str,
        *,
        start: dt.date | None,
        end: dt.date | None,
        points_max: int = POINTS_MAX,
    ) -> Sequence[Point]:
        """Return the last count of each interval from `start` to `end` (UTC, both included), at most `points_max`.

        The interval is the shortest that gives so few; days without a count are missing.
        """
        ...


def interval_of(days: int, points_max: int = POINTS_MAX) -> Interval:
    """Return the shortest interval of which so many days have no more than `points_max`."""
    if days <= points_max:
        return "day"
    return "week" if days <= 7 * points_max else "month"


def with_gaps(points: Sequence[Point]) -> list[tuple[dt.date, int | None]]:
    """Return the points as a line is drawn through them, with None where it breaks off."""
    steps = [(after.day - before.day).days for before, after in pairwise(points)]
    longest = _GAP * median(steps) if steps else 0
    line: list[tuple[dt.date, int | None]] = []
    for point, step in zip(points, [0, *steps], strict=False):
        if step > longest:
            line.append((point.day, None))
        line.append((point.day, point.followers))
    return line
