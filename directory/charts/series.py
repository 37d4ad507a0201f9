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
_JUMP: Final = 1000
_LEAST: Final = 100


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


def split_absurd(points: Sequence[Point]) -> tuple[list[Point], list[Point]]:
    """Return the points to draw, and those that are 1,000 times the one before or a thousandth, unless one confirms it.

    A single such count would make a line on the ground of all others. As in rankings, fewer than 100 count as 100.
    """
    drawn: list[Point] = []
    absurd: list[Point] = []
    for point, following in zip(points, [*points[1:], None], strict=False):
        is_doubted = bool(drawn) and _is_jump(drawn[-1], point)
        if is_doubted and (following is None or _is_jump(point, following)):
            absurd.append(point)
        else:
            drawn.append(point)
    return drawn, absurd


def _is_jump(point: Point, other: Point) -> bool:
    most, least = max(point.followers, other.followers), min(point.followers, other.followers)
    return most >= _JUMP * max(least, _LEAST)


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
