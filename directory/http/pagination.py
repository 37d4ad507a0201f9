"""Keyset pagination: opaque cursors, the Link header, and the body of a page, joined from stored JSON texts.

A cursor names a position in a list that anybody may read, and holds nothing that its reader may not write. So it needs
no secret: its checksum shows damage, and its values are checked against the list's order, value by value and type by
type.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from flask import request
from marshmallow import Schema, fields, validate

from directory.database.revisions import State
from directory.http.field_bounds import MAX_INTEGER
from directory.http.fields import Integer, String
from directory.http.parameters import QuerySchema, canonical_query, encode_pairs, query_pairs
from directory.http.problems import InvalidCursor, parameter_error
from directory.http.request import public_url
from directory.http.responses import json_response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response


Key: TypeAlias = str | int | None
KeyType: TypeAlias = type[str] | type[int]

# Parameters that may change from page to page without changing which records follow.
_PRESENTATION: Final = frozenset({"cursor", "limit", "count", "facets", "fields", "highlight"})
_CHECK_BYTES: Final = 6
_MAX_CURSOR_LENGTH: Final = 4000
# What PostgreSQL counts with.
_MAX_INTEGER: Final = 2**63 - 1
# One for all: `json.dumps` makes an encoder for every call that says how it is to write.
_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def fingerprint() -> str:
    """Return what identifies this list, its filters and order; a cursor is good only for an equal one."""
    asked = f"{request.path}?{canonical_query(query_pairs(), exclude=_PRESENTATION)}"
    return hashlib.blake2b(asked.encode(), digest_size=_CHECK_BYTES).hexdigest()


def encode_cursor(list_fingerprint: str, values: Sequence[Key]) -> str:
    """Return an opaque text of the sort keys of the last record of a page."""
    payload = _dump([list_fingerprint, *values]).encode()
    return base64.urlsafe_b64encode(_check(payload) + payload).rstrip(b"=").decode()


def decode_cursor(text: str, list_fingerprint: str) -> list[Key]:
    """Return the sort keys in a cursor; raise InvalidCursor if it is damaged or of another list.

    Whatever they are, the database takes them: texts that it can hold, and numbers of 64 bits.
    """
    if len(text) > _MAX_CURSOR_LENGTH:
        raise _invalid(text, "is too long to be a cursor of ours")
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise _invalid(text, "is damaged") from None
    check, payload = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if check != _check(payload):
        raise _invalid(text, "is damaged")
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        raise _invalid(text, "is damaged") from None
    if not isinstance(content, list) or not content or not all(map(_is_key, content)):
        raise _invalid(text, "is damaged")
    found, *values = content
    if found != list_fingerprint:
        raise _invalid(text, "was made for other filters or another order")
    return values


def require_types(values: Sequence[Key], types: Sequence[KeyType]) -> None:
    """Raise InvalidCursor where the values of a cursor are not as many, or not of these types."""
    if [type(value) for value in values] != [*types]:
        raise InvalidCursor("The cursor is of another order.")


def _is_key(value: object) -> bool:
    """Whether something may stand in a cursor: a text that PostgreSQL holds, a number of 64 bits, or nothing."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    return value is None or (type(value) is int and -_MAX_INTEGER <= value <= _MAX_INTEGER)


def json_page(
    documents: Sequence[str],
    *,
    limit: int,
    next_cursor: str | None,
    count: Mapping[str, object] | None = None,
    facets: Mapping[str, object] | None = None,
    through: Mapping[str, object] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """Return a page of a list: stored JSON texts joined, and links to the first and the next page.

    `more` is said of the page beside its limit and cursor, where it is not None.
    """
    about: dict[str, object] = {"limit": limit, "next": next_cursor}
    if count is not None:
        about["count"] = count
    if more is not None:
        about |= {name: value for name, value in more.items() if value is not None}
    others = {"facets": facets, "through": through}
    tail = "".join(f',"{name}":{_dump(value)}' for name, value in others.items() if value is not None)
    text = f'{{"data":[{",".join(documents)}],"page":{_dump(about)}{tail}}}'
    return json_response(text, headers={"Link": page_links(next_cursor)})


def page_links(next_cursor: str | None) -> str:
    """Return the Link header (RFC 8288) of a page: its first and next page, all other parameters as they are."""
    kept = tuple((name, value) for name, value in query_pairs() if name != "cursor")
    links = [("first", kept)]
    if next_cursor is not None:
        links.append(("next", (*kept, ("cursor", next_cursor))))
    path = public_url(request.path)
    return ", ".join(f'<{path}{"?" if pairs else ""}{encode_pairs(pairs)}>; rel="{name}"' for name, pairs in links)


def _check(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECK_BYTES).digest()


def _invalid(text: str, detail: str) -> InvalidCursor:
    return InvalidCursor(f"The cursor {detail}.", errors=[parameter_error("cursor", text, detail)])


MAX_PAGE_SIZE: Final = 1000


def count_field(description: str, *, null: bool = False) -> fields.Integer:
    """Return the field of a count in an answer."""
    return fields.Integer(
        required=True,
        allow_none=null,
        strict=True,
        validate=validate.Range(min=0, max=MAX_INTEGER),
        metadata={"description": description, "format": "int64"},
    )


class PagedQuerySchema(QuerySchema):
    """One page of a list of reference records."""

    limit = Integer("Most records on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=100, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


class PageSchema(Schema):
    """Where this page stands in the list."""

    limit = count_field("Most records on a page.")
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Cursor of the next page; null on the last."}
    )


def read_cursor(cursor: str | None, *types: KeyType) -> list[Any] | None:
    """Return the values in a cursor, None at the beginning of the list; raise InvalidCursor.

    `types` are those of the values, where each order of the list has the same; else whoever knows the order looks.
    """
    if not cursor:
        return None
    values = decode_cursor(cursor, fingerprint())
    if types:
        require_types(values, types)
    return values


def page_from_rows(
    rows: Sequence[Sequence[Key]],
    limit: int,
    *,
    count: Mapping[str, object] | None = None,
    facets: Mapping[str, object] | None = None,
    revision: State | None = None,
    dropped: Sequence[str] = (),
) -> Response:
    """Return a page of rows that begin with their JSON text and go on with what a cursor holds.

    One row more than `limit` says that another page follows. `revision` is the one that was asked for, if any, and
    `dropped` are the words of a search that were left out: the cursor goes on with both.
    """
    shown = rows[:limit]
    held = (*((" ".join(dropped),) if dropped else ()), *((revision.name,) if revision is not None else ()))
    cursor = encode_cursor(fingerprint(), (*shown[-1][1:], *held)) if len(rows) > limit else None
    return json_page(
        [str(row[0]) for row in shown],
        limit=limit,
        next_cursor=cursor,
        count=count,
        facets=facets,
        more={"revision": revision and revision.number, "mark": revision and revision.mark, "dropped": dropped or None},
    )
