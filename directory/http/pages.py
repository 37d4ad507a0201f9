"""What all lists have in common: how a page is asked for, made, and described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields, validate

from directory.database.revisions import State
from directory.http.field_bounds import LARGEST_WHOLE
from directory.http.pagination import Key, KeyType, decode_cursor, encode_cursor, fingerprint, page, require_types
from directory.http.parameters import QuerySchema, Text, Whole

if TYPE_CHECKING:
    from flask import Response

LARGEST_PAGE: Final = 1000


def number(description: str, *, null: bool = False) -> fields.Integer:
    """Return the field of a count in an answer."""
    return fields.Integer(
        required=True,
        allow_none=null,
        strict=True,
        validate=validate.Range(min=0, max=LARGEST_WHOLE),
        metadata={"description": description, "format": "int64"},
    )


class PagedQuerySchema(QuerySchema):
    """One page of a list of reference records."""

    limit = Whole("Most records on a page.", minimum=1, maximum=LARGEST_PAGE, load_default=100, example=25)
    cursor = Text("Where the page begins: `page.next` of the page before it.", max_length=4000)


class PageSchema(Schema):
    """Where this page stands in the list."""

    limit = number("Most records on a page.")
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Cursor of the next page; null on the last."}
    )


def cursor_values(cursor: str | None, *types: KeyType) -> list[Any] | None:
    """Return the values in a cursor, None at the beginning of the list; raise InvalidCursor.

    `types` are those of the values, where each order of the list has the same; else whoever knows the order looks.
    """
    if not cursor:
        return None
    values = decode_cursor(cursor, fingerprint())
    if types:
        require_types(values, types)
    return values


def page_of(
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
    return page(
        [str(row[0]) for row in shown],
        limit=limit,
        next_cursor=cursor,
        count=count,
        facets=facets,
        more={"revision": revision and revision.number, "mark": revision and revision.mark, "dropped": dropped or None},
    )
