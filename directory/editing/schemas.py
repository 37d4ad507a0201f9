"""The parameters of changes, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.deletions.queries import CATEGORIES
from directory.editing.fields import FIELDS
from directory.http.fields import Enum, String
from directory.http.pagination import count_field
from directory.http.parameters import QuerySchema

REASON_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuery:
    """The parameters of a change."""

    reason: str
    dry_run: str = "false"

    @property
    def is_dry(self) -> bool:
        """Whether nothing is to be written."""
        return self.dry_run == "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionQuery(ChangeQuery):
    """The parameters of a deletion."""

    category: str = "other"


class ChangeQuerySchema(QuerySchema):
    """Why a record is changed."""

    result_class: ClassVar[type[Any] | None] = ChangeQuery

    reason = String(
        "Why; everybody can read it, so name nobody in it.",
        required=True,
        max_length=REASON_MAX,
        example="not a public body",
    )
    dry_run = Enum(
        "`true`: answer the change that would be made, and make none.",
        ("true", "false"),
        load_default="false",
        example="true",
    )


class DeletionQuerySchema(ChangeQuerySchema):
    """Why a record is deleted."""

    result_class: ClassVar[type[Any] | None] = DeletionQuery

    category = Enum("The category of the reason.", CATEGORIES, load_default="other", example="not_official")


class AccountDeletionSchema(Schema):
    """A deletion of an account."""

    id = fields.String(required=True, metadata={"description": "The id of the account, never used again."})
    revision = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The revision that deleted it; null with `dry_run=true`."},
    )
    before = fields.Dict(required=True, metadata={"description": "The account as it was before."})


class CorrectedAccountSchema(Schema):
    """A change of an account."""

    id = fields.String(required=True, metadata={"description": "The id of the account."})
    revision = count_field(
        "The revision that changed it; null with `dry_run=true`, and if it has these values already.", null=True
    )
    before = fields.Dict(required=True, metadata={"description": "The account as it was before."})
    after = fields.Dict(required=True, metadata={"description": "The account as it is after the change."})


class CreatedAccountSchema(Schema):
    """An account that was created."""

    id = fields.String(required=True, metadata={"description": "The id of the account."})
    revision = count_field("The revision that created it; null with `dry_run=true`.", null=True)
    after = fields.Dict(required=True, metadata={"description": "The account."})


class CorrectionSchema(Schema):
    """A correction."""

    field = fields.String(
        required=True, validate=validate.OneOf(tuple(FIELDS)), metadata={"description": "The field of the account."}
    )
    value = fields.Raw(required=True, allow_none=True, metadata={"description": "Its value, as a patch has it."})
    revision = count_field("The revision that made it.")
    at = fields.AwareDateTime("iso", required=True, metadata={"description": "When it was made."})
    actor = fields.String(required=True, metadata={"description": "Who made it."})
    reason = fields.String(required=True, metadata={"description": "Why."})


class CorrectionListSchema(Schema):
    """The corrections of an account that are in force."""

    data = fields.List(
        fields.Nested(CorrectionSchema),
        required=True,
        validate=validate.Length(max=len(FIELDS)),
        metadata={"description": "One for each field, by its name."},
    )
