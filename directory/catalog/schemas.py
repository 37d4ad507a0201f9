"""The public shapes of the catalogues and of the list of schemas."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

# There are nine kinds of record; there is room for more.
MAX_KINDS: Final = 100
MAX_DATASETS: Final = 100
MAX_LINKS: Final = 100

DCAT_US: Final[dict[str, object]] = {
    "type": "object",
    "description": "A catalogue of DCAT-US 1.1, <https://resources.data.gov/resources/dcat-us/>.",
    "required": ["conformsTo", "dataset"],
    "properties": {
        "conformsTo": {"type": "string", "format": "uri", "description": "The version of the standard."},
        "dataset": {
            "type": "array",
            "items": {"type": "object"},
            "maxItems": MAX_DATASETS,
            "description": "The tables.",
        },
    },
}
DCAT: Final[dict[str, object]] = {
    "type": "object",
    "description": "A catalogue of DCAT 3 in JSON-LD, <https://www.w3.org/TR/vocab-dcat-3/>.",
    "required": ["@context", "@id", "@type", "dcat:dataset"],
    "properties": {
        "@context": {"type": "object", "description": "What the short names stand for."},
        "@id": {"type": "string", "format": "uri-reference", "description": "The catalogue's own URL."},
        "@type": {"type": "string", "const": "dcat:Catalog", "description": "That it is a catalogue."},
        "dcat:dataset": {
            "type": "array",
            "items": {"type": "object"},
            "maxItems": MAX_DATASETS,
            "description": "The tables, with their files.",
        },
    },
}
LINK_SET: Final[dict[str, object]] = {
    "type": "object",
    "description": "A link set (RFC 9264) of the profile that RFC 9727 defines.",
    "required": ["linkset"],
    "properties": {
        "linkset": {
            "type": "array",
            "items": {"type": "object"},
            "maxItems": MAX_LINKS,
            "description": "The context of the links: URLs, each with its type.",
        },
    },
}
JSON_SCHEMA: Final[dict[str, object]] = {
    "type": "object",
    "description": "A JSON Schema of the draft 2020-12.",
    "required": ["$schema", "$id", "title", "description"],
    "properties": {
        "$schema": {"type": "string", "format": "uri", "description": "The draft that it is written in."},
        "$id": {"type": "string", "format": "uri-reference", "description": "Its own URL."},
        "title": {"type": "string", "description": "The kind of record."},
        "description": {"type": "string", "description": "What a record of it is."},
    },
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

    data = fields.List(fields.Nested(DescribedSchema), required=True, validate=validate.Length(max=MAX_KINDS))
