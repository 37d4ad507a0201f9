"""The form above rankings, reports and aggregates: its fields are named as in the API, so the address holds the query.

Parameters that the form has no field for stay in the query: each is shown, with the address of the page without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from directory.http.request import database
from directory.web import api
from directory.web.formats import department_type_name, platform_name
from directory.web.labels import LABELS
from directory.web.languages import current_language
from directory.web.languages import gettext as _
from directory.web.page_size import with_page_size
from directory.web.site import data_url, url, with_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from directory.database.revisions import State
    from directory.http.parameters import Pairs

Option = tuple[str, str]

# Cards of 100 rows, as many as the API gives, are a long way on a phone.
_ROWS: Final = 50
# Where a page begins is no part of what it shows.
_PAGING: Final = ("cursor", "limit")
_CACHED: Final = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: a list of options, or an input of a kind; `value` is what the address has."""

    kind: Literal["select", "text", "number", "date"]
    name: str
    label: str
    value: str
    options: Sequence[Option] = ()
    hint: str = ""
    least: str = ""
    most: str = ""
    # Of the page, where several fields have one name.
    key: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A parameter without a field, and the address of the page without it."""

    name: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the fields of the page's own, those of filters, and what else the address has."""

    action: str
    fields: Sequence[Field]
    filters: Sequence[Field]
    conditions: Sequence[Condition]
    hidden: Pairs
    # Whether any filter is set.
    is_filtered: bool


def make_form(
    path: str, pairs: Pairs, fields: Sequence[Field], filters: Sequence[Field], *, kept: Sequence[str] = ()
) -> Form:
    """Return the form of a page at a path below the language, filled with the parameters of the request.

    Those of the names `kept` are chosen elsewhere on the page, and stay as they are.
    """
    names = {field.name for field in (*fields, *filters)} | set(_PAGING) | set(kept)
    others = tuple(pair for pair in pairs if pair[0] not in names)
    conditions = [
        Condition(name, value, address(path, tuple(each for each in pairs if each != (name, value))))
        for name, value in others
    ]
    hidden = others + tuple(pair for pair in pairs if pair[0] in {"limit", *kept})
    is_filtered = bool(others) or any(field.value for field in filters)
    return Form(url(path), fields, filters, conditions, hidden, is_filtered)


def value_of(pairs: Pairs, name: str, default: str = "") -> str:
    """Return what a query has for a parameter, its values with commas between them."""
    return ",".join(value for key, value in pairs if key == name) or default


def without(pairs: Pairs, *names: str) -> Pairs:
    """Return a query without some parameters."""
    return tuple(pair for pair in pairs if pair[0] not in names)


def replaced(pairs: Pairs, **parameters: str) -> Pairs:
    """Return a query for the first page with some parameters of other values."""
    return (*without(pairs, "cursor", *parameters), *parameters.items())


def address(path: str, pairs: Pairs) -> str:
    """Return the address of a page below the language, with a query."""
    return with_query(url(path), pairs)


def limited(pairs: Pairs) -> Pairs:
    """Return a query for the API of as many rows as a page of a report has, unless it states a number."""
    return with_page_size(pairs, _ROWS)


def page_links(path: str, pairs: Pairs, cursor: str | None) -> dict[str, str | None]:
    """Return the addresses of the first page of a list and of the next one, None where the page is that or the last."""
    return {
        "first": address(path, without(pairs, "cursor")) if value_of(pairs, "cursor") else None,
        "next": None if cursor is None else address(path, replaced(pairs, cursor=cursor)),
    }


def file_links(source: str, pairs: Pairs) -> dict[str, str]:
    """Return the addresses of what a path of the API has for a query: this page, and all of it as CSV of two kinds."""
    download = without(pairs, *_PAGING)
    return {
        "json": data_url(with_query(source, pairs)),
        "csv": data_url(with_query(f"{source}.csv", download)),
        "spreadsheet": data_url(with_query(f"{source}.csv", (*download, ("spreadsheet", "true")))),
    }


def select(
    pairs: Pairs, name: str, label: str, options: Iterable[Option], *, default: str = "", hint: str = ""
) -> Field:
    """Return a list of options; a value that is none of them, such as several at once, is one more."""
    value = value_of(pairs, name, default)
    offered = list(options)
    if value not in {option for option, _text in offered}:
        offered.append((value, value))
    return Field("select", name, label, value, offered, hint)


def account_filters(pairs: Pairs) -> list[Field]:
    """Return the fields of the filters of accounts that are used most."""
    return [
        region_filter(pairs),
        department_type_filter(pairs),
        platform_filter(pairs),
        select(pairs, "status", _("Status"), [("", _("Any")), *_labelled("status")]),
        select(pairs, "verification", _("Verification"), [("", _("Any")), *_labelled("verification")]),
    ]


def region_filter(pairs: Pairs) -> Field:
    """Return the field of regions: by name or by code."""
    hint = _("A name or a code: France, 四川省, CN-510100")
    return Field("text", "region", _("Region"), value_of(pairs, "region"), hint=hint)


def department_type_filter(pairs: Pairs) -> Field:
    """Return the list of types of departments."""
    slugs = _slugs(database().state, "/v1/department-types")
    options = sorted(((slug, department_type_name(slug)) for slug in slugs), key=_by_name)
    return select(pairs, "department_type", _("Type of department"), [("", _("Any")), *options])


def platform_filter(pairs: Pairs) -> Field:
    """Return the list of platforms that have accounts here."""
    slugs = _slugs(database().state, "/v1/platforms")
    options = sorted(((slug, platform_name(slug)) for slug in slugs), key=_by_name)
    return select(pairs, "platform", _("Platform"), [("", _("Any")), *options])


def _by_name(option: Option) -> tuple[bool, str]:
    """Return the key by which options are sorted: on Chinese pages, those in Chinese are the first."""
    name = option[1].casefold()
    return (current_language().code == "zh" and name[:1].isascii(), name)


def _labelled(kind: str) -> list[Option]:
    return [(value, str(text)) for value, text in LABELS[kind].items()]


@lru_cache(_CACHED)
# The revision is a part of the key: which of them have accounts changes with it.
def _slugs(_latest: State, path: str) -> tuple[str, ...]:
    records = api.get(path, (("limit", "1000"),))["data"]
    return tuple(record["slug"] for record in records if record["accounts"])
