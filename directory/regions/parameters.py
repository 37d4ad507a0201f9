"""A region as a query parameter names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.http.problems import InvalidParameters, parameter_error
from directory.regions.queries import RegionNode, parse_region

if TYPE_CHECKING:
    from psycopg import Connection


def require_region(conn: Connection[Any], parameter: str, text: str) -> RegionNode:
    """Return the region that a code or a name means; raise InvalidParameters if there is none."""
    region = parse_region(conn, text)
    if isinstance(region, str):
        fault = parameter_error(parameter, text, region)
        raise InvalidParameters("The request was not carried out: see errors.", errors=[fault])
    return region


def read_region_path(conn: Connection[Any], text: str | None) -> str | None:
    """Return the path of the region that `region=` means, None where it is not given; raise InvalidParameters."""
    return require_region(conn, "region", text).path if text is not None else None
