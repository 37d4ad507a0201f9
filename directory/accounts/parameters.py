"""Query parameters of accounts: the list, its downloads, and one record; and the filter that they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from directory.accounts.filter_kinds import facets_tsquery
from directory.accounts.filters import FACETS, FILTERS, RANGES
from directory.accounts.region_filter import COUNTED_DEPTH, RegionSelection
from directory.accounts.schemas import FIELDS
from directory.accounts.sorts import SORTS
from directory.http.as_of import AsOf, AsOfValue, find_point_in_time
from directory.http.csv_options import CsvOptions, CsvOptionsSchema
from directory.http.fields import Enum, EnumList, Integer, Selection, String
from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema
from directory.http.parameters import Pairs, QuerySchema
from directory.http.problems import InvalidParameters, ParameterError

if TYPE_CHECKING:
    from directory.database.connections import Database
    from directory.database.point_in_time import PointInTime
    from directory.search.query_plan import QueryPlan

# A page of a website or an app; the reference lists, which are read whole, have 100.
DEFAULT_PAGE_SIZE: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterQuery:
    """Filters, as the client wrote them."""

    # By the name of the parameter, those that are present; see directory.accounts.filters.
    filter_values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    as_of: AsOfValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuery(FilterQuery):
    """Filters, order and fields, as the client wrote them."""

    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """The parameters of one account."""

    as_of: AsOfValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery(AccountQuery):
    """The parameters of one page of the list."""

    limit: int = DEFAULT_PAGE_SIZE
    cursor: str | None = None
    count: Literal["none", "exact", "estimated"] = "none"
    facets: tuple[str, ...] = ()
    highlight: str = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvQuery(AccountQuery, CsvOptions):
    """The parameters of the CSV download."""

    bom: str = "false"
    escape_formulas: str = "false"
    spreadsheet: str = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """The parameters of one page of a list below a record."""

    limit: int = 100
    cursor: str | None = None


_NOTHING_SELECTED: Final = Selection()


class FilterSchema(QuerySchema):
    """The filters alone: a class of their own, since marshmallow puts included fields behind declared ones."""

    query_class: ClassVar[type[FilterQuery]] = FilterQuery
    min_max_pairs: ClassVar = RANGES

    class Meta(QuerySchema.Meta):
        """Include a parameter for each filter."""

        include: ClassVar = {name: each.field for name, each in FILTERS.items()}

    def parse(self, pairs: Pairs) -> Any:  # noqa: ANN401 - `query_class` says what it is
        """Return the query of a query string; raise InvalidParameters that lists every error."""
        values = super().parse(pairs)
        stated = {name: values.pop(name) for name in FILTERS if name in values}
        filters = {name: value for name, value in stated.items() if value != _NOTHING_SELECTED}
        return self.query_class(filter_values=filters, **values)


class AccountQuerySchema(FilterSchema):
    """Filters, order and fields: what the list and the downloads have in common."""

    query_class: ClassVar[type[FilterQuery]] = AccountQuery

    sort = EnumList(
        "Keys to sort by, `-` for descending; an account without the value is lowest. The id always decides last,"
        " in the direction of the last key. Without `sort`: a page by id, a download in any order.",
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

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the parameters together: also sort keys after the id, which are never compared."""
        yield from super().cross_field_errors(values)
        if "id" in [name.removeprefix("-") for name in values.get("sort", ())[:-1]]:
            yield "sort", "has keys after id; no two accounts have one id, so these would decide nothing"


class PageQuerySchema(AccountQuerySchema):
    """One page of the list."""

    query_class: ClassVar[type[FilterQuery]] = PageQuery

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


class CsvQuerySchema(CsvOptionsSchema, DownloadQuerySchema):
    """All matches as CSV."""

    query_class: ClassVar[type[FilterQuery]] = CsvQuery


class RecordQuerySchema(QuerySchema):
    """One account."""

    result_class: ClassVar[type[Any] | None] = RecordQuery

    as_of = AsOf()


class HistoryQuerySchema(PagedQuerySchema):
    """One page of a list below a record."""

    result_class: ClassVar[type[Any] | None] = HistoryQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter of accounts with values that the registry knows: AND between parameters, OR within each."""

    search: QueryPlan | None = None
    # What was typed, of which `search` was made.
    search_text: str = ""
    # Words of the text that are left out, because no account has them all.
    dropped: tuple[str, ...] = ()
    # By parameter, all but `q`: a Selection, a RegionSelection, or the bound of a range.
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    # None: the current state.
    as_of: PointInTime | None = None

    @property
    def region(self) -> RegionSelection:
        """The regions included and excluded."""
        selection: RegionSelection = self.values.get("region", RegionSelection())
        return selection

    @property
    def is_empty(self) -> bool:
        """Whether every account matches."""
        return not (self.values or self.search)

    @property
    def is_search_only(self) -> bool:
        """Whether a search is all there is."""
        return self.search is not None and not self.values

    @property
    def is_answered_by_counts(self) -> bool:
        """Whether the table `account_counts` can count the matches."""
        return self.search is None and all(FILTERS[name].is_counted_by(value) for name, value in self.values.items())

    @property
    def is_answered_by_search(self) -> bool:
        """Whether the search index alone can answer, by its terms and facets: it has those of the current state."""
        # Facets in the search index are overwritten at each change, unlike terms, which have states.
        if self.search is None or self.as_of is not None:
            return False
        return all(FILTERS[name].search_facet is not None for name in self.values)

    @property
    def search_facets(self) -> str | None:
        """The tsquery of `account_search.facets` for the values that have facets; None where none has."""
        selections = [
            (prefix, FILTERS[name].facet_values(value))
            for name, value in self.values.items()
            if (prefix := FILTERS[name].search_facet) is not None
        ]
        # A query of exclusions alone cannot use the index. Every account has a subject, so it is asked for as well.
        return facets_tsquery(selections, everything="'ubody' | 'uperson'")

    @property
    def is_single_platform(self) -> bool:
        """Whether it is one platform, everywhere or in one province: one index has these in the order of followers."""
        platforms: Selection = self.values.get("platform", Selection())
        if len(platforms.include) != 1 or platforms.exclude or not self.values.keys() <= {"platform", "region"}:
            return False
        provinces = self.region.include
        return (
            self.search is None
            and not self.region.exclude
            and len(provinces) <= 1
            and all(province.depth == COUNTED_DEPTH for province in provinces)
        )


def build_filter(database: Database, query: FilterQuery) -> Filter:
    """Return the filter that a query means: spellings replaced by ids, region names by regions, `q` by a query plan.

    Raises InvalidParameters with each value that the registry does not know.
    """
    as_of = find_point_in_time(database, query.as_of) if query.as_of is not None else None
    # All errors at once: a client that corrects one at a time would need as many requests.
    errors: list[ParameterError] = []
    values = {
        name: FILTERS[name].resolve(value, database, as_of, errors) for name, value in query.filter_values.items()
    }
    if errors:
        raise InvalidParameters("The request was not carried out: see errors.", errors=errors)
    search = values.pop("q", None)
    return Filter(search=search, search_text=query.filter_values.get("q", ""), values=values, as_of=as_of)
