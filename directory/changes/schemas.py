"""The public shape of a change and of a history. PostgreSQL writes the records in it; tests hold them to this."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from directory.http.pagination import MAX_PAGE_SIZE, PageSchema, count_field

KINDS: Final = ("account", "department", "handle", "observations", "platform", "region", "source")
ACTIONS: Final = ("create", "update", "delete", "merge")


def _text(description: str, *, null: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=null, metadata={"description": description})


def _record(description: str) -> fields.Dict:
    return fields.Dict(required=True, allow_none=True, metadata={"description": description})


class RevisionSchema(Schema):
    """Which change of the registry it was, when, by whom, why, and from which source."""

    revision = count_field("Revision of the registry.")
    sequence = count_field("Place among the changes of that revision, from 1.")
    at = fields.AwareDateTime("iso", required=True, metadata={"description": "When."})
    actor = _text("Who.")
    reason = _text("Why.")
    source = _text(
        "What it was read from: the id of a source, or the names of files with rows of several; null if from nothing.",
        null=True,
    )
    action = fields.String(
        required=True,
        validate=validate.OneOf(ACTIONS),
        metadata={"description": "`merge`: the record turned out to be another one, which stays."},
    )


class ChangeSchema(RevisionSchema):
    """What became of one record."""

    kind = fields.String(
        required=True, validate=validate.OneOf(KINDS), metadata={"description": "What kind of record it is."}
    )
    id = _text(
        "The id of the record: of a platform its slug, of a region its code, of observations revision and source."
    )
    before = _record("The record before; null if it was not there.")
    after = _record("The record after, as it is stored; null if it went.")
    replaced_by = fields.String(
        metadata={"description": "There at a `merge`: the id of the record that stayed, at that time."}
    )


class ObservationBatchSchema(Schema):
    """What a source observed of accounts in one revision, which changes none of their records."""

    class Meta:
        """`from` is a keyword of Python."""

        include = {  # noqa: RUF012 - marshmallow reads it
            "source": _text("Id of the source."),
            "from": fields.AwareDateTime("iso", required=True, metadata={"description": "The earliest observation."}),
            "to": fields.AwareDateTime("iso", required=True, metadata={"description": "The latest observation."}),
            "observations": count_field("How many observations are new."),
            "accounts": count_field("How many accounts they are of."),
        }


class ThroughSchema(Schema):
    """How far the changes were read, those that the filters left out included."""

    revision = count_field("The revision up to which all was read; within it if `sequence` is a number.")
    sequence = count_field("The last change of that revision that was read; null if all of it was.", null=True)
    mark = _text("The mark of the revision: `since` takes it behind the number and a hyphen. Empty at revision 0.")


class ChangeListSchema(Schema):
    """A page of changes, in their order."""

    data = fields.List(fields.Nested(ChangeSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
    through = fields.Nested(ThroughSchema, required=True)


class FieldChangeSchema(Schema):
    """One value that changed."""

    field = _text("The key; of a value that lies under a key, both with a dot between them (`department.name`).")
    old = fields.Raw(required=True, allow_none=True, metadata={"description": "What it was; null in a new record."})
    new = fields.Raw(required=True, allow_none=True, metadata={"description": "What it became."})


class AccountChangeSchema(RevisionSchema):
    """One change of an account, field by field."""

    replaced_by = fields.String(
        metadata={"description": "There at a `merge`: the id of the account that stayed, at that time."}
    )
    changes = fields.List(
        fields.Nested(FieldChangeSchema),
        required=True,
        metadata={"description": "What changed, keys that follow from every change left out; empty at the end."},
    )


class AccountHistorySchema(Schema):
    """A page of changes of an account, the newest first."""

    data = fields.List(fields.Nested(AccountChangeSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
