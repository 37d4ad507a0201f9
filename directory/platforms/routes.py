"""The URLs of platforms."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problems import NotFound
from directory.http.request import database
from directory.http.responses import json_response, redirect_response
from directory.platforms import queries
from directory.platforms.reference import fold_name
from directory.platforms.schemas import PlatformListSchema, PlatformQuery, PlatformQuerySchema, PlatformSchema

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint(
    "platforms",
    __name__,
    url_prefix="/v1",
    description="Services on which bodies have accounts: names, hosts, handles.",
)


@blueprint.route("/platforms")
@blueprint.arguments(PlatformQuerySchema)
@blueprint.response(200, PlatformListSchema)
@etag_from_revision
def get_platforms(query: PlatformQuery) -> Response:
    """List platforms.

    In the order of their slugs, those that closed included.
    """
    after = read_cursor(query.cursor, str)
    with database().read() as conn:
        rows = queries.select_platforms(
            conn,
            countries=query.country.include,
            without=query.country.exclude,
            closed=None if query.status is None else query.status == "closed",
            after=after[0] if after else None,
            limit=query.limit + 1,
        )
    return page_from_rows(rows, query.limit)


@blueprint.route(
    "/platforms/<slug>",
    parameters=[path_parameter("slug", "The slug of a platform, or another name.", example="weibo")],
)
@blueprint.response(200, PlatformSchema)
@blueprint.alt_response(301, description="The platform has another slug.")
@etag_from_revision
def get_platform(slug: str) -> Response:
    """Get one platform.

    Another spelling of it, such as `twitter` or `新浪微博`, redirects to its slug.
    """
    with database().read() as conn:
        document = queries.select_platform(conn, slug)
        if document is not None:
            return json_response(document)
        spellings = queries.select_spellings(conn)
    spelling = fold_name(slug)
    if spelling in spellings:
        return redirect_response(f"/v1/platforms/{spellings[spelling]}")
    nearest = difflib.get_close_matches(spelling, spellings, n=1)
    hint = f" Did you mean {spellings[nearest[0]]}?" if nearest else ""
    raise NotFound(f"No platform has the name {slug}.{hint}")
