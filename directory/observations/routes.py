"""The URLs of observations of all accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

from flask import Response, request
from psycopg import Connection

from directory.accounts.downloads import compressed, join_rows
from directory.database.revisions import State, select_state
from directory.http.blueprint import Blueprint
from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import etag_from_revision
from directory.http.pagination import encode_cursor, fingerprint, json_page, read_cursor, require_types
from directory.http.problems import InvalidCursor
from directory.http.request import database, preferred_encoding, public_url
from directory.http.responses import download_response
from directory.http.revision_range import NO_REVISION, last_state, read_latest, require_revision
from directory.observations import queries, schemas

blueprint = Blueprint(
    "observations",
    __name__,
    url_prefix="/v1",
    description="What was observed of accounts: followers, posts and more, each with its time and source.",
)


@blueprint.route("/observations")
@blueprint.arguments(schemas.ObservationsPageQuerySchema)
@blueprint.response(200, schemas.ObservationListSchema)
@blueprint.alt_response(410)
@etag_from_revision
def get_observations(query: schemas.ObservationsPageQuery) -> Response:
    """List observations.

    What revisions after `since` wrote and what still stands, in the order of revision, source, account and time. An
    observation that was corrected comes again, with the same account, time and source. Follow `page.next` until it is
    null, then request again with `since` set to `through.revision`, a hyphen and `through.mark`.
    """
    start = _read_position(query.cursor) if query.cursor else None
    end = last_state(
        {"since": query.since, "cursor": State(int(start[0]), str(start[1])) if start is not None else NO_REVISION}
    )
    rows: list[tuple[str, Any]] = []
    if end.number > query.since.number:
        with database().read() as conn:
            end = read_latest(conn, end, start[0] if start is not None else query.since.number)
            rows = _select_page(conn, query, start, end.number)
    shown = rows[: query.limit]
    return json_page(
        [text.encode() for text, _ in shown],
        limit=query.limit,
        next_cursor=encode_cursor(fingerprint(), shown[-1][1]) if len(rows) > query.limit else None,
        through={"revision": end.number, "mark": end.mark},
    )


@blueprint.route("/observations.ndjson")
@blueprint.arguments(schemas.ObservationsQuerySchema)
@blueprint.response(200, schemas.WrittenObservationSchema, content_type="application/x-ndjson")
@blueprint.alt_response(410)
@etag_from_revision
def get_observations_ndjson(query: schemas.ObservationsQuery) -> Response:
    """Download observations as NDJSON.

    What revisions after `since` wrote, one a line in any order, compressed with zstd or gzip where `Accept-Encoding`
    admits it. The `Link` header has the URL of what comes after it. `directory observe` of another registry reads it.
    """
    end = last_state({"since": query.since})
    since, until = query.since.number, end.number
    encoding = preferred_encoding(ENCODINGS)
    registry = database()

    # Called outside of the request's context.
    def write(file: BinaryIO) -> None:
        with (
            registry.export() as conn,
            compressed(file, encoding) as target,
            conn.transaction(),
            conn.cursor() as cursor,
        ):
            require_revision(select_state(conn).number, until)
            with queries.copy_observations(cursor, since, until) as rows:
                for block in join_rows(rows):
                    target.write(block)

    response = download_response(
        ("observations", since, end, registry.state, encoding),
        write,
        content_type="application/x-ndjson",
        filename=f"observations-{since}-{until}.ndjson",
        encoding=encoding,
    )
    response.headers["Link"] = f'<{public_url(request.path)}?since={end.name}>; rel="next"'
    return response


def _select_page(
    conn: Connection[Any],
    query: schemas.ObservationsPageQuery,
    start: tuple[int, str, str, str, str] | None,
    until: int,
) -> list[tuple[str, Any]]:
    """Return one more than a page of observations, each with the values of its cursor."""
    begin, after = (query.since.number + 1, ""), None
    if start is not None:
        begin, after = (start[0], start[2]), (start[3], start[4])
    rows: list[tuple[str, Any]] = []
    for batch in queries.select_batches(conn, begin, until):
        is_first = (batch.revision, batch.source) == begin
        found = queries.select_batch(conn, batch, after=after if is_first else None, limit=query.limit + 1 - len(rows))
        rows += [(text, (batch.revision, batch.mark, batch.source, account, at)) for text, account, at in found]
        if len(rows) > query.limit:
            break
    return rows


def _read_position(cursor: str) -> tuple[int, str, str, str, str]:
    """Return revision, its mark, source, account and time of a cursor; raise InvalidCursor."""
    values: Any = read_cursor(cursor)
    require_types(values, (int, str, str, str, str))
    try:
        # PostgreSQL reads more than this, and fails at the rest.
        datetime.fromisoformat(values[4])
    except ValueError:
        raise InvalidCursor("The cursor is of another order.") from None
    if values[0] < 0:
        raise InvalidCursor("The cursor is of another order.")
    return (values[0], values[1], values[2], values[3], values[4])
