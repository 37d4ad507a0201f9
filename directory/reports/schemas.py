"""The public shapes of the coverage report, and the parameters of its lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.http.csv_options import CsvOptions, CsvOptionsSchema
from directory.http.fields import Selection, String, ValueList
from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema, PageSchema, count_field

# A row names no more of what is missing; the list of missing bodies has all.
FIRST_MAX: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageQuery:
    """The parameters of one page of the coverage report."""

    region: str | None = None
    platform: Selection = Selection()
    department_type: Selection = Selection()
    kind: str | None = None
    limit: int = 100
    cursor: str | None = None


class CoverageQuerySchema(PagedQuerySchema):
    """One page of the coverage report."""

    result_class: ClassVar[type[Any] | None] = CoverageQuery

    region = String(
        "A region, by code or by a name that means one: itself and all below it.", max_length=60, example="CN-510000"
    )
    platform = ValueList("Platforms: only accounts on these count. Any spelling.", example="weibo")
    department_type = ValueList(
        "Types; `/v1/department-types` lists them.", str.lower, pattern="[A-Za-z-]+", example="local-government"
    )
    kind = String("A kind of which a number is expected.", max_length=63, example="prefecture-government")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFileQuery(CoverageQuery, CsvOptions):
    """The parameters of the coverage report as CSV."""

    bom: str = "false"
    escape_formulas: str = "false"
    spreadsheet: str = "false"


class CoverageFileQuerySchema(CsvOptionsSchema):
    """The coverage report as CSV."""

    result_class: ClassVar[type[Any] | None] = CoverageFileQuery

    # The same fields, of which marshmallow gives each schema its own copy.
    region = CoverageQuerySchema._declared_fields["region"]  # noqa: SLF001 - as `accounts.schemas.FIELDS` reads them
    platform = CoverageQuerySchema._declared_fields["platform"]  # noqa: SLF001 - likewise
    department_type = CoverageQuerySchema._declared_fields["department_type"]  # noqa: SLF001 - likewise
    kind = CoverageQuerySchema._declared_fields["kind"]  # noqa: SLF001 - likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingQuery:
    """The parameters of one page of missing bodies."""

    platform: Selection = Selection()
    limit: int = 100
    cursor: str | None = None


class MissingQuerySchema(PagedQuerySchema):
    """One page of missing bodies."""

    result_class: ClassVar[type[Any] | None] = MissingQuery

    platform = ValueList("Platforms: only accounts on these count. Any spelling.", example="weibo")


class CoverageRegionSchema(Schema):
    """A region."""

    code = fields.String(required=True, metadata={"description": "Its code; `/v1/regions/{code}` has the rest."})
    name = fields.String(required=True, metadata={"description": "Its name in Latin letters."})
    name_local = fields.String(
        required=True, allow_none=True, metadata={"description": "Its name in its own script; null if not known."}
    )


class PlatformCoverageSchema(Schema):
    """The bodies with an account on one platform."""

    platform = fields.String(required=True, metadata={"description": "Its slug."})
    with_accounts = count_field("Number of bodies with an account there.")


class MissingSummarySchema(Schema):
    """The bodies without an account."""

    count = count_field("Their number: of those that are expected, or known where no number is expected.")
    named = count_field("How many of them are known by name.")
    first = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=FIRST_MAX),
        metadata={"description": "The names of the first of them; `links.missing` lists all."},
    )


class CoverageLinksSchema(Schema):
    """Where more is to be had."""

    missing = fields.String(required=True, metadata={"description": "The bodies without an account, by name."})
    accounts = fields.String(required=True, metadata={"description": "The accounts of this type in this region."})


class CoverageSchema(Schema):
    """How many bodies of a kind a region should have, how many are known, and how many have accounts."""

    region = fields.Nested(CoverageRegionSchema, required=True)
    kind = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The kind of body; null for all of the type, of which no number is expected."},
    )
    name = fields.String(required=True, metadata={"description": "The name of the kind, or of the type."})
    department_type = fields.String(required=True, metadata={"description": "The type of these bodies."})
    expected = count_field("How many there should be; null if that is not known.", null=True)
    known = count_field(
        "How many the registry knows. Where only a number is expected, these are all bodies of the type in the "
        "region, so they can be more."
    )
    with_accounts = count_field(
        "How many have an account that a source lists and that is neither closed nor suspended."
    )
    missing = fields.Nested(MissingSummarySchema, required=True)
    platforms = fields.List(
        fields.Nested(PlatformCoverageSchema),
        required=True,
        validate=validate.Length(max=MAX_PAGE_SIZE),
        metadata={"description": "The platforms that any of them is on, by slug."},
    )
    counted_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "The day for which the number is stated."}
    )
    source = fields.String(
        required=True, allow_none=True, metadata={"description": "Who states the number; null if none is expected."}
    )
    links = fields.Nested(CoverageLinksSchema, required=True)


class CoverageListSchema(Schema):
    """A page of the coverage report."""

    data = fields.List(fields.Nested(CoverageSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)


class MissingSchema(Schema):
    """A body without an account."""

    name = fields.String(required=True, metadata={"description": "Its name, or that of the region that it governs."})
    region = fields.Nested(
        CoverageRegionSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The region that it governs; null if it is not known by its region."},
    )
    department = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Its id, `/v1/departments/{id}`; null if no department of it is known."},
    )
    known = fields.Boolean(required=True, metadata={"description": "Whether the registry knows the body."})


class MissingListSchema(Schema):
    """A page of missing bodies."""

    data = fields.List(fields.Nested(MissingSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
