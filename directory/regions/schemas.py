"""The public shape of a region, and the parameters of their list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.http.fields import Selection, String, ValueList
from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema, PageSchema, count_field

LEVELS: Final = ("country", "province", "subdivision", "prefecture", "county")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionQuery:
    """The parameters of one page of regions."""

    q: str | None = None
    parent: str | None = None
    within: str | None = None
    level: Selection = Selection()
    limit: int = 100
    cursor: str | None = None


class RegionQuerySchema(PagedQuerySchema):
    """One page of regions."""

    result_class: ClassVar[type[Any] | None] = RegionQuery

    q = String(
        "The beginning of a name in any script, or of a code. Case and accents do not matter, nor whether Chinese is"
        " traditional or simplified.",
        max_length=100,
        example="Auvergne",
    )
    parent = String("A region, by code or by a name that means one: those next below it.", max_length=60, example="FR")
    within = String(
        "A region, by code or by a name that means one: itself and all below it.", max_length=60, example="CN-510000"
    )
    level = ValueList("Levels of the tree.", LEVELS, example="country")


class RegionLinksSchema(Schema):
    """Where more is to be had."""

    self = fields.String(required=True, metadata={"description": "This record."})
    accounts = fields.String(required=True, metadata={"description": "Its accounts, and those of all below."})
    departments = fields.String(required=True, metadata={"description": "Its departments, and those of all below."})


class RegionSchema(Schema):
    """A country or a part of one."""

    code = fields.String(
        required=True, metadata={"description": "ISO 3166-1, ISO 3166-2, or `CN-` and six digits of GB/T 2260."}
    )
    level = fields.String(required=True, validate=validate.OneOf(LEVELS))
    name = fields.String(required=True, metadata={"description": "Its name in Latin letters."})
    name_local = fields.String(
        required=True, allow_none=True, metadata={"description": "Its name in its own script; null if not known."}
    )
    other_names = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Other names of it: in another of its languages, or without its kind."},
    )
    parent = fields.String(
        required=True, allow_none=True, metadata={"description": "Code of the region next above; null for a country."}
    )
    aliases = fields.List(
        fields.String(), required=True, metadata={"description": "Other codes of it, which every parameter takes."}
    )
    path = fields.List(
        fields.String(), required=True, metadata={"description": "Codes from the country down to this region."}
    )
    established_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "Day on which it began; null if not known."}
    )
    dissolved_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "Day on which it ended; null if it is there."}
    )
    replaced_by = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Codes of the regions that it became; empty while it is there."},
    )
    source = fields.String(required=True, metadata={"description": "The list that has it."})
    links = fields.Nested(RegionLinksSchema, required=True)
    accounts = count_field("Number of accounts of it and of all below.")


class RegionListSchema(Schema):
    """A page of regions."""

    data = fields.List(fields.Nested(RegionSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
