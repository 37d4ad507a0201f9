"""The public shapes of the catalogues, of the list of schemas, and of records that no list has."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from directory.http.lists import number

KINDS: Final = ("account", "department", "handle", "platform", "region", "source")

DCAT_US: Final[dict[str, object]] = {
    "type": "object",
    "description": "A catalogue of DCAT-US 1.1, <https://resources.data.gov/resources/dcat-us/>.",
    "required": ["conformsTo", "dataset"],
}
DCAT: Final[dict[str, object]] = {
    "type": "object",
    "description": "A catalogue of DCAT 3 in JSON-LD, <https://www.w3.org/TR/vocab-dcat-3/>.",
    "required": ["@context", "@id", "@type", "dcat:dataset"],
}
LINK_SET: Final[dict[str, object]] = {
    "type": "object",
    "description": "A link set (RFC 9264) of the profile that RFC 9727 defines.",
    "required": ["linkset"],
}
JSON_SCHEMA: Final[dict[str, object]] = {
    "type": "object",
    "description": "A JSON Schema of the draft 2020-12.",
    "required": ["$schema", "$id", "title", "description"],
}


class SchemaLinksSchema(Schema):
    """Where the schema is."""

    self = fields.String(required=True, metadata={"description": "The schema itself."})


class DescribedSchema(Schema):
    """A kind of record that has a schema."""

    name = fields.String(required=True, metadata={"description": "The kind of record."})
    description = fields.String(required=True, metadata={"description": "What a record of it is."})
    links = fields.Nested(SchemaLinksSchema, required=True)


class SchemaListSchema(Schema):
    """All kinds of record that have a schema."""

    data = fields.List(fields.Nested(DescribedSchema), required=True)


class TombstoneSchema(Schema):
    """What is left of a record that was deleted or merged into another."""

    kind = fields.String(
        required=True, validate=validate.OneOf(KINDS), metadata={"description": "The kind of record that it was."}
    )
    id = fields.String(required=True, metadata={"description": "Its id, which is never used again."})
    action = fields.String(
        required=True,
        validate=validate.OneOf(("delete", "merge")),
        metadata={"description": "Whether it was deleted, or merged into another."},
    )
    revision = number("Revision of the registry in which it went.")
    at = fields.AwareDateTime("iso", required=True, metadata={"description": "The time of that revision."})
    replaced_by = fields.String(
        required=True, allow_none=True, metadata={"description": "Id of the record that took its place; null if none."}
    )
