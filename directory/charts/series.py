"""What a chart of followers draws: counts by day, with gaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, Literal

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
