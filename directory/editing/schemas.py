"""The parameters of changes, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields

from directory.deletions.queries import CATEGORIES
from directory.http.fields import Enum, String
from directory.http.parameters import QuerySchema

REASON_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionQuery:
    """The parameters of a deletion."""

    reason: str
    category: str = "other"
    dry_run: str = "false"


class DeletionQuerySchema(QuerySchema):
    """Why a record is deleted."""

    result_class: ClassVar[type[Any] | None] = DeletionQuery

    reason = String(
        "Why; everybody can read it, so name nobody in it.",
        required=True,
        max_length=REASON_MAX,
        example="not a public body",
    )
    category = Enum("The category of the reason.", CATEGORIES, load_default="other", example="not_official")
    dry_run = Enum(
        "`true`: answer what would be deleted, and delete nothing.",
        ("true", "false"),
        load_default="false",
        example="true",
    )


class AccountDeletionSchema(Schema):
    """A deletion of an account."""

    id = fields.String(required=True, metadata={"description": "The id of the account, never used again."})
    revision = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The revision that deleted it; null with `dry_run=true`."},
    )
    before = fields.Dict(required=True, metadata={"description": "The account as it was before."})
