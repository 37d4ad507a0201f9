"""Filters of the list of accounts: each is declared once in FILTERS, with its name, values, documentation and SQL.

The query schema, the options of `directory export`, the WHERE clause, counts, facets and the documentation follow from
FILTERS. To add a filter, add an entry to _FILTERS and a test; a new kind of filter also needs a class in
filter_kinds.py.
"""

from __future__ import annotations

from typing import Final

from directory.accounts.filter_kinds import (
    AnyOf,
    AtLeast,
    AtMost,
    Equals,
    FilterKind,
    FullText,
    LanguageRange,
    OfDepartments,
)
from directory.accounts.region_filter import WithinRegion
from directory.accounts.schemas import STATUSES, SUBJECTS, VERIFICATIONS
from directory.accounts.vocabularies import known_departments, known_platforms, known_sources, known_types
from directory.departments.external_ids import parse_external_id
from directory.departments.queries import select_ids_by_external_id, select_ids_by_website
from directory.departments.schemas import EXTERNAL_IDS, WEBSITES, parse_id
from directory.departments.websites import parse_website_host
from directory.http.fields import Date, DateTime, Integer, String, ValueList
from directory.platforms.reference import fold_name
from directory.regions.queries import normalize_region
from directory.text.language_tags import format_language_tag

MAX_FOLLOWERS: Final = 10**12

_FILTERS: Final[tuple[FilterKind, ...]] = (
    FullText(
        "q",
        String(
            "What to search for in names, other names, handles and departments, in any script: all words must match, "
            'the last may be a beginning; `"words in quotation marks"` stand side by side, a word after `-` is left '
            "out. Chinese is found by its characters, traditional, simplified or Japanese, by pinyin and by initials. "
            "Where nothing has all words, some are left out, and the answer names them as `dropped`. The best matches "
            "come first, then more followers, unless `sort` says otherwise.",
            max_length=200,
            example="平安北京",
        ),
    ),
    WithinRegion(
        "region",
        ValueList(
            "Regions, each meaning itself and all below: ISO 3166-1 (`FR`), ISO 3166-2 (`FR-ARA`, `CN-SC`) or"
            " `CN-` and six digits of GB/T 2260 (`CN-510100`). A name is taken where it means one region:"
            " `Illinois`, `四川省`, `成都市双流区`; `/v1/regions?q=` finds names."
            " Names with a comma are given by code.",
            normalize_region,
            example="FR",
        ),
        search_facet="r",
        is_facet=True,
        is_counted=True,
    ),
    Equals(
        "department",
        ValueList("Ids of departments.", parse_id, pattern="[0-9b-z]{7}"),
        column="department_id",
        vocabulary=known_departments,
        is_tallied=True,
    ),
    OfDepartments(
        "external_id",
        ValueList(EXTERNAL_IDS, parse_external_id, example="wikidata:Q583725"),
        column="department_id",
        lookup=select_ids_by_external_id,
    ),
    OfDepartments(
        "website",
        ValueList(WEBSITES, parse_website_host, example="cdc.gov"),
        column="department_id",
        lookup=select_ids_by_website,
    ),
    Equals(
        "department_type",
        ValueList("Types of departments; `/v1/department-types` lists them.", example="police"),
        column="department_type",
        vocabulary=known_types,
        normalize=str.lower,
        search_facet="t",
        is_facet=True,
        is_counted=True,
    ),
    Equals(
        "platform",
        ValueList("Slugs of platforms, or other spellings of theirs (`twitter`, `新浪微博`).", example="weibo"),
        column="platform",
        vocabulary=known_platforms,
        normalize=fold_name,
        search_facet="p",
        is_facet=True,
        is_counted=True,
    ),
    Equals(
        "status",
        ValueList("States of accounts.", STATUSES, example="active"),
        column="status",
        search_facet="s",
        is_facet=True,
        is_counted=True,
    ),
    Equals(
        "verification",
        ValueList("Levels of verification.", VERIFICATIONS, example="source"),
        column="verification",
        search_facet="v",
        is_facet=True,
        is_counted=True,
    ),
    LanguageRange(
        "language",
        ValueList(
            "Language tags (RFC 5646). A tag means itself and all that are more special: `en` also finds `en-GB`.",
            format_language_tag,
            pattern="[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*",
            example="zh",
        ),
        column="language",
        is_facet=True,
        is_counted=True,
    ),
    Equals(
        "subject",
        ValueList("Whether a body speaks or a person who holds an office.", SUBJECTS, example="body"),
        column="subject",
        search_facet="u",
        is_facet=True,
        is_counted=True,
    ),
    AnyOf(
        "tag",
        ValueList("Tags, exactly as written.", example="news"),
        column="tags",
        is_facet=True,
        is_tallied=True,
    ),
    AnyOf(
        "source",
        ValueList("Ids of sources that list the account; `/v1/sources` has them.", example="nsi-wikidata"),
        column="sources",
        vocabulary=known_sources,
        normalize=str.lower,
        is_facet=True,
        is_tallied=True,
    ),
    AtLeast(
        "followers_min",
        Integer("Fewest followers, as last observed.", minimum=0, maximum=MAX_FOLLOWERS, example=1000),
        column="followers",
    ),
    AtMost(
        "followers_max",
        Integer("Most followers, as last observed.", minimum=0, maximum=MAX_FOLLOWERS, example=50000),
        column="followers",
    ),
    AtLeast(
        "opened_after",
        Date("First day on which the account may have been opened.", example="2010-01-01"),
        column="opened_on",
    ),
    AtMost(
        "opened_before",
        Date("Last day on which the account may have been opened.", example="2020-12-31"),
        column="opened_on",
    ),
    AtLeast(
        "updated_after",
        DateTime("Earliest time of the last change of the record, itself included.", example="2024-01-01"),
        column="updated_at",
    ),
)
FILTERS: Final[dict[str, FilterKind]] = {each.name: each for each in _FILTERS}
"""The filters by the name of their parameter, in the order of the documentation."""
FACETS: Final = tuple(each.name for each in _FILTERS if each.is_facet)
RANGES: Final = tuple(
    (low.name, high.name)
    for low in _FILTERS
    for high in _FILTERS
    if isinstance(low, AtLeast) and isinstance(high, AtMost) and low.column == high.column
)
"""Pairs of parameters of which the first may not be above the second."""
