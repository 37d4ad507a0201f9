"""Query parameters of accounts: the list, its downloads, and one record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Final

from directory.accounts.filters import FACETS, FILTERS, RANGES
from directory.accounts.schemas import FIELDS
from directory.accounts.sorts import SORTS
from directory.http.as_of import AsOf, AsOfValue
from directory.http.fields import Enum, EnumList, Integer, Selection, String
from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema
from directory.http.parameters import Pairs, QuerySchema

# A page of a website or an app; the reference lists, which are read whole, have 100.
DEFAULT_PAGE_SIZE: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuery:
    """Filters, order and fields, as the client wrote them."""

    # By the name of the parameter, those that are present; see directory.accounts.filters.
    filter_values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    as_of: AsOfValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """The parameters of one account."""

    as_of: AsOfValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery(AccountQuery):
    """The parameters of one page of the list."""

    limit: int = DEFAULT_PAGE_SIZE
    cursor: str | None = None
    count: str = "none"
    facets: tuple[str, ...] = ()
    highlight: str = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvQuery(AccountQuery):
    """The parameters of the CSV download."""

    bom: str = "false"
    escape_formulas: str = "false"
    spreadsheet: str = "false"

    @property
    def has_bom(self) -> bool:
        """Whether a byte order mark begins the file."""
        return "true" in {self.bom, self.spreadsheet}

    @property
    def escapes_formulas(self) -> bool:
        """Whether no cell may be a formula."""
        return "true" in {self.escape_formulas, self.spreadsheet}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """The parameters of one page of a list below a record."""

    limit: int = 100
    cursor: str | None = None


_NOTHING_SELECTED: Final = Selection()


class FilterSchema(QuerySchema):
    """The filters alone: a class of their own, since marshmallow puts included fields behind declared ones."""

    min_max_pairs: ClassVar = RANGES

    class Meta(QuerySchema.Meta):
        """Include a parameter for each filter."""

        include: ClassVar = {name: each.field for name, each in FILTERS.items()}


class AccountQuerySchema(FilterSchema):
    """Filters, order and fields: what the list and the downloads have in common."""

    query_class: ClassVar[type[AccountQuery]] = AccountQuery

    sort = EnumList(
        "Keys to sort by, `-` for descending; an account without the value is lowest. The id always decides last,"
        " in the direction of the last key. Without `sort`: by id.",
        SORTS,
        descending=True,
        example="-followers",
    )
    # marshmallow moves declared fields out of the class, so this name and its own `fields` do not meet.
    fields = EnumList(  # type: ignore[assignment]
        "Keys of the records to give, in this order; without it, all. Naming a key takes all that is under it.",
        FIELDS,
        example="id,name,url",
    )
    as_of = AsOf()

    def parse(self, pairs: Pairs) -> Any:  # noqa: ANN401 - `query_class` says what it is
        """Return the query of a query string; raise InvalidParameters that lists every error."""
        values = super().parse(pairs)
        stated = {name: values.pop(name) for name in FILTERS if name in values}
        filters = {name: value for name, value in stated.items() if value != _NOTHING_SELECTED}
        return self.query_class(filter_values=filters, **values)

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the parameters together: also sort keys after the id, which are never compared."""
        yield from super().cross_field_errors(values)
        if "id" in [name.removeprefix("-") for name in values.get("sort", ())[:-1]]:
            yield "sort", "has keys after id; no two accounts have one id, so these would decide nothing"


class PageQuerySchema(AccountQuerySchema):
    """One page of the list."""

    query_class: ClassVar[type[AccountQuery]] = PageQuery

    limit = Integer(
        "Most records on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=DEFAULT_PAGE_SIZE, example=100
    )
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)
    count = Enum(
        "Whether to count the matches: exactly, by the planner's estimate where a count would have to read them all,"
        " or not.",
        ("none", "exact", "estimated"),
        load_default="none",
        example="exact",
    )
    facets = EnumList(
        "Dimensions to count the matches by, all filters applied, those on the dimension too. `region` counts by"
        " country, or, where one region is asked for, by the regions next below it; accounts of the region itself are"
        " counted under its own code. A `null` value counts accounts without one. At most the 1,000 largest values.",
        FACETS,
        example="platform",
    )
    highlight = Enum(
        "Whether to say of each account where and by which rule it matched `q`.",
        ("false", "true"),
        load_default="false",
        example="true",
    )

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the parameters together: also highlighting without a search."""
        yield from super().cross_field_errors(values)
        if values.get("highlight") == "true" and not values.get("q"):
            yield "highlight", "needs q: without a search there are no matches to show"


class DownloadQuerySchema(AccountQuerySchema):
    """All matches as JSON or NDJSON."""


class CsvQuerySchema(DownloadQuerySchema):
    """All matches as CSV."""

    query_class: ClassVar[type[AccountQuery]] = CsvQuery

    bom = Enum(
        "Whether to begin with a byte order mark, without which some spreadsheets take UTF-8 for something else.",
        ("false", "true"),
        load_default="false",
        example="true",
    )
    escape_formulas = Enum(
        "Whether to put an apostrophe before a text that begins with `=`, `+`, `-`, `@`, one of these in full width, a"
        " tab or a line break, and before one of these characters behind a semicolon, a tab or a line break, so that no"
        " spreadsheet takes it for a formula.",
        ("false", "true"),
        load_default="false",
        example="true",
    )
    spreadsheet = Enum(
        "Whether the file is to be opened in a spreadsheet: `bom` and `escape_formulas` together.",
        ("false", "true"),
        load_default="false",
        example="true",
    )


class RecordQuerySchema(QuerySchema):
    """One account."""

    result_class: ClassVar[type[Any] | None] = RecordQuery

    as_of = AsOf()


class HistoryQuerySchema(PagedQuerySchema):
    """One page of a list below a record."""

    result_class: ClassVar[type[Any] | None] = HistoryQuery
