"""The URLs of aggregates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from directory.accounts.downloads import compressed, write_csv
from directory.accounts.parameters import build_filter
from directory.accounts.search_pages import expand_search_if_few
from directory.aggregates import schemas
from directory.aggregates.parameters import (
    AggregateCsvQuery,
    AggregateCsvQuerySchema,
    AggregatePageQuery,
    AggregatePageQuerySchema,
)
from directory.aggregates.queries import csv_statement, select_groups
from directory.http.as_of import read_cursor_revision
from directory.http.blueprint import Blueprint
from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import etag_from_revision
from directory.http.direct_response import DirectResponse, direct_json
from directory.http.pagination import encode_cursor, read_cursor
from directory.http.parameters import canonical_query, query_pairs
from directory.http.registry_request import RegistryRequest
from directory.http.request import database, preferred_encoding
from directory.http.responses import download_response

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("aggregates", __name__, url_prefix="/v1", description="Accounts and followers, counted.")


@blueprint.route("/aggregates")
@blueprint.response(200, schemas.AggregateListSchema)
@blueprint.alt_response(410)
@blueprint.direct_view(AggregatePageQuerySchema)
def get_aggregates(request: RegistryRequest, query: AggregatePageQuery) -> DirectResponse:
    """Count accounts and their followers by up to three dimensions.

    Every filter of accounts applies. Followers are those last observed, and accounts that were never observed have no
    part in them: `known` says how many have. The total counts each account once, also with `by=source`, where an
    account of several sources is in a group of each.
    """
    after = read_cursor(query.cursor, list_fingerprint=lambda: request.fingerprint)
    if query.as_of is not None and after:
        # All pages are of the first page's revision, also where `as_of` is a time.
        query = replace(query, as_of=read_cursor_revision(after.pop()))
    account_filter = expand_search_if_few(request.database, build_filter(request.database, query))
    with request.database.read() as conn:
        page = select_groups(conn, account_filter, query, limit=query.limit + 1, after=after)
    shown = page.groups[: query.limit]
    state = account_filter.as_of.state if account_filter.as_of is not None else None
    following = None
    if len(page.groups) > query.limit:
        revision = (state.name,) if state is not None else ()
        following = encode_cursor(request.fingerprint, (*shown[-1][1:], *revision))
    about: dict[str, object] = {"limit": query.limit, "next": following, "count": page.count}
    if state is not None:
        about |= {"revision": state.number, "mark": state.mark}
    if account_filter.dropped:
        about["dropped"] = account_filter.dropped
    body = b'{"data":[%b],"total":%b,"page":%b}' % (
        b",".join(row[0] for row in shown),
        page.total,
        json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode(),
    )
    return direct_json(body, ("Link", request.page_links(following)))


@blueprint.route("/aggregates.csv")
@blueprint.arguments(AggregateCsvQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
@blueprint.alt_response(410)
@etag_from_revision
def get_aggregates_csv(query: AggregateCsvQuery) -> Response:
    """Download all groups as CSV.

    A column for each dimension, regions and departments with their names, then `level`: by how many of the dimensions
    the row is grouped. With `subtotals=true` the cells behind those are empty, and the row of level 0 is the total;
    elsewhere an empty cell means accounts without a value.
    """
    registry = database()
    account_filter = expand_search_if_few(registry, build_filter(registry, query))
    encoding = preferred_encoding(ENCODINGS)
    state = account_filter.as_of.state if account_filter.as_of is not None else registry.state
    statement, parameters = csv_statement(account_filter, query, escape_formulas=query.escapes_formulas)

    # Called outside of the request's context.
    def write(file: BinaryIO) -> None:
        with registry.export() as conn, compressed(file, encoding) as target:
            write_csv(conn, target, statement, parameters, query)

    # The current revision is part of the key, also for a file of an earlier one: something may be erased since.
    key = (state, registry.state, "aggregates", canonical_query(query_pairs()), encoding)
    return download_response(
        key, write, content_type="text/csv; charset=utf-8", filename=f"aggregates-{state.number}.csv", encoding=encoding
    )
