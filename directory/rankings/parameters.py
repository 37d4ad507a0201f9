"""Query parameters of rankings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from directory.accounts.parameters import DEFAULT_PAGE_SIZE, FilterQuery, FilterSchema
from directory.accounts.queries.region_levels import MAX_LEVEL
from directory.accounts.schemas import FIELDS
from directory.http.csv_options import CsvOptions, CsvOptionsSchema
from directory.http.fields import Date, Enum, EnumList, Integer, String
from directory.http.pagination import MAX_PAGE_SIZE

By = Literal["followers", "growth", "growth_rate", "posts"]
Of = Literal["accounts", "departments", "regions"]

BY: Final[tuple[By, ...]] = ("followers", "growth", "growth_rate", "posts")
OF: Final[tuple[Of, ...]] = ("accounts", "departments", "regions")
DEFAULT_DAYS: Final = 7
# Ten years.
MAX_DAYS: Final = 3660
# No observation is earlier, and a calendar begins where windows before it would end.
_FIRST_DAY: Final = dt.date(1990, 1, 1)
_DEFAULT_FIELDS: Final = ("id", "platform", "handle", "url", "name", "department", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingQuery(FilterQuery):
    """Filters, and what is ranked by what."""

    by: By = "followers"
    of: Of = "accounts"
    region_level: int | None = None
    days: int | None = None
    date: dt.date | None = None

    @property
    def is_growth(self) -> bool:
        """Whether two counts are compared."""
        return self.by in {"growth", "growth_rate"}

    @property
    def window(self) -> int | None:
        """The days between the counts that are compared, None where nothing is compared."""
        return self.days or (DEFAULT_DAYS if self.is_growth else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingPageQuery(RankingQuery):
    """The parameters of one page."""

    fields: tuple[str, ...] = _DEFAULT_FIELDS
    count: Literal["none", "exact"] = "none"
    limit: int = DEFAULT_PAGE_SIZE
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingCsvQuery(RankingQuery, CsvOptions):
    """The parameters of the CSV download."""

    bom: str = "false"
    escape_formulas: str = "false"
    spreadsheet: str = "false"


class RankingQuerySchema(FilterSchema):
    """Filters, and what is ranked by what: what pages and the download have in common."""

    by = Enum(
        "What to rank by: followers; their growth within `days`, as a number or as a share of what they were; or posts,"
        " all that the account ever made.",
        BY,
        load_default="followers",
        example="growth",
    )
    of = Enum(
        "What to rank: accounts, or departments or regions by the sum of their accounts.",
        OF,
        load_default="accounts",
        example="departments",
    )
    region_level = Integer(
        "With `of=regions`, the level of the regions: 1 for countries (the default), 2 for their first divisions, such"
        " as provinces, and so on. An account whose region is further up counts for its own region.",
        minimum=1,
        maximum=MAX_LEVEL,
        example=2,
    )
    days = Integer(
        f"Days to compare with: growth is what came within them ({DEFAULT_DAYS} unless stated), and the previous rank"
        " is that of so many days before. Followers and posts have a previous rank only where this is stated.",
        minimum=1,
        maximum=MAX_DAYS,
        example=7,
    )
    date = Date(
        "The day (UTC) at whose end accounts are ranked, by what was observed until then; without it, the last day on"
        " which any account was observed. Filters are applied to accounts as they are now.",
        example="2026-11-29",
    )

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the parameters together: also a level where no regions are ranked."""
        yield from super().cross_field_errors(values)
        if values.get("region_level") is not None and values.get("of") != "regions":
            yield "region_level", "needs of=regions"
        date = values.get("date")
        if date is not None and date < _FIRST_DAY:
            yield "date", f"expected a day from {_FIRST_DAY} on"


class RankingPageQuerySchema(RankingQuerySchema):
    """One page."""

    query_class: ClassVar[type[FilterQuery]] = RankingPageQuery

    # marshmallow moves declared fields out of the class, so this name and its own `fields` do not meet.
    fields = EnumList(  # type: ignore[assignment]
        "Keys of the accounts to give, in this order.",
        FIELDS,
        load_default=_DEFAULT_FIELDS,
        example="id,name,url",
    )
    count = Enum(
        "Whether to count what is ranked, and what is not for want of data; growth and whatever is compared or added up"
        " always say so.",
        ("none", "exact"),
        load_default="none",
        example="exact",
    )
    limit = Integer(
        "Most ranks on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=DEFAULT_PAGE_SIZE, example=100
    )
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


class RankingCsvQuerySchema(CsvOptionsSchema, RankingQuerySchema):
    """The whole ranking as CSV."""

    query_class: ClassVar[type[FilterQuery]] = RankingCsvQuery
