"""The parameters and the public shape of operations on accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, get_args

from marshmallow import Schema, fields, validate

from directory.http.fields import Enum
from directory.http.pagination import count_field
from directory.http.parameters import QuerySchema
from directory.lifecycle.operations import Name

_NAMES: Final = get_args(Name)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationQuery:
    """The parameters of an operation."""

    dry_run: str = "false"


class OperationQuerySchema(QuerySchema):
    """Whether to write anything."""

    result_class: ClassVar[type[Any] | None] = OperationQuery

    dry_run = Enum(
        "`true`: check the operation, return what it would change, and write nothing.",
        ["true", "false"],
        load_default="false",
        example="true",
    )


def _text(description: str) -> fields.String:
    return fields.String(required=True, allow_none=True, metadata={"description": description})


class LifeSchema(Schema):
    """The values of an account that operations change."""

    handle = _text("The handle.")
    status = fields.String(
        required=True,
        validate=validate.OneOf(("active", "dormant", "suspended", "closed", "unknown")),
        metadata={"description": "The status."},
    )
    closed_on = fields.Date(required=True, allow_none=True, metadata={"description": "When it was closed."})
    department = _text("Id of the department that runs it.")
    region = _text("Code of its region.")
    replaced_by = _text("Id of the account that took over.")


class InverseSchema(Schema):
    """The request that takes an operation back."""

    operation = fields.String(
        required=True, validate=validate.OneOf(_NAMES), metadata={"description": "The last segment of its path."}
    )
    body = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.String(allow_none=True),
        metadata={"description": "Its body, without the reason."},
    )


class OperationResultSchema(Schema):
    """What an operation changed."""

    operation = fields.String(
        required=True, validate=validate.OneOf(_NAMES), metadata={"description": "The operation."}
    )
    account = fields.String(required=True, metadata={"description": "Id of the account."})
    revision = count_field("The revision that wrote it; null: nothing was written.", null=True)
    before = fields.Nested(
        LifeSchema, required=True, allow_none=True, metadata={"description": "What it was; null: there was no account."}
    )
    after = fields.Nested(
        LifeSchema, required=True, allow_none=True, metadata={"description": "What it is; null: there is no account."}
    )
    inverse = fields.Nested(
        InverseSchema, required=True, allow_none=True, metadata={"description": "What takes it back; null: nothing."}
    )
