"""The public shapes of departments and their types, and the parameters of their lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.departments.external_ids import SCHEMES, parse_external_id
from directory.departments.websites import parse_website_host
from directory.http.fields import Selection, String, ValueList
from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema, PageSchema, count_field
from directory.ids import explain_malformed


def parse_id(text: str) -> str:
    """Return a well-formed id unchanged; raise ValueError for any other text, naming what is wrong."""
    if (fault := explain_malformed(text)) is not None:
        message = f"{text} is not an id. {fault}"
        raise ValueError(message)
    return text


EXTERNAL_IDS: Final = (
    "Ids of departments in other registers, as `scheme:value` (`wikidata:Q583725`). Schemes are "
    + ", ".join(f"`{scheme.slug}`" for scheme in SCHEMES)
    + ". One that no department has matches nothing; one with a wrong check digit is refused."
)
WEBSITES: Final = (
    "Hosts of the websites of departments (`cdc.gov`), with or without `www.`, or addresses of pages there. A host "
    "does not mean the hosts below it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentQuery:
    """The parameters of one page of departments."""

    q: str | None = None
    type: Selection = Selection()
    region: str | None = None
    parent: Selection = Selection()
    external_id: Selection = Selection()
    website: Selection = Selection()
    limit: int = 100
    cursor: str | None = None


class DepartmentQuerySchema(PagedQuerySchema):
    """One page of departments."""

    result_class: ClassVar[type[Any] | None] = DepartmentQuery

    q = String("A name, whole or its beginning, in any letter case or width.", max_length=200, example="police")
    type = ValueList("Types; `/v1/department-types` lists them.", str.lower, pattern="[A-Za-z-]+", example="police")
    region = String(
        "A region, by code or by a name that means one: itself and all below it.", max_length=60, example="FR"
    )
    parent = ValueList("Ids of departments: those next below them.", parse_id, pattern="[0-9b-z]{7}")
    external_id = ValueList(EXTERNAL_IDS, parse_external_id, example="wikidata:Q583725")
    website = ValueList(WEBSITES, parse_website_host, example="cdc.gov")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeQuery:
    """The parameters of one page of types."""

    limit: int = 100
    cursor: str | None = None


class TypeQuerySchema(PagedQuerySchema):
    """One page of types."""

    result_class: ClassVar[type[Any] | None] = TypeQuery


class DepartmentRegionSchema(Schema):
    """The region that a department governs or serves."""

    code = fields.String(required=True, metadata={"description": "Its code; `/v1/regions/{code}` has the rest."})
    name = fields.String(required=True, metadata={"description": "Its name in Latin letters."})
    name_local = fields.String(
        required=True, allow_none=True, metadata={"description": "Its name in its own script; null if not known."}
    )


class ParentDepartmentSchema(Schema):
    """The department above."""

    id = fields.String(required=True, metadata={"description": "Its id."})
    name = fields.String(required=True, metadata={"description": "Its name."})
    type = fields.String(required=True, metadata={"description": "Its type."})


class DepartmentLinksSchema(Schema):
    """Where more is to be had."""

    self = fields.String(required=True, metadata={"description": "This record."})
    accounts = fields.String(required=True, metadata={"description": "Its accounts."})


class DepartmentSchema(Schema):
    """A government body that runs accounts."""

    id = fields.String(
        required=True, metadata={"description": "Permanent id of seven characters, the last a check character."}
    )
    name = fields.String(required=True, metadata={"description": "Its name."})
    type = fields.String(required=True, metadata={"description": "Its type; `/v1/department-types` has them all."})
    region = fields.Nested(
        DepartmentRegionSchema, required=True, allow_none=True, metadata={"description": "Where; null if not known."}
    )
    parent = fields.Nested(
        ParentDepartmentSchema, required=True, allow_none=True, metadata={"description": "Null if none is known."}
    )
    website = fields.String(required=True, allow_none=True, metadata={"description": "Null if not known."})
    external_ids = fields.List(
        fields.String(),
        validate=validate.Length(min=1, max=len(SCHEMES)),
        metadata={
            "description": "Its ids in other registers, as `scheme:value`, at most one of each scheme; there where one"
            " is known.",
        },
    )
    links = fields.Nested(DepartmentLinksSchema, required=True)
    revision = count_field("Revision of the registry that last changed this record.")
    created_at = fields.AwareDateTime("iso", required=True, metadata={"description": "When the record was made."})
    updated_at = fields.AwareDateTime(
        "iso", required=True, metadata={"description": "When the record was last changed."}
    )
    accounts = count_field("Number of accounts that it runs itself.")


class DepartmentListSchema(Schema):
    """A page of departments."""

    data = fields.List(fields.Nested(DepartmentSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)


class TypeLinksSchema(Schema):
    """Where more is to be had."""

    accounts = fields.String(required=True, metadata={"description": "Accounts of departments of this type."})
    departments = fields.String(required=True, metadata={"description": "Departments of this type."})


class DepartmentTypeSchema(Schema):
    """A type of department."""

    slug = fields.String(required=True, metadata={"description": "Its short name."})
    name = fields.String(required=True, metadata={"description": "Its name in English."})
    name_zh = fields.String(required=True, metadata={"description": "Its name in Chinese."})
    cofog = fields.String(
        required=True,
        metadata={"description": "Division of the Classification of the Functions of Government, `01` to `10`."},
    )
    links = fields.Nested(TypeLinksSchema, required=True)
    accounts = count_field("Number of accounts of departments of this type.")


class DepartmentTypeListSchema(Schema):
    """A page of types."""

    data = fields.List(fields.Nested(DepartmentTypeSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
