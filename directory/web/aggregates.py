"""The page of counts: accounts and their followers by up to three dimensions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from directory.web import api
from directory.web.filter_form import (
    Field,
    account_filters,
    file_links,
    limited,
    make_form,
    page_links,
    select,
    without,
)
from directory.web.formats import department_type_name, language_name, platform_name, region_name
from directory.web.labels import label
from directory.web.languages import gettext as _
from directory.web.languages import lazy_gettext
from directory.web.region_names import with_local_name
from directory.web.region_tree import list_path, look_up_region
from directory.web.site import page, page_pairs, render_page, url, with_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

    from directory.http.parameters import Pairs
    from directory.web.filter_form import Form, Option
    from directory.web.languages import LazyText

PATH: Final = "aggregates"
DIMENSIONS: Final[Mapping[str, LazyText]] = {
    "platform": lazy_gettext("Platform"),
    "region": lazy_gettext("Region"),
    "department_type": lazy_gettext("Type of department"),
    "department": lazy_gettext("Department"),
    "status": lazy_gettext("Status"),
    "verification": lazy_gettext("Verification"),
    "language": lazy_gettext("Language"),
    "opened_year": lazy_gettext("Year of opening"),
    "source": lazy_gettext("Source"),
}
_MAX_DIMENSIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """The value of a dimension in a row: its name here, and its page, if it has one."""

    text: str
    page: str | None = None
    # Whether it is of no account's own: not stated, or added up.
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A row: its cells, what the API counts, and where its accounts are listed."""

    cells: Sequence[Cell]
    record: Mapping[str, Any]
    accounts: str | None
    is_subtotal: bool


@page("/aggregates")
def get_aggregates() -> Response:
    """Return a page of groups of accounts, with the form that asks for others."""
    pairs = _asked(page_pairs())
    dimensions = [value for name, value in pairs if name == "by"]
    answer = api.get("/v1/aggregates", limited(pairs))
    followers = answer["total"].get("followers", {})
    return render_page(
        "aggregates.html",
        data=with_query("/v1/aggregates", limited(pairs)),
        files=file_links("/v1/aggregates", limited(pairs)),
        heads=[(dimension, str(DIMENSIONS.get(dimension, dimension))) for dimension in dimensions],
        groups=[_group(record, dimensions, pairs) for record in answer["data"]],
        total=answer["total"],
        has_followers=bool(followers.get("known")) and "sum" in followers,
        has_median=followers.get("median") is not None,
        count=answer["page"]["count"],
        form=_form(pairs, dimensions),
        pages=page_links(PATH, pairs, answer["page"]["next"]),
    )


def _asked(pairs: Pairs) -> Pairs:
    """Return the parameters for the API: each dimension once, and a level with regions alone."""
    named = (value for name, text in pairs if name == "by" for value in text.split(","))
    dimensions = list(dict.fromkeys(value for value in named if value)) or ["platform"]
    # The form sends both whatever is chosen.
    dropped = ("by",) if "region" in dimensions else ("by", "region_level")
    return (*(("by", dimension) for dimension in dimensions), *without(pairs, *dropped))


def _form(pairs: Pairs, dimensions: Sequence[str]) -> Form:
    names = [(name, str(text)) for name, text in DIMENSIONS.items()]
    none: Option = ("", _("No further one"))
    labels = (_("Count by"), _("Then by"), _("And by"))
    levels = [
        ("", _("Countries")),
        ("2", _("Provinces and states")),
        ("3", _("Prefectures")),
        ("4", _("Counties and districts")),
    ]
    fields: list[Field] = []
    for place in range(_MAX_DIMENSIONS):
        chosen = (("by", dimensions[place]),) if place < len(dimensions) else ()
        field = select(chosen, "by", labels[place], [none, *names] if place else names)
        fields.append(replace(field, key=f"by-{place + 1}"))
    orders = [("", _("Most accounts")), ("-followers", _("Most followers")), ("by", _("By name, subtotals first"))]
    subtotals = [("", _("No subtotals")), ("true", _("With subtotals"))]
    fields += [
        select(pairs, "region_level", _("Level of regions"), levels, hint=_("Where regions are counted")),
        select(pairs, "sort", _("Order"), orders),
        select(pairs, "subtotals", _("Subtotals"), subtotals),
    ]
    return make_form(PATH, pairs, fields, account_filters(pairs))


def _group(record: Mapping[str, Any], dimensions: Sequence[str], pairs: Pairs) -> Group:
    group, names = record["group"], record.get("names", {})
    cells = [_cell(dimension, group, names) for dimension in dimensions]
    filters = _filters_of(group, pairs)
    accounts = None if filters is None else with_query(url("accounts"), filters)
    return Group(cells, record, accounts, len(group) < len(dimensions))


def _filters_of(group: Mapping[str, Any], pairs: Pairs) -> Pairs | None:
    """Return the filters that choose just the accounts of a group; None where no filters do."""
    filters = without(pairs, "by", "region_level", "sort", "subtotals", "values", "limit", "cursor")
    # No filter is for a year, nor for accounts of two sources at once.
    is_listable = all(value is not None for value in group.values()) and "opened_year" not in group
    if not is_listable or ("source" in group and len(without(filters, "source")) < len(filters)):
        return None
    regions = _regions_within(group["region"], filters) if "region" in group else ()
    if regions is None:
        return None
    others = {name: value for name, value in group.items() if name != "region"}
    return (*without(filters, *group), *regions, *others.items())


def _regions_within(code: str, filters: Pairs) -> Pairs | None:
    """Return filters for those regions of `filters` that lie in a region; None where one is unknown."""
    asked = [value for name, text in filters if name == "region" for value in text.split(",") if value]
    excluded = [("region", value) for value in asked if value.startswith("-")]
    included = [look_up_region(value) for value in asked if not value.startswith("-")]
    if not included:
        return (("region", code), *excluded)
    above = {region["code"] for region in list_path(code)}
    known = [region for region in included if region is not None]
    if len(known) < len(included):
        return None
    # All of it where a region above it was asked for; else the regions below it that were.
    is_whole = any(region["code"] in above for region in known)
    within = [code] if is_whole else [region["code"] for region in known if code in region["path"]]
    return (*(("region", each) for each in within), *excluded)


def _cell(dimension: str, group: Mapping[str, Any], names: Mapping[str, str | None]) -> Cell:
    if dimension not in group:
        return Cell(_("All"), is_quiet=True)
    value = group[dimension]
    if value is None:
        return Cell(_("Not stated"), is_quiet=True)
    match dimension:
        case "platform":
            return Cell(platform_name(value), url(f"platforms/{value}"))
        case "region":
            region = with_local_name({"code": value, "name": names.get("region")})
            return Cell(region_name(region), url(f"regions/{value}"))
        case "department":
            return Cell(names.get("department") or value, url(f"departments/{value}"))
        case _:
            return Cell(_value_name(dimension, value))


def _value_name(dimension: str, value: str) -> str:
    match dimension:
        case "department_type":
            return department_type_name(value)
        case "status" | "verification":
            return label(dimension, value)
        case "language":
            return language_name(value)
        case _:
            return value
