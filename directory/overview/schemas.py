"""The public shape of the service: what it is and holds, and where to go on."""

from __future__ import annotations

from marshmallow import Schema, fields

from directory.http.lists import number


class CountsSchema(Schema):
    """How much the registry holds."""

    accounts = number("Accounts.")
    departments = number("Departments.")
    regions = number("Regions.")
    platforms = number("Platforms.")
    sources = number("Sources.")


def _link(description: str) -> fields.String:
    return fields.String(required=True, metadata={"description": description})


class OverviewLinksSchema(Schema):
    """Where to go on."""

    self = _link("This answer.")
    accounts = _link("The list of accounts.")
    download = _link("All accounts as NDJSON.")
    regions = _link("The regions.")
    departments = _link("The departments.")
    department_types = _link("The types of department.")
    platforms = _link("The platforms.")
    sources = _link("The sources and their licences.")
    catalogue = _link("The catalogue of the data, DCAT-US 1.1; DCAT 3 where `Accept` asks for JSON-LD.")
    schemas = _link("The JSON Schemas of the records.")
    openapi = _link("The contract, as OpenAPI 3.1.")
    docs = _link("The contract, to read and to try.")


class OverviewSchema(Schema):
    """What this service is and holds."""

    title = fields.String(required=True, metadata={"description": "Its name."})
    revision = number("Number of the registry's latest change; 0 before the first.")
    updated_at = fields.AwareDateTime(
        "iso", required=True, allow_none=True, metadata={"description": "Time of that change; null before the first."}
    )
    counts = fields.Nested(CountsSchema, required=True)
    licence = fields.String(
        required=True, metadata={"description": "Each source has its own; this says where they are."}
    )
    links = fields.Nested(OverviewLinksSchema, required=True)
