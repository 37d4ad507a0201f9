"""The URLs of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problems import NotFound
from directory.http.request import database
from directory.http.responses import json_response
from directory.sources import queries
from directory.sources.schemas import SourceListSchema, SourceQuery, SourceQuerySchema, SourceSchema

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint(
    "sources", __name__, url_prefix="/v1", description="Where the registry's rows came from, and on what terms."
)


@blueprint.route("/sources")
@blueprint.arguments(SourceQuerySchema)
@blueprint.response(200, SourceListSchema)
@etag_from_revision
def get_sources(query: SourceQuery) -> Response:
    """List sources.

    In the order of their ids, each with its licence and the number of accounts that it lists.
    """
    after = read_cursor(query.cursor, str)
    with database().read() as conn:
        rows = queries.select_sources(
            conn, licence=query.licence, after=after[0] if after else None, limit=query.limit + 1
        )
    return page_from_rows(rows, query.limit)


@blueprint.route("/sources/<source_id>", parameters=[path_parameter("source_id", "The id of a source.")])
@blueprint.response(200, SourceSchema)
@etag_from_revision
def get_source(source_id: str) -> Response:
    """Get one source.

    Who publishes it, under which licence, and how many accounts it lists.
    """
    with database().read() as conn:
        document = queries.select_source(conn, source_id)
    if document is None:
        raise NotFound(f"No source has the id {source_id}.")
    return json_response(document)
