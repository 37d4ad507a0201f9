"""The URLs of observations of all accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, Final

from flask import Response, request
from psycopg import Connection

from directory.accounts.downloads import compressed, join_rows
from directory.database.advisory_locks import LockTimeoutError
from directory.database.revisions import State, select_state
from directory.followers.reading import Block
from directory.followers.recording import RecordOptions, record_observations
from directory.http.blueprint import Blueprint
from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import etag_from_revision
from directory.http.middleware import without_storing
from directory.http.pagination import encode_cursor, fingerprint, json_page, read_cursor, require_types
from directory.http.problem import MAX_ERRORS, body_error
from directory.http.problems import InvalidBody, InvalidCursor, ServiceBusy
from directory.http.request import database, preferred_encoding, public_url
from directory.http.request_body import JSON, NDJSON, parse_json, read_body
from directory.http.responses import download_response, json_response
from directory.http.revision_range import NO_REVISION, last_state, read_latest, require_revision
from directory.observations import queries, schemas
from directory.observations.schemas import RecordedSchema
from directory.tokens.authentication import authenticate, read_token, require_places
from directory.tokens.queries import Place, Token

# Twelve members each.
VALUES_MAX: Final = 16 * schemas.ROWS_MAX
# Batches of which nothing stands: corrected, thinned, of deleted accounts. Each is a query, and there may be 500,000.
_EMPTY_MAX: Final = 100
# Ids of accounts are digits and small letters.
_BEHIND_ALL: Final = "~"
_NOT_TAKEN: Final = "The body was not taken: see errors."
_EXAMPLE: Final = {
    "account": "08xb202",
    "observed_at": "2026-10-01T08:00:00+08:00",
    "source": "city-survey",
    "followers": 60000,
}
_LINE: Final = {"schema": schemas.OBSERVED, "example": _EXAMPLE}
_BODY: Final = {
    "schema": {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "array", "maxItems": schemas.ROWS_MAX, "items": schemas.OBSERVED}},
    },
    "example": {"data": [_EXAMPLE]},
}

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
    observation that was corrected comes again, with the same account, time and source. A page may have fewer than
    `limit`, or none, where much was corrected. Follow `page.next` until it is null, then request again with `since` set
    to `through.revision`, a hyphen and `through.mark`.
    """
    start = _read_position(query.cursor) if query.cursor else None
    end = last_state(
        {"since": query.since, "cursor": State(int(start[0]), str(start[1])) if start is not None else NO_REVISION}
    )
    rows: list[str] = []
    following: tuple[int, str, str, str, str] | None = None
    if end.number > query.since.number:
        with database().read() as conn:
            end = read_latest(conn, end, start[0] if start is not None else query.since.number)
            rows, following = _select_page(conn, query, start, end.number)
    return json_page(
        [text.encode() for text in rows],
        limit=query.limit,
        next_cursor=encode_cursor(fingerprint(), following) if following is not None else None,
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


@blueprint.route("/observations", methods=["POST"])
@blueprint.arguments(schemas.RecordQuerySchema)
@blueprint.body({JSON: _BODY}, "Up to 100,000 observations, under `data`.")
@blueprint.response(200, schemas.RecordedSchema)
@blueprint.token("observe")
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_observations(query: schemas.RecordQuery) -> Response:
    """Record observations.

    All of them in one revision, or none: a row that cannot be recorded is an error with its place. What is recorded
    already changes nothing, so a request can be sent again.
    """
    return _record(_read_rows, query.source, lambda line: {"pointer": f"/data/{line - 1}"})


@blueprint.route("/observations.ndjson", methods=["POST"])
@blueprint.arguments(schemas.RecordQuerySchema)
@blueprint.body({NDJSON: _LINE}, "Up to 100,000 observations, one a line.")
@blueprint.response(200, schemas.RecordedSchema)
@blueprint.token("observe")
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_observations_ndjson(query: schemas.RecordQuery) -> Response:
    """Record observations from NDJSON.

    One a line, otherwise as with JSON.
    """
    return _record(_read_lines, query.source, lambda line: {"line": line})


def _read_rows() -> bytes:
    """Return the observations of a JSON body, one a line; raise InvalidBody."""
    body = parse_json(read_body((JSON,))[1], VALUES_MAX)
    rows = body.get("data") if isinstance(body, dict) and body.keys() == {"data"} else None
    if not isinstance(rows, list):
        raise InvalidBody(_NOT_TAKEN, body_errors=[body_error("is no object with a list under `data`", pointer="")])
    if len(rows) > schemas.ROWS_MAX:
        detail = f"has {len(rows)} observations; at most {schemas.ROWS_MAX} are taken"
        raise InvalidBody(_NOT_TAKEN, body_errors=[body_error(detail, pointer="/data")])
    return "\n".join([json.dumps(row) for row in rows]).encode()


def _read_lines() -> bytes:
    """Return the lines of an NDJSON body; raise InvalidBody."""
    text = read_body((NDJSON,))[1].encode()
    if (lines := text.count(b"\n") + (not text.endswith(b"\n"))) > schemas.ROWS_MAX:
        detail = f"has {lines} lines; at most {schemas.ROWS_MAX} are taken"
        raise InvalidBody(_NOT_TAKEN, body_errors=[body_error(detail, line=schemas.ROWS_MAX + 1)])
    return text


def _record(read_text: Callable[[], bytes], source: str | None, place: Callable[[int], dict[str, Any]]) -> Response:
    """Record the lines of a body, and return the report; raise InvalidBody for those that cannot be recorded."""
    secret = read_token()
    try:
        with database().write("directory request") as conn:
            token = authenticate(conn, secret, "observe")
            # Only now: anybody can write a token that could be one, and 24 MiB of JSON to be parsed.
            text = read_text()
            options = RecordOptions(
                source=source,
                actor=token.name,
                reason=f"observations by token {token.id}",
                permit=partial(_require_places, token=token) if token.is_narrowed else None,
            )
            report = record_observations(conn, [Block(text, 1, "ndjson")], options)
    except LockTimeoutError as error:
        raise ServiceBusy("Others are writing to the registry.") from error
    if report.refused:
        errors = [
            body_error(f"{row.column}: {row.message}; {row.remedy}", **place(row.line))
            for row in report.refused[:MAX_ERRORS]
        ]
        detail = f"{report.refused_rows} of {report.rows} observations cannot be recorded, so none was: see errors."
        raise InvalidBody(detail, body_errors=errors)
    names = RecordedSchema().fields
    document = {name: getattr(report, name) for name in names} | {
        "batches": [
            {"source": batch.source, "observations": batch.observations, "accounts": batch.accounts}
            for batch in report.batches
        ]
    }
    return without_storing(json_response(json.dumps(document, ensure_ascii=False)))


def _require_places(conn: Connection[Any], token: Token) -> None:
    """Raise PlaceNotAllowed for staged observations of accounts that a token is not for."""
    require_places(conn, token, [Place(*place) for place in queries.select_staged_places(conn)])


def _select_page(
    conn: Connection[Any],
    query: schemas.ObservationsPageQuery,
    start: tuple[int, str, str, str, str] | None,
    until: int,
) -> tuple[list[str], tuple[int, str, str, str, str] | None]:
    """Return a page of observations, and the values of the cursor of the next one, if there is one."""
    begin, after = (query.since.number + 1, ""), None
    if start is not None:
        begin, after = (start[0], start[2]), (start[3], start[4])
    rows: list[tuple[str, tuple[int, str, str, str, str]]] = []
    empty = 0
    for batch in queries.select_batches(conn, begin, until):
        is_first = (batch.revision, batch.source) == begin
        found = queries.select_batch(conn, batch, after=after if is_first else None, limit=query.limit + 1 - len(rows))
        rows += [(text, (batch.revision, batch.mark, batch.source, account, at)) for text, account, at in found]
        if len(rows) > query.limit:
            shown = rows[: query.limit]
            return [text for text, _ in shown], shown[-1][1]
        empty += not found
        if empty == _EMPTY_MAX:
            position = (batch.revision, batch.mark, batch.source, _BEHIND_ALL, batch.end.isoformat())
            return [text for text, _ in rows], position
    return [text for text, _ in rows], None


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
