"""Regions by code, and those next below one, for names on pages; kept for the revision that they are of."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from directory.http.problems import Gone, NotFound
from directory.http.request import database
from directory.web import api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.database.revisions import State

_CACHED: Final = 512
_CACHED_LISTS: Final = 64


def find_region(code: str) -> Mapping[str, Any] | None:
    """Return the region of a code or of another spelling of it; None if there is none."""
    return _find(database().state, code)


def regions_below(code: str | None) -> Mapping[str, Mapping[str, Any]]:
    """Return the regions next below one, by code; None: the countries."""
    return _below(database().state, code)


@lru_cache(_CACHED)
def _find(_latest: State, code: str) -> Mapping[str, Any] | None:
    try:
        try:
            found: Mapping[str, Any] = api.get(f"/v1/regions/{quote(code, safe='')}")
        except api.MovedError as moved:
            found = api.get(moved.location)
    except (NotFound, Gone):
        return None
    return found


@lru_cache(_CACHED_LISTS)
def _below(_latest: State, code: str | None) -> Mapping[str, Mapping[str, Any]]:
    wanted = ("level", "country") if code is None else ("parent", code)
    regions = api.get("/v1/regions", (wanted, ("limit", "1000")))["data"]
    return {region["code"]: region for region in regions}
