"""Query parameters of aggregates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from directory.accounts.parameters import FilterQuery, FilterSchema
from directory.accounts.queries.region_levels import MAX_LEVEL
from directory.http.as_of import AsOf
from directory.http.csv_options import CsvOptions, CsvOptionsSchema
from directory.http.fields import Enum, EnumList, Integer, String
from directory.http.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

DIMENSIONS: Final = (
    "platform",
    "region",
    "department",
    "department_type",
    "status",
    "verification",
    "language",
    "opened_year",
    "source",
)
MAX_DIMENSIONS: Final = 3
VALUES: Final = ("accounts", "followers", "median")
Sort = Literal["-accounts", "-followers", "by"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateQuery(FilterQuery):
    """Filters, dimensions and values."""

    by: tuple[str, ...]
    region_level: int | None = None
    subtotals: str = "false"
    values: tuple[str, ...] = VALUES
    sort: Sort = "-accounts"

    @property
    def has_subtotals(self) -> bool:
        """Whether groups by the first dimensions alone are counted too."""
        return self.subtotals == "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregatePageQuery(AggregateQuery):
    """The parameters of one page."""

    limit: int = DEFAULT_PAGE_SIZE
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateCsvQuery(AggregateQuery, CsvOptions):
    """The parameters of the CSV download."""

    bom: str = "false"
    escape_formulas: str = "false"
    spreadsheet: str = "false"


class AggregateQuerySchema(FilterSchema):
    """Filters, dimensions and values: what pages and the download have in common."""

    by = EnumList(
        f"One to {MAX_DIMENSIONS} dimensions to count by, the first one outermost.",
        DIMENSIONS,
        required=True,
        max_items=MAX_DIMENSIONS,
        example="region,platform",
    )
    region_level = Integer(
        "With `by=region`, the level of the regions: 1 for countries (the default), 2 for their first divisions, such"
        " as provinces, and so on. An account whose region is further up is counted under its own region.",
        minimum=1,
        maximum=MAX_LEVEL,
        example=2,
    )
    subtotals = Enum(
        "Whether to count by the first dimension alone too, and by the first two (ROLLUP). The total is always there.",
        ("false", "true"),
        load_default="false",
        example="true",
    )
    values = EnumList(
        "What to count of each group: `accounts`; `followers`, which are how many of these accounts have a count, the"
        " sum of the counts, and its share of all that match; and `median`, that of the counts. Accounts alone are"
        " counted in tables of counts where these know the dimensions and filters. `accounts` is always there.",
        VALUES,
        load_default=VALUES,
        example="accounts,followers",
    )
    sort = Enum(
        "The order: the most accounts first, the most followers first, or by the values of the dimensions, each"
        " subtotal before its groups.",
        ("-accounts", "-followers", "by"),
        load_default="-accounts",
        example="by",
    )
    as_of = AsOf()

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the parameters together: a level without regions, an order by what is left out."""
        yield from super().cross_field_errors(values)
        if values.get("region_level") is not None and "region" not in (values.get("by") or ()):
            yield "region_level", "needs region in by"
        if values.get("sort") == "-followers" and "followers" not in values["values"]:
            yield "sort", "needs followers in values"


class AggregatePageQuerySchema(AggregateQuerySchema):
    """One page."""

    query_class: ClassVar[type[FilterQuery]] = AggregatePageQuery

    limit = Integer(
        "Most groups on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=DEFAULT_PAGE_SIZE, example=100
    )
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


class AggregateCsvQuerySchema(CsvOptionsSchema, AggregateQuerySchema):
    """All groups as CSV."""

    query_class: ClassVar[type[FilterQuery]] = AggregateCsvQuery
