"""The public shapes of the catalogues and of the list of schemas."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields

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
