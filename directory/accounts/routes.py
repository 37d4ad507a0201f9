"""The URLs of accounts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import quote

from flask import Response

from directory.accounts import schemas
from directory.accounts.downloads import MEDIA_TYPES, compressed, write_accounts
from directory.accounts.missing_accounts import redirect_or_raise
from directory.accounts.parameters import (
    AccountQuery,
    CsvQuery,
    CsvQuerySchema,
    DownloadQuerySchema,
    PageQuery,
    PageQuerySchema,
    RecordQuery,
    RecordQuerySchema,
    build_filter,
)
from directory.accounts.queries.account import select_account
from directory.accounts.queries.download import Format
from directory.accounts.queries.facets import count_matches, plan_counts
from directory.accounts.queries.list import PageRequest, Row, page_query
from directory.accounts.search_pages import expand_search_if_few, select_search_page
from directory.accounts.series_parameters import SeriesQuery, SeriesQuerySchema
from directory.accounts.sorts import INTERVALS, OBSERVATIONS, Order
from directory.database.prepared_statements import run_together
from directory.followers.series import select_intervals, select_observations
from directory.http.as_of import find_point_in_time, read_cursor_revision
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import etag_from_revision
from directory.http.direct_response import DirectResponse, direct_json
from directory.http.pagination import direct_page_from_rows, read_cursor
from directory.http.parameters import canonical_query, encode_pairs, query_pairs
from directory.http.registry_request import RegistryRequest
from directory.http.request import database, preferred_encoding
from directory.http.responses import download_response
from directory.search.highlighting import highlight

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.search.query_plan import QueryPlan

_DROPPED: Final = {
    "Search-Dropped": {
        "description": "There where nothing has all words of `q`: those that were left out of the search, each"
        " percent-encoded, parted by commas.",
        "schema": {"type": "string"},
        "example": "official",
    }
}
_ID = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")

blueprint = Blueprint("accounts", __name__, url_prefix="/v1", description="Official accounts on social platforms.")


@blueprint.route("/accounts")
@blueprint.response(200, schemas.AccountListSchema)
@blueprint.alt_response(410)
@blueprint.direct_view(PageQuerySchema)
def get_accounts(request: RegistryRequest, query: PageQuery) -> DirectResponse:
    """List accounts.

    Values of one filter are alternatives, different filters hold together, and a leading `-` excludes a value. Pages
    follow each other by cursor: a page deep in the list costs what the first one costs, and an account whose sort keys
    stay as they are is listed once, whatever else is written meanwhile. `id` and `created_at` never change. Under
    `as_of` nothing changes at all.
    """
    after = read_cursor(query.cursor, list_fingerprint=lambda: request.fingerprint)
    if query.as_of is not None and after:
        # `as_of` may be a time, and a later revision may still get that time: all pages are of the first page's
        # revision.
        query = replace(query, as_of=read_cursor_revision(after.pop()))
    account_filter = build_filter(request.database, query)
    order = Order.by(query.sort, searching=account_filter.search is not None)
    page = PageRequest(
        # One more than the page has shows whether another page follows.
        limit=query.limit + 1,
        fields=query.fields,
        after=after,
        highlight=query.highlight == "true",
    )
    is_alone = query.count == "none" and not query.facets
    rows: list[Row] = []
    # Page, count and facets are of one state. A page alone is one statement, and needs no transaction for that; what is
    # counted of a search is known only when its page was found.
    with request.database.read() if is_alone or account_filter.search is None else request.database.snapshot() as conn:
        if account_filter.search is None:
            counts = plan_counts(account_filter, query.count, query.facets)
            run_together(conn, [page_query(account_filter, order, page, rows.extend), *counts.queries])
        else:
            rows, account_filter = select_search_page(
                request.database, conn, account_filter, order, page, is_alone=is_alone
            )
            counts = count_matches(conn, account_filter, query.count, query.facets)
    if account_filter.search is not None and page.highlight:
        rows = [_highlighted(row, account_filter.search) for row in rows]
    return direct_page_from_rows(
        request,
        rows,
        query.limit,
        count=counts.count,
        facets=counts.facets,
        revision=account_filter.as_of.state if account_filter.as_of is not None else None,
        dropped=account_filter.dropped,
    )


@blueprint.route("/accounts.ndjson")
@blueprint.arguments(DownloadQuerySchema)
@blueprint.response(200, schemas.ListedAccountSchema, content_type="application/x-ndjson", headers=_DROPPED)
@blueprint.alt_response(410)
@etag_from_revision
def get_accounts_ndjson(query: AccountQuery) -> Response:
    """Download all matches as NDJSON.

    One record a line, of one state of the registry, compressed with zstd or gzip where `Accept-Encoding` admits it.
    """
    return _download(query, "ndjson")


@blueprint.route("/accounts.json")
@blueprint.arguments(DownloadQuerySchema)
@blueprint.response(200, schemas.AccountDownloadSchema, headers=_DROPPED)
@blueprint.alt_response(410)
@etag_from_revision
def get_accounts_json(query: AccountQuery) -> Response:
    """Download all matches as one JSON document.

    It shows one state of the registry and is compressed with zstd or gzip where `Accept-Encoding` admits it.
    """
    return _download(query, "json")


@blueprint.route("/accounts.csv")
@blueprint.arguments(CsvQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type="text/csv", headers=_DROPPED)
@blueprint.alt_response(410)
@etag_from_revision
def get_accounts_csv(query: CsvQuery) -> Response:
    """Download all matches as CSV.

    The first line names the columns. What lies under a key has a column of its own (`department.id`); null is an empty
    cell; a list is its items joined by `|`, a backslash before a `|` or a backslash in an item; a further name is
    written `language:name`. UTF-8, lines end in a line feed, cells are quoted where RFC 4180 asks for it.
    """
    return _download(query, "csv")


@blueprint.route("/accounts/<account_id>", parameters=[_ID])
@blueprint.response(200, schemas.AccountSchema)
@blueprint.alt_response(301, description="The account was merged into another.")
@blueprint.alt_response(410)
@blueprint.direct_view(RecordQuerySchema)
def get_account(request: RegistryRequest, query: RecordQuery, account_id: str) -> DirectResponse:
    """Get one account.

    An account that was merged into another redirects to it; one that was deleted is gone. Under `as_of` it is what it
    was then, whatever became of it.
    """
    as_of = find_point_in_time(request.database, query.as_of) if query.as_of is not None else None
    with request.database.read() as conn:
        document = select_account(conn, account_id, as_of)
        return direct_json(document) if document else redirect_or_raise(conn, account_id, as_of=as_of)


@blueprint.route("/accounts/<account_id>/followers", parameters=[_ID])
@blueprint.response(200, schemas.AccountFollowersSchema)
@blueprint.alt_response(301, description="The account was merged into another.")
@blueprint.alt_response(410)
@blueprint.direct_view(SeriesQuerySchema)
def get_account_followers(request: RegistryRequest, query: SeriesQuery, account_id: str) -> DirectResponse:
    """List what was observed of an account.

    Followers, following, posts, last post and the platform's mark at a time, with the source that observed it, the
    newest first; with `interval` one item for each day, week or month, gaps included.
    """
    after = read_cursor(query.cursor, list_fingerprint=lambda: request.fingerprint)
    with request.database.read() as conn:
        rows = _select_series(conn, account_id, query, after)
        # An interval without an observation is a row, too.
        is_first = after is None and (not rows or query.interval is not None)
        if is_first and select_account(conn, account_id) is None:
            query_string = f"?{encode_pairs(request.pairs)}" if request.pairs else ""
            return redirect_or_raise(conn, account_id, below=f"/followers{query_string}")
    return direct_page_from_rows(request, rows, query.limit)


def _select_series(
    conn: Connection[Any], account_id: str, query: SeriesQuery, after: list[Any] | None
) -> list[tuple[str, ...]]:
    if query.interval is None:
        return select_observations(
            conn, account_id, begin=query.begin, end=query.end, limit=query.limit + 1,
            after=OBSERVATIONS.parse_cursor(after) if after is not None else None,
        )  # fmt: skip
    return select_intervals(
        conn, account_id, query.interval, begin=query.begin, end=query.end, limit=query.limit + 1,
        after=INTERVALS.parse_cursor(after)[0] if after is not None else None,
    )  # fmt: skip


def _highlighted(row: Row, search: QueryPlan) -> Row:
    """Return a row with where it matched in its JSON; its last values are the tier and the whole record."""
    text, *values, tier, record = row
    matches = json.dumps(highlight(search, int(tier), json.loads(record)), ensure_ascii=False, separators=(",", ":"))
    return (b'%b,"highlight":%b}' % (text[:-1], matches.encode()), *values)


def _download(query: AccountQuery, form: Format) -> Response:
    """Return a file of all matches, which an equal request at this revision may have left in the cache."""
    account_filter = expand_search_if_few(database(), build_filter(database(), query))
    encoding = preferred_encoding(ENCODINGS)
    registry = database()
    state = account_filter.as_of.state if account_filter.as_of is not None else registry.state

    # Called outside of the request's context.
    def write(file: BinaryIO) -> None:
        with registry.export() as conn, compressed(file, encoding) as target:
            write_accounts(conn, target, form, query, account_filter)

    # The current revision is part of the key, also for a file of an earlier one: what was erased since then must not
    # be in that either.
    key = (state, registry.state, form, canonical_query(query_pairs()), encoding)
    response = download_response(
        key, write, content_type=MEDIA_TYPES[form], filename=f"accounts-{state.number}.{form}", encoding=encoding
    )
    if account_filter.dropped:
        response.headers["Search-Dropped"] = ", ".join(map(quote, account_filter.dropped))
    return response
