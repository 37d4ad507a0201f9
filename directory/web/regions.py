"""The pages of regions: all countries, and each region with what is below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from directory.http.problems import NotFound
from directory.http.request import database
from directory.regions.former import FormerRegion, find_former
from directory.web import api
from directory.web.formats import department_type_name, region_name
from directory.web.languages import current_language
from directory.web.page_size import MAX_SIZE, with_page_size
from directory.web.region_maps import draw_china, draw_world
from directory.web.region_tree import Region, find_region, list_above, list_countries
from directory.web.report_list import KINDS
from directory.web.site import page, page_pairs, render_page, with_query
from directory.web.slices import Record, read_dormancy, read_if_quick, read_slice

if TYPE_CHECKING:
    from flask import Response
    from markupsafe import Markup

    from directory.database.revisions import State

_FACETS: Final = ("platform", "department_type", "status", "verification")
_MOST: Final = "1000"
_DEPARTMENTS: Final = "10"
_COVERAGE: Final = "8"
# Those of the bodies whose number is known: departments/expected.py.
_EXPECTED_TYPES: Final = "executive,local-government"
_CACHED: Final = 64
# There is no map of the parts of another country: docs/maps.md says why.
_MAPPED: Final = "CN"


@dataclass(frozen=True, slots=True)
class Branch:
    """A region of a tree, with those next below it; `width` is its share of the accounts of the largest sibling."""

    code: str
    name: str
    accounts: int
    below: Sequence[Branch]
    width: float


@dataclass(frozen=True, slots=True)
class Tree:
    """The regions next below one: those with accounts, the most first, and those without."""

    held: Sequence[Branch]
    empty: Sequence[Branch]


@page("/regions")
def get_regions() -> Response:
    """Return the page of all countries, or of the regions whose name or code begins with `q`."""
    pairs = page_pairs()
    if pairs:
        asked = with_page_size(pairs, MAX_SIZE)
        found = api.get("/v1/regions", asked)
        return render_page(
            "regions_found.html",
            data=with_query("/v1/regions", asked),
            q=dict(pairs).get("q", ""),
            found=[(region, list_above(region)) for region in found["data"]],
            more=found["page"]["next"] is not None,
        )
    tree = _read_tree(database().state, current_language().code, None)
    return render_page(
        "regions.html",
        data="/v1/regions?level=country&limit=1000",
        accounts=sum(branch.accounts for branch in tree.held),
        countries=tree,
        map=draw_world(),
    )


@page("/regions/<code>", by_day=True)
def get_region(code: str) -> Response:
    """Return the page of a region: what is below it, its accounts and departments, what they lack, and its files."""
    try:
        # Not from the cache: another code of a region redirects.
        region = api.get(f"/v1/regions/{code}")
    except NotFound:
        former = find_former(code.upper())
        if former is None:
            raise
        return _render_former(former)
    where = ("region", region["code"])
    departments = read_if_quick(
        "/v1/aggregates", (where, ("by", "department"), ("values", "accounts,followers"), ("limit", _DEPARTMENTS))
    )
    accounts = read_slice(*where, _FACETS)
    below = _read_tree(database().state, current_language().code, region["code"])
    return render_page(
        "region.html",
        data=f"/v1/regions/{region['code']}",
        region=region,
        above=list_above(region),
        successors=[find_region(successor) for successor in region["replaced_by"]],
        below=below,
        map=_draw_provinces(below) if region["code"] == _MAPPED else None,
        slice=accounts,
        departments=departments,
        # Accounts without a department are a group too.
        department_count=departments and departments["page"]["count"] - (accounts.without_department > 0),
        coverage=[{**row, "name": _kind_name(row)} for row in _read_coverage(database().state, region["code"])],
        dormancy=read_dormancy(*where, "platform"),
    )


def _draw_provinces(tree: Tree) -> Markup:
    return draw_china((each.code, each.name, each.accounts) for each in (*tree.held, *tree.empty))


def _render_former(former: FormerRegion) -> Response:
    """Return the page of a code that is no longer in use, with what became of it."""
    response = render_page(
        "region_former.html",
        data=None,
        former=former,
        successors=[find_region(code) for code in former.replaced_by],
        around=find_region(former.around) if former.around else None,
    )
    response.status_code = HTTPStatus.NOT_FOUND
    return response


@lru_cache(_CACHED)
# The counts of a region and all below it take 40 to 90 ms of PostgreSQL for a country of thousands of regions. They are
# those of a revision, unlike the page, which is one of a day.
def _read_tree(_latest: State, language: str, root: str | None) -> Tree:
    """Return the regions below a region, or all countries, with names in a language."""
    if root is None:
        return _grow_tree(list(list_countries().values()), {}, language)
    # Of a country the provinces and prefectures: counties are on their pages.
    levels = () if "-" in root else (("level", "-county"),)
    regions = api.get("/v1/regions", (("within", root), ("limit", _MOST), *levels))["data"]
    below: dict[str | None, list[Region]] = {}
    for region in regions:
        below.setdefault(region["parent"], []).append(region)
    return _grow_tree(below.get(root, []), below, language)


def _grow_tree(regions: Sequence[Region], below: Mapping[str | None, Sequence[Region]], language: str) -> Tree:
    branches = _grow(regions, below, language)
    return Tree([each for each in branches if each.accounts], [each for each in branches if not each.accounts])


def _grow(regions: Sequence[Region], below: Mapping[str | None, Sequence[Region]], language: str) -> list[Branch]:
    """Return regions with those below each that have accounts, those with the most accounts first."""
    most = max((region["accounts"] for region in regions), default=0) or 1
    branches = [
        Branch(
            code=region["code"],
            name=region_name(region),
            accounts=region["accounts"],
            below=[each for each in _grow(below.get(region["code"], ()), below, language) if each.accounts],
            width=round(100 * region["accounts"] / most, 1),
        )
        for region in regions
    ]
    # Readers of Chinese find a country by its code as well as by the strokes of its name.
    return sorted(branches, key=lambda each: (-each.accounts, each.code if language == "zh" else each.name))


@lru_cache(_CACHED)
def _read_coverage(_latest: State, code: str) -> list[Record]:
    """Return the coverage of a region itself: the bodies that are expected, and what else of their types is missing."""
    # Its rows come before those of the regions below it. Of all types it takes twice as long, and grows with accounts.
    pairs = (("region", code), ("department_type", _EXPECTED_TYPES), ("limit", _COVERAGE))
    report = read_if_quick("/v1/reports/coverage", pairs)
    own = [
        row
        for row in (report["data"] if report else ())
        if row["region"]["code"] == code and (row["kind"] is not None or row["known"] > row["with_accounts"])
    ]
    return sorted(own, key=lambda row: row["kind"] is None)


def _kind_name(row: Record) -> str:
    """Return the name of the bodies of a row, that of the operator for kinds of its own."""
    if row["kind"] is None:
        return department_type_name(row["department_type"])
    return str(KINDS.get(row["kind"], row["name"]))
