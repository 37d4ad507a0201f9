"""The public shape of the service: what it is and holds, and where to go on."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, fields

from directory.http.pagination import count_field
from directory.overview.links import LINKS, TEMPLATES


class CountsSchema(Schema):
    """How much the registry holds."""

    accounts = count_field("Accounts.")
    departments = count_field("Departments.")
    regions = count_field("Regions.")
    platforms = count_field("Platforms.")
    sources = count_field("Sources.")


def _link(description: str) -> fields.String:
    return fields.String(required=True, metadata={"description": description})


class OverviewLinksSchema(Schema):
    """Links to every endpoint whose path has no parameters."""

    class Meta:
        """The fields, one a link."""

        include: ClassVar = {link.name: _link(f"{link.title}: {link.note}.") for link in LINKS}


class OverviewTemplatesSchema(Schema):
    """Paths with parameters, as URI templates (RFC 6570)."""

    class Meta:
        """The fields, one a template."""

        include: ClassVar = {template.name: _link(template.note) for template in TEMPLATES}


class OverviewSchema(Schema):
    """What this service is and holds."""

    title = fields.String(required=True, metadata={"description": "Its name."})
    notice = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "A notice about all data: that they are invented. Null in a real registry."},
    )
    revision = count_field("Number of the registry's latest change; 0 before the first.")
    updated_at = fields.AwareDateTime(
        "iso", required=True, allow_none=True, metadata={"description": "Time of that change; null before the first."}
    )
    counts = fields.Nested(CountsSchema, required=True)
    licence = fields.String(
        required=True, metadata={"description": "Each source has its own; this says where they are."}
    )
    links = fields.Nested(OverviewLinksSchema, required=True)
    templates = fields.Nested(OverviewTemplatesSchema, required=True)
