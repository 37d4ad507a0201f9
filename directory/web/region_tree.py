"""Regions as the pages name them: by code, with those above, each read once a revision."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from directory.http.problems import Gone, NotFound
from directory.http.request import database
from directory.regions.queries import parse_region
from directory.web import api

if TYPE_CHECKING:
    from directory.database.revisions import State

Region: TypeAlias = Mapping[str, Any]
"""A region of the API."""

# All of China, twice.
_CACHED: Final = 8192
_CACHED_LISTS: Final = 64
_CACHED_NAMES: Final = 256


def find_region(code: str) -> Region:
    """Return the region of a code; raise NotFound."""
    return _find(database().state, code)


def look_up_region(text: str) -> Region | None:
    """Return the region that a code, another spelling of it or a name means, as in a filter; None if there is none."""
    try:
        return find_region(text)
    except api.MovedError as moved:
        return find_region(moved.location.rpartition("/")[2])
    except (NotFound, Gone):
        code = _code_of_name(database().state, text)
        return None if code is None else find_region(code)


def list_above(region: Region) -> list[Region]:
    """Return the regions above one, the country first."""
    return [find_region(code) for code in region["path"][:-1]]


def list_path(code: str) -> list[Region]:
    """Return the regions from the country down to that of a code."""
    region = find_region(code)
    return [*list_above(region), region]


def list_countries() -> Mapping[str, Region]:
    """Return all countries by their codes."""
    return _countries(database().state)


def list_below(code: str) -> Mapping[str, Region]:
    """Return the regions next below that of a code by their codes."""
    return _below(database().state, code)


@lru_cache(_CACHED)
# The revision is a part of the key: a region has its number of accounts.
def _find(_latest: State, code: str) -> Region:
    region: Region = api.get(f"/v1/regions/{code}")
    return region


@lru_cache(_CACHED_NAMES)
# The revision is a part of the key: a name may mean another region after a change.
def _code_of_name(_latest: State, name: str) -> str | None:
    with database().read() as conn:
        region = parse_region(conn, name, helpful=False)
    return None if isinstance(region, str) else region.code


@lru_cache(1)
def _countries(_latest: State) -> Mapping[str, Region]:
    countries = api.get("/v1/regions", (("level", "country"), ("limit", "1000")))["data"]
    return {region["code"]: region for region in countries}


@lru_cache(_CACHED_LISTS)
def _below(_latest: State, code: str) -> Mapping[str, Region]:
    regions = api.get("/v1/regions", (("parent", code), ("limit", "1000")))["data"]
    return {region["code"]: region for region in regions}
