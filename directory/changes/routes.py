"""The URLs of changes."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, BinaryIO, Final

from flask import Response, request

from directory.accounts.downloads import compressed, join_rows
from directory.accounts.parameters import HistoryQuery, HistoryQuerySchema
from directory.changes import queries, schemas
from directory.changes.atom import MEDIA_TYPE, Feed, write_feed
from directory.changes.differences import differences
from directory.changes.filters import read_facets
from directory.changes.parameters import (
    ChangesQuery,
    ChangesQuerySchema,
    FeedQuerySchema,
    PageQuery,
    PageQuerySchema,
)
from directory.changes.queries import END, Place, Stretch
from directory.database.revisions import State, select_first_time, select_latest, select_state
from directory.http.as_of import revision_replaced
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import ENCODINGS, etag_from_revision
from directory.http.negotiation import preferred_encoding
from directory.http.pagination import encode_cursor, fingerprint, json_page, page_links, read_cursor, require_types
from directory.http.parameters import canonical_query, encode_pairs, query_pairs
from directory.http.problems import (
    DatabaseUnavailable,
    MalformedId,
    NotFound,
    RevisionNotYetWritten,
    parameter_error,
)
from directory.http.request import config, database, download_cache, public_url
from directory.http.responses import file_response
from directory.ids import explain_malformed

if TYPE_CHECKING:
    from psycopg import Connection

_LAST: Final[Place] = (2**53, 0)
_NOWHERE: Final = State(0)
_MARKLESS: Final = 2
_ID = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")

blueprint = Blueprint(
    "changes",
    __name__,
    url_prefix="/v1",
    description="Every change of the registry, in order and without a gap, and the history of each account.",
)


@blueprint.route("/changes")
@blueprint.arguments(PageQuerySchema)
@blueprint.response(200, schemas.ChangeListSchema)
@blueprint.alt_response(410)
@etag_from_revision
def get_changes(query: PageQuery) -> Response:
    """List changes.

    Every change after revision `since`, in order and without a gap, with the record before and after. A filter finds
    what matched it before the change or matches it after. Follow `page.next` until it is null, then ask again with
    `since` set to `through.revision`, a hyphen and `through.mark`: nothing is missed and nothing comes twice, whatever
    is written meanwhile. A change is told for good: the same revision and sequence always say the same, unless the
    registry is restored from a backup, which the mark tells; only accounts that were erased since are emptied in it.
    """
    begun, mark = _place(query.cursor) if query.cursor else ((query.since.number, END), "")
    end = _end(query, cursor=State(begun[0], mark) if query.cursor else _NOWHERE)
    facets = read_facets(database(), database().state, query.filters)
    rows: list[queries.Told] = []
    # Who has everything is told so without a query.
    if begun < (end.number, END):
        with database().read() as conn:
            # Where this very connection leads may be behind what another has seen.
            if (seen := select_state(conn)).number <= end.number:
                end = seen
            _require(end.number, begun[0])
            stretch = Stretch(after=begun, before=(end.number + 1, 0), facets=facets)
            rows = queries.select_changes(conn, stretch, limit=query.limit + 1)
    shown = rows[: query.limit]
    is_more = len(rows) > query.limit
    revision, sequence, mark = shown[-1][1:] if is_more else (end.number, None, end.mark)
    return json_page(
        [text for text, *_ in shown],
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
    file is whole: it ends with the last change of revision `until`, or of the latest one. The `Link` header has the
    address of what will come after it.
    """
    end = _end(query)
    since, until = query.since.number, end.number
    stretch = Stretch.of(since, until, read_facets(database(), database().state, query.filters))
    encoding = preferred_encoding(ENCODINGS)

    def write(file: BinaryIO) -> None:
        with (
            database().export() as conn,
            compressed(file, encoding) as target,
            conn.transaction(),
            conn.cursor() as cursor,
        ):
            _require(_latest(conn), until)
            with queries.copy_changes(cursor, stretch) as rows:
                for block in join_rows(rows):
                    target.write(block)

    asked = canonical_query(query_pairs(), exclude=frozenset({"since", "until"}))
    response = file_response(
        # Made anew after each revision: what was erased since is gone from earlier changes too.
        download_cache().get_or_write(("changes", since, end, database().state, asked, encoding), write),
        content_type="application/x-ndjson",
        filename=f"changes-{since}-{until}.ndjson",
        encoding=None if encoding == "identity" else encoding,
    )
    kept = [(name, value) for name, value in query_pairs() if name not in {"since", "until"}]
    later = encode_pairs((("since", end.name), *kept))
    response.headers["Link"] = f'<{public_url(request.path)}?{later}>; rel="next"'
    return response


@blueprint.route("/changes.atom")
@blueprint.arguments(FeedQuerySchema)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA_TYPE)
@blueprint.alt_response(410)
@etag_from_revision
def get_changes_atom(query: PageQuery) -> Response:
    """Follow changes as an Atom feed.

    The newest change first, with what differs in words; `rel="next"` leads to older ones. An entry keeps its id for
    good, under whatever address the registry is read. Takes the filters of the list of changes: with `kind=-handle` an
    account that comes with its handle is one entry.
    """
    before, mark = _place(query.cursor) if query.cursor else (None, "")
    end = _end(query, cursor=State(before[0], mark) if before and mark else _NOWHERE)
    facets = read_facets(database(), database().state, query.filters)
    stretch = Stretch.of(query.since.number, end.number, facets)
    if before is not None:
        stretch = Stretch(after=stretch.after, before=before, facets=facets)
    with database().read() as conn:
        rows = queries.select_changes(conn, stretch, limit=query.limit + 1, is_newest_first=True)
        latest, begun = select_latest(conn), select_first_time(conn)
    shown = rows[: query.limit]
    cursor = encode_cursor(fingerprint(), shown[-1][1:]) if len(rows) > query.limit else None
    others = tuple(pair for pair in query_pairs() if pair[0] != "cursor")
    feed = Feed(
        title=f"{config().title}: changes",
        publisher=config().publisher or config().title,
        # Its session may give times in any zone.
        begun=begun.astimezone(UTC).isoformat() if begun is not None else None,
        base=config().base_url,
        address=_written(query_pairs()),
        name="changes" + _question(canonical_query(others, exclude=frozenset({"limit"}))),
        next=_written((*others, ("cursor", cursor))) if cursor is not None else None,
        updated=latest.at.isoformat() if latest is not None else "1970-01-01T00:00:00+00:00",
    )
    document = write_feed(feed, [json.loads(text) for text, *_ in shown])
    return Response(document, content_type=MEDIA_TYPE, headers={"Link": page_links(cursor)})


@blueprint.route("/accounts/<account_id>/history", parameters=[_ID])
@blueprint.arguments(HistoryQuerySchema)
@blueprint.response(200, schemas.AccountHistorySchema)
@blueprint.alt_response(410)
@etag_from_revision
def get_account_history(query: HistoryQuery, account_id: str) -> Response:
    """Get the history of an account.

    Every change of it, the newest first: each value that changed with what it was and what it became, when, by whom,
    why, and from which source; also of an account that was merged or deleted.
    """
    if (fault := explain_malformed(account_id)) is not None:
        raise MalformedId(fault)
    before, mark = _place(query.cursor) if query.cursor else (_LAST, "")
    if mark:
        _require_shared(State(before[0], mark), "cursor")
    with database().read() as conn:
        rows = queries.select_account_changes(conn, account_id, before=before, limit=query.limit + 1)
    if not rows and not query.cursor:
        raise NotFound(f"No account has or had the id {account_id}.")
    shown = rows[: query.limit]
    cursor = encode_cursor(fingerprint(), shown[-1][1:]) if len(rows) > query.limit else None
    return json_page([_tell(text) for text, *_ in shown], limit=query.limit, next_cursor=cursor)


def _end(query: ChangesQuery, *, cursor: State = _NOWHERE) -> State:
    """Return the revision up to which is read.

    Raises RevisionNotYetWritten where one that is named is yet to come, and RevisionReplaced where one was taken back.
    """
    latest = database().state
    named = {"since": query.since, "until": query.until or _NOWHERE, "cursor": cursor}
    if max(state.number for state in named.values()) > latest.number:
        # What this process knows of may be a moment behind.
        with database().read() as conn:
            latest = select_state(conn)
    for name, state in named.items():
        if state.number > latest.number:
            raise RevisionNotYetWritten(
                f"{name} is {state.number}; the latest revision is {latest.number}.",
                errors=[parameter_error(name, state.name, f"is after the latest revision, {latest.number}")],
                members={"latest": latest.number},
            )
        _require_shared(state, name)
    if query.until is None:
        return latest
    return State(query.until.number, query.until.mark or _mark_of(query.until.number))


def _require_shared(state: State, name: str) -> None:
    """Raise RevisionReplaced where the registry has another revision of this number."""
    if state.mark and (mark := _mark_of(state.number)) != state.mark:
        raise revision_replaced(state, State(state.number, mark), name)


def _mark_of(number: int) -> str:
    return database().mark_of(number) or ""


def _latest(conn: Connection) -> int:
    found = select_latest(conn)
    return found.number if found is not None else 0


def _require(revision: int, needed: int) -> None:
    if revision < needed:
        raise DatabaseUnavailable(f"The database that was asked is at revision {revision} and not at {needed} yet.")


def _place(cursor: str) -> tuple[Place, str]:
    """Return the place that a cursor holds, and the mark of its revision; raise InvalidCursor."""
    values = read_cursor(cursor) or []
    # Two alone are of a program that knew no marks.
    if len(values) == _MARKLESS:
        values.append("")
    require_types(values, (int, int, str))
    revision, sequence, mark = values
    return (revision, sequence), mark


def _tell(text: str) -> str:
    """Return the public JSON of a change of an account, field by field."""
    change = json.loads(text)
    before, after = change.pop("before"), change.pop("after")
    for name in ("kind", "id"):
        del change[name]
    told = differences(before, after) if after is not None else []
    change["changes"] = [{"field": each.field, "old": each.old, "new": each.new} for each in told]
    return json.dumps(change, ensure_ascii=False, separators=(",", ":"))


def _written(pairs: tuple[tuple[str, str], ...]) -> str:
    return config().base_url + request.path + _question(encode_pairs(pairs))


def _question(query: str) -> str:
    return f"?{query}" if query else ""
