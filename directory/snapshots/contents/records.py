"""The public shape of the records that only snapshots and changes have: handles, and what is left of what went."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from directory.http.pagination import count_field


class HeldHandleSchema(Schema):
    """A handle that an account holds or held."""

    id = fields.String(required=True, metadata={"description": "Permanent id of this account's time with the handle."})
    account = fields.String(
        required=True, metadata={"description": "Id of the account; one that went has left its handles behind."}
    )
    platform = fields.String(required=True, metadata={"description": "Slug of the platform."})
    handle = fields.String(required=True, metadata={"description": "The name in the profile's address, as it was."})
    valid_from = fields.AwareDateTime(
        "iso", required=True, allow_none=True, metadata={"description": "Since when; null for before it was known."}
    )
    valid_to = fields.AwareDateTime(
        "iso", required=True, allow_none=True, metadata={"description": "Until when; null for the current one."}
    )
    revision = count_field("Revision of the registry that last changed this record.")


class TombstoneSchema(Schema):
    """A record that was deleted, or merged into another one of its kind."""

    kind = fields.String(required=True, metadata={"description": "What it was: `account`, `department`, …"})
    id = fields.String(required=True, metadata={"description": "Its id, slug or code."})
    action = fields.String(
        required=True,
        validate=validate.OneOf(("delete", "merge")),
        metadata={"description": "`merge`: it turned out to be the same as another one."},
    )
    revision = count_field("Revision of the registry in which it went.")
    at = fields.AwareDateTime("iso", required=True, metadata={"description": "When it went."})
    replaced_by = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Id of what it was merged into, as it was then; null for what was deleted."},
    )
