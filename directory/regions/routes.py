"""The URLs of regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problems import NotFound
from directory.http.request import database
from directory.http.responses import json_response, redirect_response
from directory.regions import queries
from directory.regions.former import explain_unknown_code
from directory.regions.parameters import require_region
from directory.regions.schemas import RegionListSchema, RegionQuery, RegionQuerySchema, RegionSchema

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint(
    "regions",
    __name__,
    url_prefix="/v1",
    description="Countries and their subdivisions, a tree: a region includes all below it.",
)


@blueprint.route("/regions")
@blueprint.arguments(RegionQuerySchema)
@blueprint.response(200, RegionListSchema)
@etag_from_revision
def get_regions(query: RegionQuery) -> Response:
    """List regions.

    In the order of the tree: each region is followed by those below it.
    """
    after = read_cursor(query.cursor, str)
    with database().read() as conn:
        rows = queries.select_regions(
            conn,
            query,
            parent=require_region(conn, "parent", query.parent) if query.parent else None,
            within=require_region(conn, "within", query.within) if query.within else None,
            after=after[0] if after else None,
        )
    return page_from_rows(rows, query.limit)


@blueprint.route("/regions/<code>", parameters=[path_parameter("code", "A code of a region.", example="CN-510000")])
@blueprint.response(200, RegionSchema)
@blueprint.alt_response(301, description="The region has another code here.")
@etag_from_revision
def get_region(code: str) -> Response:
    """Get one region.

    Any other code of it, such as the ISO 3166-2 code of a Chinese province, redirects to the one it has here.
    """
    with database().read() as conn:
        document = queries.select_region(conn, code)
        if document is not None:
            return json_response(document)
        region = queries.select_region_by_code(conn, code.upper())
        if region is not None:
            return redirect_response(f"/v1/regions/{region.code}")
        raise NotFound(f"No region has this code: {explain_unknown_code(code.upper(), queries.select_codes(conn))}.")
