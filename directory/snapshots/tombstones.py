"""The public shape of what is left of a record that went."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from directory.http.lists import number


class TombstoneSchema(Schema):
    """A record that was deleted, or merged into another one of its kind."""

    kind = fields.String(required=True, metadata={"description": "What it was: `account`, `department`, …"})
    id = fields.String(required=True, metadata={"description": "Its id, slug or code."})
    action = fields.String(
        required=True,
        validate=validate.OneOf(("delete", "merge")),
        metadata={"description": "`merge`: it turned out to be the same as another one."},
    )
    revision = number("Revision of the registry in which it went.")
    at = fields.AwareDateTime("iso", required=True, metadata={"description": "When it went."})
    replaced_by = fields.String(
        required=True, allow_none=True, metadata={"description": "Id of what it was merged into, else null."}
    )
