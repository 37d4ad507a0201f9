"""Query parameters of the reports: the filters of accounts, and the options of a page or of a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from directory.accounts.filters import FILTERS, RANGES
from directory.accounts.parameters import AccountQuery
from directory.http.csv_options import CsvOptions, CsvOptionsSchema
from directory.http.fields import Enum, Integer, Selection
from directory.http.pagination import PagedQuerySchema
from directory.http.parameters import Pairs, QuerySchema

# A search has an order of its own, and a cost that grows with what it finds.
REPORT_FILTERS: Final = {name: each for name, each in FILTERS.items() if name != "q"}
GROUPINGS: Final = ("region", "platform", "department_type", "department", "none")
MAX_DAYS: Final = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery(AccountQuery, CsvOptions):
    """The filters of a report, and its page or how to write its file."""

    limit: int | None = None
    cursor: str | None = None
    bom: str = "false"
    escape_formulas: str = "false"
    spreadsheet: str = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class DormancyQuery(ReportQuery):
    """The parameters of the reports on silent accounts; `days` is None for those of the settings."""

    by: str = "region"
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesQuery(ReportQuery):
    """The parameters of the report on names."""

    kind: str = "different_names"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationQuery(ReportQuery):
    """The parameters of the report on proofs; `days` is how far ahead expiry counts."""

    days: int = 0


class ReportFilterSchema(QuerySchema):
    """The filters alone: a class of their own, since marshmallow puts included fields behind declared ones."""

    query_class: ClassVar[type[ReportQuery]] = ReportQuery
    min_max_pairs: ClassVar = RANGES

    class Meta(QuerySchema.Meta):
        """Include a parameter for each filter."""

        include: ClassVar = {name: each.field for name, each in REPORT_FILTERS.items()}

    def parse(self, pairs: Pairs) -> Any:  # noqa: ANN401 - `query_class` says what it is
        """Return the query of a query string; raise InvalidParameters that lists every error."""
        values: dict[str, Any] = super().parse(pairs)
        filters: Mapping[str, Any] = {
            name: value
            for name in REPORT_FILTERS
            if (value := values.pop(name, None)) is not None and value != Selection()
        }
        return self.query_class(filter_values=filters, **values)


class ReportPageSchema(ReportFilterSchema, PagedQuerySchema):
    """One page of a report."""


class ReportCsvSchema(CsvOptionsSchema, ReportFilterSchema):
    """A report as CSV."""


class _Silence(QuerySchema):
    """The threshold of silence."""

    days = Integer(
        "After how many days without a post an account is dormant; without it those of the registry, 14 unless its"
        " operator sets others.",
        minimum=1,
        maximum=MAX_DAYS,
        example=14,
    )


class _Grouping(_Silence):
    """What the report counts by."""

    by = Enum(
        "What to count by. `region`: by country, or, where one region is asked for, by the regions next below it."
        " `department`: accounts without one are in no row. `none`: all in one row.",
        GROUPINGS,
        load_default="region",
        example="platform",
    )


class DormancyPageSchema(ReportPageSchema, _Grouping):
    """One page of counts of silent accounts."""

    query_class: ClassVar[type[ReportQuery]] = DormancyQuery


class DormancyCsvSchema(ReportCsvSchema, _Grouping):
    """Counts of silent accounts as CSV."""

    query_class: ClassVar[type[ReportQuery]] = DormancyQuery


class DormantAccountsPageSchema(ReportPageSchema, _Silence):
    """One page of silent accounts."""

    query_class: ClassVar[type[ReportQuery]] = DormancyQuery


class DormantAccountsCsvSchema(ReportCsvSchema, _Silence):
    """Silent accounts as CSV."""

    query_class: ClassVar[type[ReportQuery]] = DormancyQuery


class _NameKind(QuerySchema):
    """Which contradiction of names."""

    kind = Enum(
        "`different_names`: departments whose accounts show different names. `shared_name`: names that accounts of"
        " different departments of one region show. Names are compared as the registry folds them: case, width, accents"
        " and traditional characters make no difference.",
        ("different_names", "shared_name"),
        load_default="different_names",
        example="different_names",
    )


class NamesPageSchema(ReportPageSchema, _NameKind):
    """One page of contradicting names."""

    query_class: ClassVar[type[ReportQuery]] = NamesQuery


class NamesCsvSchema(ReportCsvSchema, _NameKind):
    """Contradicting names as CSV."""

    query_class: ClassVar[type[ReportQuery]] = NamesQuery


class _Expiry(QuerySchema):
    """How far ahead expiry counts."""

    days = Integer(
        "Also list proofs that expire within so many days.",
        minimum=0,
        maximum=MAX_DAYS,
        load_default=0,
        example=30,
    )


class VerificationPageSchema(ReportPageSchema, _Expiry):
    """One page of accounts without a valid proof."""

    query_class: ClassVar[type[ReportQuery]] = VerificationQuery


class VerificationCsvSchema(ReportCsvSchema, _Expiry):
    """Accounts without a valid proof as CSV."""

    query_class: ClassVar[type[ReportQuery]] = VerificationQuery


class SourcesPageSchema(PagedQuerySchema):
    """One page of sources."""

    result_class: ClassVar[type[Any] | None] = ReportQuery


class SourcesCsvSchema(CsvOptionsSchema):
    """Sources as CSV."""

    result_class: ClassVar[type[Any] | None] = ReportQuery
