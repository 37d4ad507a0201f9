"""The public shape of a platform, and the parameters of their list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.http.fields import Enum, Selection, ValueList
from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema, PageSchema, count_field

STATES: Final = ("open", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformQuery:
    """The parameters of one page of platforms."""

    country: Selection = Selection()
    status: str | None = None
    limit: int = 100
    cursor: str | None = None


class PlatformQuerySchema(PagedQuerySchema):
    """One page of platforms."""

    result_class: ClassVar[type[Any] | None] = PlatformQuery

    country = ValueList(
        "Countries that the platforms' companies are of (ISO 3166-1).", str.upper, pattern="[A-Za-z]{2}", example="CN"
    )
    status = Enum("Whether the platform can still be used.", STATES, example="closed")


class PlatformLinksSchema(Schema):
    """Where more is to be had."""

    self = fields.String(required=True, metadata={"description": "This record."})
    accounts = fields.String(required=True, metadata={"description": "Its accounts."})


class PlatformSchema(Schema):
    """A service on which bodies have accounts."""

    slug = fields.String(required=True, metadata={"description": "Its short name here."})
    name = fields.String(required=True, metadata={"description": "Its name in English."})
    name_local = fields.String(required=True, metadata={"description": "Its name in its own language."})
    language = fields.String(required=True, metadata={"description": "That language (RFC 5646)."})
    country = fields.String(
        required=True,
        validate=validate.Length(equal=2),
        metadata={"description": "Its company's country (ISO 3166-1)."},
    )
    website = fields.String(required=True, metadata={"description": "Its URL."})
    aliases = fields.List(
        fields.String(), required=True, metadata={"description": "Other spellings, which every parameter takes."}
    )
    hosts = fields.List(fields.String(), required=True, metadata={"description": "Hosts of its profile URLs."})
    url_forms = fields.List(fields.String(), required=True, metadata={"description": "Forms of its profile URLs."})
    handle_pattern = fields.String(required=True, metadata={"description": "Regular expression of a handle."})
    user_id_pattern = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Regular expression of its immutable user ids; null where URLs never show them."},
    )
    case_sensitive = fields.Boolean(
        required=True, metadata={"description": "Whether handles that differ in case are different handles."}
    )
    opened_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "Day of opening; null if not known."}
    )
    closed_on = fields.Date(required=True, allow_none=True, metadata={"description": "Day of closing; null if open."})
    links = fields.Nested(PlatformLinksSchema, required=True)
    accounts = count_field("Number of accounts.")


class PlatformListSchema(Schema):
    """A page of platforms."""

    data = fields.List(fields.Nested(PlatformSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
