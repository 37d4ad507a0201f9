"""The URLs of changes."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from flask import Response, request

from directory.accounts.downloads import compressed, join_rows
from directory.accounts.parameters import HistoryQuery, HistoryQuerySchema
from directory.changes import queries, schemas
from directory.changes.atom import MEDIA_TYPE, Feed, write_feed
from directory.changes.differences import list_differences
from directory.changes.filters import build_facet_query
from directory.changes.parameters import (
    ChangesPageQuery,
    ChangesPageQuerySchema,
    ChangesQuery,
    ChangesQuerySchema,
    FeedQuerySchema,
)
from directory.changes.queries import END, ChangeRange, Position
from directory.database.revisions import State, select_first_time, select_latest
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import etag_from_revision
from directory.http.direct_response import DirectResponse
from directory.http.pagination import (
    decode_cursor,
    direct_page,
    encode_cursor,
    fingerprint,
    json_page,
    page_links,
    require_types,
)
from directory.http.parameters import canonical_query, encode_pairs, query_pairs
from directory.http.problems import (
    MalformedId,
    NotFound,
)
from directory.http.registry_request import RegistryRequest
from directory.http.request import config, database, preferred_encoding, public_url
from directory.http.responses import download_response
from directory.http.revision_range import NO_REVISION, last_state, read_latest, require_revision, require_same_history
from directory.ids import explain_malformed

if TYPE_CHECKING:
    from psycopg import Connection

_LAST: Final[Position] = (2**53, 0)
_WITHOUT_MARK: Final = 2
_ID = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")

blueprint = Blueprint(
    "changes",
    __name__,
    url_prefix="/v1",
    description="Every change of the registry, in order and without a gap, and the history of each account.",
)


@blueprint.route("/changes")
@blueprint.arguments(ChangesPageQuerySchema)
@blueprint.response(200, schemas.ChangeListSchema)
@blueprint.alt_response(410)
@etag_from_revision
def get_changes(query: ChangesPageQuery) -> Response:
    """List changes.

    Every change after revision `since`, in order and without a gap, with the record before and after. A filter
    matches a change if the record matched before it or matches after it. Follow `page.next` until it is null, then
    request again with `since` set to `through.revision`, a hyphen and `through.mark`: you miss nothing and get nothing
    twice, even while others write. The same revision and sequence always return the same change, unless the registry is
    restored from a backup, which the mark shows; only accounts that were erased since are emptied.
    """
    start, mark = _read_position(query.cursor, fingerprint()) if query.cursor else ((query.since.number, END), "")
    end = _last_state(query, cursor=State(start[0], mark) if query.cursor else NO_REVISION)
    facets = build_facet_query(database(), database().state, query.filters)
    rows: list[queries.ChangeRow] = []
    # A client that is up to date needs no query.
    if start < (end.number, END):
        with database().read() as conn:
            end = read_latest(conn, end, start[0])
            changes = ChangeRange(after=start, before=(end.number + 1, 0), facets=facets)
            rows = queries.select_changes(conn, changes, limit=query.limit + 1)
    shown = rows[: query.limit]
    is_more = len(rows) > query.limit
    revision, sequence, mark = shown[-1][1:] if is_more else (end.number, None, end.mark)
    return json_page(
        [text.encode() for text, *_ in shown],
        limit=query.limit,
        next_cursor=encode_cursor(fingerprint(), shown[-1][1:]) if is_more else None,
        through={"revision": revision, "sequence": sequence, "mark": mark},
    )


@blueprint.route("/changes.ndjson")
@blueprint.arguments(ChangesQuerySchema)
@blueprint.response(200, schemas.ChangeSchema, content_type="application/x-ndjson")
@blueprint.alt_response(410)
@etag_from_revision
def get_changes_ndjson(query: ChangesQuery) -> Response:
    """Download changes as NDJSON.

    Every change after revision `since`, one a line, compressed with zstd or gzip where `Accept-Encoding` admits it. The
    file is complete: it ends with the last change of revision `until`, or of the latest one. The `Link` header has the
    URL of what comes after it.
    """
    end = _last_state(query)
    since, until = query.since.number, end.number
    changes = ChangeRange.of(since, until, build_facet_query(database(), database().state, query.filters))
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
            # As in the list: a replica may be behind, and the file must not end early.
            require_revision(_latest(conn), until)
            with queries.copy_changes(cursor, changes) as rows:
                for block in join_rows(rows):
                    target.write(block)

    # The resolved revisions are in the key, so equal files are shared however the request names them.
    canonical = canonical_query(query_pairs(), exclude=frozenset({"since", "until"}))
    response = download_response(
        # One file a revision: erasures since then empty earlier changes too.
        ("changes", since, end, registry.state, canonical, encoding),
        write,
        content_type="application/x-ndjson",
        filename=f"changes-{since}-{until}.ndjson",
        encoding=encoding,
    )
    filters = [(name, value) for name, value in query_pairs() if name not in {"since", "until"}]
    later = encode_pairs((("since", end.name), *filters))
    response.headers["Link"] = f'<{public_url(request.path)}?{later}>; rel="next"'
    return response


@blueprint.route("/changes.atom")
@blueprint.arguments(FeedQuerySchema)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA_TYPE)
@blueprint.alt_response(410)
@etag_from_revision
def get_changes_atom(query: ChangesPageQuery) -> Response:
    """Follow changes as an Atom feed.

    The newest change first, with its differences as text; `rel="next"` leads to older ones. The id of an
    entry never changes, whatever the URL of the registry. Takes the filters of the list of changes: with
    `kind=-handle` an account that comes with its handle is one entry.
    """
    before, mark = _read_position(query.cursor, fingerprint()) if query.cursor else (None, "")
    end = _last_state(query, cursor=State(before[0], mark) if before and mark else NO_REVISION)
    facets = build_facet_query(database(), database().state, query.filters)
    changes = ChangeRange.of(query.since.number, end.number, facets)
    if before is not None:
        changes = ChangeRange(after=changes.after, before=before, facets=facets)
    with database().read() as conn:
        rows = queries.select_changes(conn, changes, limit=query.limit + 1, is_newest_first=True)
        latest, begun = select_latest(conn), select_first_time(conn)
    shown = rows[: query.limit]
    cursor = encode_cursor(fingerprint(), shown[-1][1:]) if len(rows) > query.limit else None
    others = tuple(pair for pair in query_pairs() if pair[0] != "cursor")
    feed = Feed(
        title=f"{config().title}: changes",
        publisher=config().publisher or config().title,
        # The session may have any time zone.
        begun=begun.astimezone(UTC).isoformat() if begun is not None else None,
        base=config().base_url,
        address=_page_url(query_pairs()),
        name="changes" + _query_suffix(canonical_query(others, exclude=frozenset({"limit"}))),
        next=_page_url((*others, ("cursor", cursor))) if cursor is not None else None,
        # RFC 4287, 4.1.1: a feed has a time even if it has no entries.
        updated=latest.at.isoformat() if latest is not None else "1970-01-01T00:00:00+00:00",
    )
    document = write_feed(feed, [json.loads(text) for text, *_ in shown])
    return Response(document, content_type=MEDIA_TYPE, headers={"Link": page_links(cursor)})


@blueprint.route("/accounts/<account_id>/history", parameters=[_ID])
@blueprint.response(200, schemas.AccountHistorySchema)
@blueprint.alt_response(410)
@blueprint.direct_view(HistoryQuerySchema)
def get_account_history(request: RegistryRequest, query: HistoryQuery, account_id: str) -> DirectResponse:
    """Get the history of an account.

    Every change of it, the newest first: each value that changed with what it was and what it became, when, by whom,
    why, and from which source; also of an account that was merged or deleted.
    """
    if (fault := explain_malformed(account_id)) is not None:
        raise MalformedId(fault)
    before, mark = _read_position(query.cursor, request.fingerprint) if query.cursor else (_LAST, "")
    if mark:
        require_same_history(request.database, State(before[0], mark), "cursor")
    with request.database.read() as conn:
        rows = queries.select_account_changes(conn, account_id, before=before, limit=query.limit + 1)
    if not rows and not query.cursor:
        raise NotFound(f"No account has or had the id {account_id}.")
    shown = rows[: query.limit]
    cursor = encode_cursor(request.fingerprint, shown[-1][1:]) if len(rows) > query.limit else None
    return direct_page(
        request, [_history_entry(text).encode() for text, *_ in shown], limit=query.limit, next_cursor=cursor
    )


def _last_state(query: ChangesQuery, *, cursor: State = NO_REVISION) -> State:
    return last_state({"since": query.since, "until": query.until or NO_REVISION, "cursor": cursor})


def _latest(conn: Connection) -> int:
    latest = select_latest(conn)
    return latest.number if latest is not None else 0


def _read_position(cursor: str, list_fingerprint: str) -> tuple[Position, str]:
    """Return the position in a cursor, and the mark of its revision; raise InvalidCursor."""
    values: list[Any] = [*decode_cursor(cursor, list_fingerprint)]
    # A cursor with two values is from a version before there were marks.
    if len(values) == _WITHOUT_MARK:
        values.append("")
    require_types(values, (int, int, str))
    revision, sequence, mark = values
    return (revision, sequence), mark


def _history_entry(text: str) -> str:
    """Return the public JSON of a change of an account, field by field."""
    change = json.loads(text)
    before, after = change.pop("before"), change.pop("after")
    for name in ("kind", "id"):
        del change[name]
    fields = list_differences(before, after) if after is not None else []
    change["changes"] = [{"field": each.field, "old": each.old, "new": each.new} for each in fields]
    return json.dumps(change, ensure_ascii=False, separators=(",", ":"))


def _page_url(pairs: tuple[tuple[str, str], ...]) -> str:
    return config().base_url + request.path + _query_suffix(encode_pairs(pairs))


def _query_suffix(query: str) -> str:
    return f"?{query}" if query else ""
