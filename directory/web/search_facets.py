"""Facets of the search page: how many of the accounts found have each value, and links or boxes that choose it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from directory.http.request import database
from directory.web import api
from directory.web.formats import department_type_name, platform_name, region_name
from directory.web.labels import label
from directory.web.languages import gettext as _
from directory.web.region_tree import find_region, list_below, list_countries, look_up_region

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from directory.database.revisions import State
    from directory.http.parameters import Pairs
    from directory.web.search_query import SearchQuery

    Counts = Mapping[str, Sequence[Mapping[str, Any]]]

# Parameters of which boxes choose values; the regions are a tree.
BOXES: Final = ("department_type", "platform", "status", "verification")
DIMENSIONS: Final = ("region", *BOXES)
# Values that are shown at once; the others are behind "more".
_SHOWN: Final = 7
# Counts of at most as many values as a parameter has.
_CACHED: Final = 256


@dataclass(frozen=True, slots=True)
class Option:
    """A value, its name and how many accounts have it; `address` is the page that a link of it leads to."""

    value: str
    text: str
    count: int
    is_chosen: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """A parameter with the values to choose from: those shown at once, and those behind "more"."""

    name: str
    title: str
    shown: Sequence[Option]
    more: Sequence[Option]


@dataclass(frozen=True, slots=True)
class RegionFacet:
    """The way down to the region that was asked for, and the regions below it."""

    path: Sequence[Option]
    here: str
    shown: Sequence[Option]
    more: Sequence[Option]


def list_facets(query: SearchQuery, counts: Counts) -> list[Facet]:
    """Return the facets with boxes; none for a parameter in which all accounts are alike."""
    facets = []
    for name in BOXES:
        chosen = query.values(name)
        options = _options(name, _counted(query, counts, name), chosen)
        if len(options) > 1 or chosen:
            first = [option for option in options if option.is_chosen]
            ordered = first + [option for option in options if not option.is_chosen]
            size = max(_SHOWN, len(first))
            facets.append(Facet(name, _title(name), *_parted(ordered, size)))
    return facets


def list_regions(query: SearchQuery, counts: Counts) -> RegionFacet | None:
    """Return the regions to go on to; None where several are asked for at once, or there is no other."""
    asked = [value for name, value in query.pairs if name == "region"]
    if len(asked) > 1 or asked[:1] != query.values("region"):
        return None
    everywhere = query.without("region")
    region = look_up_region(asked[0]) if asked else None
    if asked and region is None:
        return None

    # Encoded once, and not for each region: codes need no encoding.
    address = query.address((*everywhere, ("region", "")))

    def option(code: str, record: Mapping[str, Any] | None, count: int) -> Option:
        name = code if record is None else region_name(record)
        return Option(code, name, count, address=f"{address}{code}")

    path = [Option("", _("All regions"), 0, address=query.address(everywhere))] if region else []
    path += [option(code, find_region(code), 0) for code in (region["path"][:-1] if region else ())]
    here = None if region is None else region["code"]
    names = list_countries() if here is None else list_below(here)
    below = [
        option(each["value"], names.get(each["value"]), each["count"])
        for each in counts["region"]
        if each["value"] not in {None, here}
    ]
    if not below and not path:
        return None
    return RegionFacet(path, "" if region is None else region_name(region), *_parted(below, _SHOWN))


def _counted(query: SearchQuery, counts: Counts, name: str) -> Sequence[Mapping[str, Any]]:
    """Return the values of a parameter with their counts, as if nothing of it were chosen yet."""
    if not query.values(name):
        return counts[name]
    others = tuple(pair for pair in query.download_pairs() if pair[0] not in {name, "sort"})
    return _count_values(database().state, others, name)


@lru_cache(_CACHED)
# The revision is a part of the key. All platforms of a region have the same count of the platforms there.
def _count_values(_latest: State, filters: Pairs, name: str) -> Sequence[Mapping[str, Any]]:
    asked = (*filters, ("facets", name), ("limit", "1"), ("fields", "id"))
    counted: Sequence[Mapping[str, Any]] = api.get("/v1/accounts", asked)["facets"][name]
    return counted


def _options(name: str, counted: Sequence[Mapping[str, Any]], chosen: Sequence[str]) -> list[Option]:
    counts = {each["value"]: each["count"] for each in counted if each["value"] is not None}
    return [
        Option(value, _name(name, value), counts.get(value, 0), value in chosen)
        for value in dict.fromkeys((*counts, *chosen))
    ]


def _name(name: str, value: str) -> str:
    if name == "platform":
        return platform_name(value)
    return department_type_name(value) if name == "department_type" else label(name, value)


def _title(name: str) -> str:
    return {
        "department_type": _("Type of department"),
        "platform": _("Platform"),
        "status": _("Status"),
        "verification": _("Verification"),
    }[name]


def _parted(options: Sequence[Option], size: int) -> tuple[Sequence[Option], Sequence[Option]]:
    # One more is no reason for a box to open.
    size = size if len(options) > size + 1 else len(options)
    return options[:size], options[size:]
