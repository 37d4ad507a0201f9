"""Keyset pagination: opaque cursors, the Link header, and the body of a page, joined from stored JSON texts.

A cursor is a position in a public list, and a client may write any value in it. So it is not signed: a checksum detects
damage, and the values are checked against the types of the sort keys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from flask import request
from marshmallow import Schema, fields, validate

from directory.database.revisions import State
from directory.http.direct_response import DirectResponse, direct_json
from directory.http.field_bounds import MAX_INTEGER
from directory.http.fields import Integer, String
from directory.http.parameters import QuerySchema, encode_each, query_pairs
from directory.http.problems import InvalidCursor, parameter_error
from directory.http.registry_request import RegistryRequest, current_registry_request, list_fingerprint
from directory.http.responses import flask_response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response


Key: TypeAlias = str | int | None
KeyType: TypeAlias = type[str] | type[int]

_CHECK_BYTES: Final = 6
_MAX_CURSOR_LENGTH: Final = 4000
# What PostgreSQL counts with.
_MAX_INTEGER: Final = 2**63 - 1
# json.dumps creates a new encoder for every call with options.
_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def fingerprint() -> str:
    """Return the fingerprint of the list that Flask's request asks for."""
    return list_fingerprint(request.path, encode_each(query_pairs()))


def encode_cursor(list_fingerprint: str, values: Sequence[Key]) -> str:
    """Return an opaque text of the sort keys of the last record of a page."""
    payload = _dump([list_fingerprint, *values]).encode()
    return base64.urlsafe_b64encode(_check(payload) + payload).rstrip(b"=").decode()


def decode_cursor(text: str, list_fingerprint: str) -> list[Key]:
    """Return the sort keys in a cursor; raise InvalidCursor if it is damaged or of another list.

    PostgreSQL accepts all of them: texts without NUL and surrogates, and integers of 64 bits.
    """
    if len(text) > _MAX_CURSOR_LENGTH:
        raise _invalid(text, "is too long to be a cursor of ours")
    try:
        # urlsafe_b64decode skips foreign characters, so one cursor would have many spellings.
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise _invalid(text, "is damaged") from None
    check, payload = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if check != _check(payload):
        raise _invalid(text, "is damaged")
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):  # nested too deeply: anybody can write a valid checksum
        raise _invalid(text, "is damaged") from None
    if not isinstance(content, list) or not content or not all(map(_is_key, content)):
        raise _invalid(text, "is damaged")
    fingerprint_in_cursor, *values = content
    if fingerprint_in_cursor != list_fingerprint:
        raise _invalid(text, "was made for other filters or another order")
    return values


def require_types(values: Sequence[Key], types: Sequence[KeyType]) -> None:
    """Raise InvalidCursor where the values of a cursor are not as many, or not of these types."""
    # The checksum is no secret: before this check 242 of 864 forged cursors were an internal error.
    if [type(value) for value in values] != [*types]:
        raise InvalidCursor("The cursor is of another order.")


def _is_key(value: object) -> bool:
    """Whether a cursor may contain a value: a text that PostgreSQL can store, an integer of 64 bits, or null."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    # type(), since a bool is an int.
    return value is None or (type(value) is int and -_MAX_INTEGER <= value <= _MAX_INTEGER)


def json_page(
    documents: Sequence[bytes],
    *,
    limit: int,
    next_cursor: str | None,
    through: Mapping[str, object] | None = None,
) -> Response:
    """Return a page of a list as a response of Flask: see `direct_page`."""
    current = current_registry_request()
    return flask_response(direct_page(current, documents, limit=limit, next_cursor=next_cursor, through=through))


def direct_page(
    request: RegistryRequest,
    documents: Sequence[bytes],
    *,
    limit: int,
    next_cursor: str | None,
    facets: Mapping[str, object] | None = None,
    through: Mapping[str, object] | None = None,
    more: Mapping[str, object] | None = None,
) -> DirectResponse:
    """Return a page of a list: stored JSON texts joined, and links to the first and the next page.

    `more` are further members of `page`; those that are None are left out.
    """
    about: dict[str, object] = {"limit": limit, "next": next_cursor}
    if more is not None:
        about |= {name: value for name, value in more.items() if value is not None}
    others = {"facets": facets, "through": through}
    tail = "".join([f',"{name}":{_dump(value)}' for name, value in others.items() if value is not None])
    body = b'{"data":[%b],"page":%b}' % (b",".join(documents), f"{_dump(about)}{tail}".encode())
    return direct_json(body, ("Link", request.page_links(next_cursor)))


def page_links(next_cursor: str | None) -> str:
    """Return the Link header of a page of the list that Flask's request asks for."""
    return current_registry_request().page_links(next_cursor)


def _check(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECK_BYTES).digest()


def _invalid(text: str, detail: str) -> InvalidCursor:
    return InvalidCursor(f"The cursor {detail}.", errors=[parameter_error("cursor", text, detail)])


MAX_PAGE_SIZE: Final = 1000
DEFAULT_PAGE_SIZE: Final = 100


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

    limit = Integer(
        "Most records on a page.", minimum=1, maximum=MAX_PAGE_SIZE, load_default=DEFAULT_PAGE_SIZE, example=25
    )
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


class PageSchema(Schema):
    """Where this page stands in the list."""

    limit = count_field("Most records on a page.")
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Cursor of the next page; null on the last."}
    )


def read_cursor(
    cursor: str | None, *types: KeyType, list_fingerprint: Callable[[], str] = fingerprint
) -> list[Any] | None:
    """Return the values in a cursor, None at the beginning of the list; raise InvalidCursor.

    `types` are those of the values, if all orders of the list have the same; else the caller checks them.
    """
    if not cursor:
        return None
    values = decode_cursor(cursor, list_fingerprint())
    if types:
        require_types(values, types)
    return values


def page_from_rows(rows: Sequence[tuple[Any, ...]], limit: int) -> Response:
    """Return a page of rows as a response of Flask: see `direct_page_from_rows`."""
    return flask_response(direct_page_from_rows(current_registry_request(), rows, limit))


def direct_page_from_rows(
    request: RegistryRequest,
    rows: Sequence[tuple[Any, ...]],
    limit: int,
    *,
    count: Mapping[str, object] | None = None,
    facets: Mapping[str, object] | None = None,
    revision: State | None = None,
    dropped: Sequence[str] = (),
) -> DirectResponse:
    """Return a page of rows, each its JSON text (which may be in UTF-8) and then its sort keys.

    One row more than `limit` means that another page follows. `revision` is that of `as_of`, if any, and `dropped` are
    the words that a search left out: the cursor carries both to the next page.
    """
    page = rows[:limit]
    carried = (*((" ".join(dropped),) if dropped else ()), *((revision.name,) if revision is not None else ()))
    cursor = encode_cursor(request.fingerprint, (*page[-1][1:], *carried)) if len(rows) > limit else None
    return direct_page(
        request,
        [row[0] if isinstance(row[0], bytes) else str(row[0]).encode() for row in page],
        limit=limit,
        next_cursor=cursor,
        facets=facets,
        more={
            "count": count,
            "revision": revision and revision.number,
            "mark": revision and revision.mark,
            "dropped": dropped or None,
        },
    )
