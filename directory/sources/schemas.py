"""The public shape of a source, and the parameters of their list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from directory.http.fields import String
from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema, PageSchema, count_field


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuery:
    """The parameters of one page of sources."""

    licence: str | None = None
    limit: int = 100
    cursor: str | None = None


class SourceQuerySchema(PagedQuerySchema):
    """One page of sources."""

    result_class: ClassVar[type[Any] | None] = SourceQuery

    licence = String("The licence, exactly as the records show it.", max_length=200, example="MIT")


class SourceLinksSchema(Schema):
    """Where more is to be had."""

    self = fields.String(required=True, metadata={"description": "This record."})
    accounts = fields.String(required=True, metadata={"description": "The accounts that it lists."})


class SourceSchema(Schema):
    """Where rows of the registry came from."""

    id = fields.String(required=True, metadata={"description": "Its short name here."})
    title = fields.String(required=True, metadata={"description": "What it is."})
    publisher = fields.String(
        required=True, allow_none=True, metadata={"description": "Who published it; null if not known."}
    )
    licence = fields.String(
        required=True, metadata={"description": "On what terms (an SPDX id where one fits); `unknown` if not stated."}
    )
    origin = fields.String(
        required=True, allow_none=True, metadata={"description": "Where it was taken from; null if not known."}
    )
    retrieved = fields.String(
        required=True, allow_none=True, metadata={"description": "Year, month or day of taking; null if not known."}
    )
    note = fields.String(
        required=True, allow_none=True, metadata={"description": "What to know about it; may be null."}
    )
    links = fields.Nested(SourceLinksSchema, required=True)
    accounts = count_field("Number of accounts that it lists.")


class SourceListSchema(Schema):
    """A page of sources."""

    data = fields.List(fields.Nested(SourceSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
