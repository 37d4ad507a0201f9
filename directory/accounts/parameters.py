"""What can be asked of the list of accounts and of its downloads, as query parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from directory.accounts.facets import FACETS
from directory.accounts.schemas import FIELDS, STATUSES, SUBJECTS, VERIFICATIONS
from directory.accounts.sorts import SORTS
from directory.departments.schemas import parse_id
from directory.http.as_of import AsOf, AsOfValue
from directory.http.fields import Date, DateTime, Enum, EnumList, Integer, Selection, String, ValueList
from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema
from directory.http.parameters import QuerySchema
from directory.regions.parsing import normalize_region
from directory.text.language_tags import LANGUAGE_TAG, format_language_tag

MAX_FOLLOWERS: Final = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuery:
    """What was asked of the list, in the client's own words."""

    q: str | None = None
    region: Selection = Selection()
    department: Selection = Selection()
    department_type: Selection = Selection()
    platform: Selection = Selection()
    status: Selection = Selection()
    verification: Selection = Selection()
    language: Selection = Selection()
    subject: Selection = Selection()
    tag: Selection = Selection()
    source: Selection = Selection()
    followers_min: int | None = None
    followers_max: int | None = None
    opened_after: dt.date | None = None
    opened_before: dt.date | None = None
    updated_after: dt.datetime | None = None
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    as_of: AsOfValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """What was asked of one account."""

    as_of: AsOfValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery(AccountQuery):
    """What was asked of one page of the list."""

    limit: int = 25
    cursor: str | None = None
    count: str = "none"
    facets: tuple[str, ...] = ()
    highlight: str = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvQuery(AccountQuery):
    """What was asked of the download for spreadsheets."""

    bom: str = "false"
    defuse: str = "false"
    spreadsheet: str = "false"

    @property
    def is_marked(self) -> bool:
        """Whether a byte order mark begins the file."""
        return "true" in {self.bom, self.spreadsheet}

    @property
    def is_defused(self) -> bool:
        """Whether no cell is a formula."""
        return "true" in {self.defuse, self.spreadsheet}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """What was asked of one page of a list below a record."""

    limit: int = 100
    cursor: str | None = None


class AccountQuerySchema(QuerySchema):
    """Filters, order and fields: what the list and the downloads have in common."""

    result_class: ClassVar[type[Any] | None] = AccountQuery
    min_max_pairs: ClassVar = (("followers_min", "followers_max"), ("opened_after", "opened_before"))

    q = String(
        "What to search for in names, other names, handles and departments, in any script: all words must match, the"
        ' last may be a beginning; `"words in quotation marks"` stand side by side, a word after `-` is left out.'
        " Chinese is found by its characters, traditional, simplified or Japanese, by pinyin and by initials. Where"
        " nothing has all words, some are left out, and the answer names them as `dropped`. The best matches come"
        " first, then more followers, unless `sort` says otherwise.",
        max_length=200,
        example="平安北京",
    )
    region = ValueList(
        "Regions, each meaning itself and all below: ISO 3166-1 (`FR`), ISO 3166-2 (`FR-ARA`, `CN-SC`) or"
        " `CN-` and six digits of GB/T 2260 (`CN-510100`). A name is taken where it means one region:"
        " `Illinois`, `四川省`, `成都市双流区`; `/v1/regions?q=` finds names. Names with a comma are given by code.",
        normalize_region,
        example="FR",
    )
    department = ValueList("Ids of departments.", parse_id, pattern="[0-9b-z]{7}")
    department_type = ValueList("Types of departments; `/v1/department-types` lists them.", example="police")
    platform = ValueList("Slugs of platforms, or other spellings of theirs (`twitter`, `新浪微博`).", example="weibo")
    status = ValueList("States of accounts.", STATUSES, example="active")
    verification = ValueList("Levels of verification.", VERIFICATIONS, example="source")
    language = ValueList(
        "Language tags (RFC 5646). A tag means itself and all that are more special: `en` also finds `en-GB`.",
        format_language_tag,
        pattern=LANGUAGE_TAG,
        example="zh",
    )
    subject = ValueList("Whether a body speaks or a person who holds an office.", SUBJECTS, example="body")
    tag = ValueList("Tags, exactly as written.", example="news")
    source = ValueList("Ids of sources that list the account; `/v1/sources` has them.", example="nsi-wikidata")
    followers_min = Integer("Fewest followers, as last observed.", minimum=0, maximum=MAX_FOLLOWERS, example=1000)
    followers_max = Integer("Most followers, as last observed.", minimum=0, maximum=MAX_FOLLOWERS, example=50000)
    opened_after = Date("First day on which the account may have been opened.", example="2010-01-01")
    opened_before = Date("Last day on which the account may have been opened.", example="2020-12-31")
    updated_after = DateTime("Earliest time of the last change of the record, itself included.", example="2024-01-01")
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

    def cross_field_errors(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the parameters together: also keys that could never decide."""
        yield from super().cross_field_errors(values)
        if "id" in [name.removeprefix("-") for name in values.get("sort", ())[:-1]]:
            yield "sort", "has keys after id; no two accounts have one id, so these would decide nothing"


class PageQuerySchema(AccountQuerySchema):
    """One page of the list."""

    result_class: ClassVar[type[Any] | None] = PageQuery

    limit = Integer("Most records on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=25, example=100)
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
        """Yield what is wrong with the parameters together: also the wish to show the matches of no search."""
        yield from super().cross_field_errors(values)
        if values.get("highlight") == "true" and not values.get("q"):
            yield "highlight", "needs q: without a search there are no matches to show"


class DownloadQuerySchema(AccountQuerySchema):
    """All matches as JSON or NDJSON."""


class CsvQuerySchema(DownloadQuerySchema):
    """All matches as CSV."""

    result_class: ClassVar[type[Any] | None] = CsvQuery

    bom = Enum(
        "Whether to begin with a byte order mark, without which some spreadsheets take UTF-8 for something else.",
        ("false", "true"),
        load_default="false",
        example="true",
    )
    defuse = Enum(
        "Whether to put an apostrophe before a text that begins with `=`, `+`, `-`, `@`, one of these in full width, a"
        " tab or a line break, and before one of these characters behind a semicolon, a tab or a line break, so that no"
        " spreadsheet takes it for a formula.",
        ("false", "true"),
        load_default="false",
        example="true",
    )
    spreadsheet = Enum(
        "Whether the file is to be opened in a spreadsheet: `bom` and `defuse` together.",
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
