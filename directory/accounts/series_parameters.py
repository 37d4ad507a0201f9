"""Query parameters of the series of an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from directory.accounts.parameters import HistoryQuery
from directory.followers.series import INTERVALS, Interval
from directory.http.csv_options import CsvOptions, CsvOptionsSchema
from directory.http.fields import Date, Enum
from directory.http.pagination import PagedQuerySchema
from directory.http.parameters import QuerySchema

# Of these days there may be intervals: 40,000 at most.
_FIRST_DAY: Final = dt.date(1990, 1, 1)
_LAST_DAY: Final = dt.date(2099, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuery(HistoryQuery):
    """The parameters of one page of observations."""

    begin: dt.date | None = None
    end: dt.date | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesCsvQuery(CsvOptions):
    """The parameters of a series as CSV."""

    begin: dt.date | None = None
    end: dt.date | None = None
    interval: Interval | None = None
    bom: str = "false"
    escape_formulas: str = "false"
    spreadsheet: str = "false"


class _SeriesSchema(QuerySchema):
    """Which days of a series, and how it is thinned: what its pages and its CSV have in common."""

    begin = Date("The first day (UTC).", data_key="from", example="2011-03-01")
    end = Date("The last day (UTC).", data_key="to", example="2011-03-31")
    interval = Enum(
        "One item for each day, week (from Monday) or month (UTC) between `from` and `to`, or else between the first"
        " and the last observation: the last observation that counted followers stands for it, and one with nothing"
        " but nulls for a gap. Without it, every observation.",
        INTERVALS,
        example="week",
    )

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield an error for `from` above `to`, and for days that no series reaches."""
        begin, end = values.get("begin"), values.get("end")
        for name, day in (("from", begin), ("to", end)):
            if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
                yield name, f"expected a day from {_FIRST_DAY} to {_LAST_DAY}"
        if begin is not None and end is not None and begin > end:
            yield "from", "is above to; nothing can match both"


class SeriesQuerySchema(_SeriesSchema, PagedQuerySchema):
    """One page of observations."""

    result_class: ClassVar[type[Any] | None] = SeriesQuery


class SeriesCsvQuerySchema(CsvOptionsSchema, _SeriesSchema):
    """All observations as CSV."""

    result_class: ClassVar[type[Any] | None] = SeriesCsvQuery
