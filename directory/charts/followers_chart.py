"""The chart of an account's followers over time, and its sparkline."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from itertools import chain, count
from typing import Final, Literal

from leather import Chart  # type: ignore[import-untyped]
from leather.scales import Linear  # type: ignore[import-untyped]
from leather.scales.base import Scale  # type: ignore[import-untyped]
from leather.series import Series  # type: ignore[import-untyped]
from leather.shapes import Line  # type: ignore[import-untyped]

from directory.charts.series import POINTS_MAX, Point, split_absurd, with_gaps
from directory.charts.svg import finish
from directory.charts.words import WORDS, Language, Words

Form = Literal["chart", "sparkline"]
FORMS: Final[tuple[Form, ...]] = ("chart", "sparkline")
SIZES: Final[dict[Form, tuple[int, int]]] = {"chart": (720, 320), "sparkline": (120, 32)}
# A sparkline is as wide as a word.
POINTS_OF: Final[dict[Form, int]] = {"chart": POINTS_MAX, "sparkline": 100}
_TICKS_MAX: Final = 6
# Between two ticks; less than one: as many days as it takes.
_MONTHS: Final = (0.5, 1, 2, 3, 6)
_MARGIN: Final = 3
# Absurd counts that a description names.
_LISTED_MAX: Final = 3
# A longer time is labelled by months.
_SHORT_DAYS: Final = 180


def render_followers(
    points: Sequence[Point],
    *,
    account_id: str,
    name: str,
    form: Form = "chart",
    theme: str = "auto",
    notice: str | None = None,
    language: Language = "en",
) -> str:
    """Return the SVG document of a series; one without points states that. Absurd counts are stated and not drawn.

    `notice` states that data are invented.
    """
    words = WORDS[language]
    width, height = SIZES[form]
    points, absurd = split_absurd(points)
    if not points:
        content = _empty(form, words)
    else:
        content = _chart(points, width, height, words) if form == "chart" else _line(points)
    return finish(
        content,
        key=f"followers-{account_id}-{form}",
        width=width,
        height=height,
        title=words.followers.format(name=name),
        description=_describe(points, words) + _describe_absurd(absurd, words),
        theme=theme,
        notice=notice,
        language=language,
    )


class _Days(Scale):  # type: ignore[misc]  # leather has no types
    """A scale of days: leather's own has ticks without a year, and fails for a few days."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        self.first, self.last = first, last if last > first else first + dt.timedelta(days=1)

    def contains(self, v: dt.date) -> bool:
        return self.first <= v <= self.last

    def project(self, value: dt.date, range_min: float, range_max: float) -> float:
        share = (value - self.first).days / (self.last - self.first).days
        return float(range_min) + share * (float(range_max) - float(range_min))

    def ticks(self) -> list[dt.date]:
        days = (self.last - self.first).days
        if days < _TICKS_MAX:
            return [self.first + dt.timedelta(days=day) for day in range(days + 1)]
        months = next(each for each in chain(_MONTHS, count(12, 12)) if days / 30 / each <= _TICKS_MAX)
        if months < 1:
            step = -(-days // _TICKS_MAX)
            return [self.first + dt.timedelta(days=day) for day in range(0, days + 1, step)]
        return [day for day in _first_days(self.first, self.last, int(months)) if day >= self.first]

    def format_tick(self, value: dt.date, i: int, count: int) -> str:  # noqa: ARG002 - as leather declares it
        return value.isoformat() if (self.last - self.first).days < _SHORT_DAYS else f"{value:%Y-%m}"


def _first_days(first: dt.date, last: dt.date, months: int) -> Iterator[dt.date]:
    """Yield the first day of every so many months, counted from January of a year that has a multiple of them."""
    start = first.year * 12 // months * months
    for number in count(start, months):
        if number // 12 > dt.MAXYEAR or (day := dt.date(number // 12, number % 12 + 1, 1)) > last:
            return
        yield day


def _scales(points: Sequence[Point]) -> tuple[Scale, Scale]:
    counts = [point.followers for point in points]
    least, most = min(counts), max(counts)
    # leather takes 0 to 1 for the range of one value.
    low, high = (least, most) if most > least else (least - 1, least + 1) if least else (0, 1)
    return _Days(points[0].day, points[-1].day), Linear(low, high)


def _chart(points: Sequence[Point], width: int, height: int, words: Words) -> ET.Element:
    chart = Chart()
    x_scale, y_scale = _scales(points)
    chart.set_x_scale(x_scale)
    chart.set_y_scale(y_scale)
    chart.add_y_axis(tick_formatter=lambda value, _index, _count: words.shorten(float(value)))
    chart.add_line(with_gaps(points))
    group: ET.Element = chart.to_svg_group(width, height)
    # Its ground: a picture stands on that of the page.
    group.remove(group[0])
    return group


def _line(points: Sequence[Point]) -> ET.Element:
    width, height = (size - 2 * _MARGIN for size in SIZES["sparkline"])
    series = Series(with_gaps(points))
    group: ET.Element = Line().to_svg(width, height, *_scales(points), series, iter(["none"]))
    group.set("transform", f"translate({_MARGIN} {_MARGIN})")
    return group


def _empty(form: Form, words: Words) -> ET.Element:
    group = ET.Element("g")
    width, height = SIZES[form]
    attributes = {"x": str(width // 2), "y": str(height // 2 + 4), "text-anchor": "middle"}
    ET.SubElement(group, "text", attributes).text = words.no_counts
    return group


def _describe_absurd(absurd: Sequence[Point], words: Words) -> str:
    if not absurd:
        return ""
    counts = words.and_between.join(_state(point, words) for point in absurd[:_LISTED_MAX])
    more = words.more.format(number=len(absurd) - _LISTED_MAX) if len(absurd) > _LISTED_MAX else ""
    return words.left_out.format(counts=counts, more=more)


def _describe(points: Sequence[Point], words: Words) -> str:
    if not points:
        return words.nobody_counted
    first, last = points[0], points[-1]
    if len(points) == 1:
        return words.only.format(count=_state(last, words))
    named = {
        "first": first,
        "last": last,
        "most": max(points, key=lambda point: point.followers),
        "least": min(points, key=lambda point: point.followers),
    }
    return words.series.format(number=len(points), **{name: _state(point, words) for name, point in named.items()})


def _state(point: Point, words: Words) -> str:
    return words.one_count.format(count=point.followers, day=point.day.isoformat())
