"""Query parameters of pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from directory.accounts.parameters import FilterQuery
from directory.charts.followers_chart import FORMS, Form
from directory.charts.ranking_chart import BARS_MAX
from directory.charts.svg import THEMES
from directory.charts.words import LANGUAGES, Language
from directory.http.fields import Date, Enum, Integer
from directory.http.parameters import QuerySchema
from directory.rankings.parameters import RankingPageQuery, RankingQuerySchema

_BARS: Final = 20


def _theme() -> Enum:
    return Enum(
        "`auto` follows the reader's preference, on a ground of its own. `light` and `dark` are for a ground of that"
        " kind, and have neither a ground nor a style sheet.",
        THEMES,
        load_default="auto",
        example="dark",
    )


def _lang() -> Enum:
    return Enum("The language of its words.", LANGUAGES, load_default="en", example="zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowersChartQuery:
    """The parameters of a chart of followers."""

    form: Form = "chart"
    lang: Language = "en"
    theme: str = "auto"
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingChartQuery(RankingPageQuery):
    """The parameters of a chart of a ranking."""

    limit: int = _BARS
    lang: Language = "en"
    theme: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeQuery:
    """The parameters of a badge."""

    lang: Language = "en"
    theme: str = "auto"


class FollowersChartQuerySchema(QuerySchema):
    """A chart of followers."""

    result_class: ClassVar[type[Any] | None] = FollowersChartQuery
    form = Enum(
        "`chart`: with axes, 720 by 320 pixels; `sparkline`: the line alone, 120 by 32, to stand in a row of a table.",
        FORMS,
        load_default="chart",
        example="sparkline",
    )
    lang = _lang()
    theme = _theme()
    start = Date("First day.", data_key="from", example="2024-01-01")
    end = Date("Last day.", data_key="to", example="2026-12-31")

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield the error of a first day after the last."""
        start, end = values.get("start"), values.get("end")
        if start is not None and end is not None and start > end:
            yield "from", "is above to; nothing can match both"


class RankingChartQuerySchema(RankingQuerySchema):
    """A chart of a ranking."""

    query_class: ClassVar[type[FilterQuery]] = RankingChartQuery

    limit = Integer("Most bars.", minimum=1, maximum=BARS_MAX, load_default=_BARS, example=10)
    lang = _lang()
    theme = _theme()


class BadgeQuerySchema(QuerySchema):
    """A badge of an account."""

    result_class: ClassVar[type[Any] | None] = BadgeQuery
    lang = _lang()
    theme = _theme()
