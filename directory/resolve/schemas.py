"""The parameters of resolve, and the public shape of a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.accounts.schemas import AccountRecordSchema
from directory.http.as_of import AsOf, AsOfValue
from directory.http.fields import String
from directory.http.parameters import QuerySchema
from directory.resolve.input_parsing import MAX_LENGTH
from directory.resolve.verdicts import MAX_CANDIDATES, WORDINGS

MAX_QUERIES: Final = 1000
# A text of `GET` may be too long to be read, and has its verdict then as in a batch; past this it is no text at all. Of
# the registry's own URLs none is longer than MAX_LENGTH: 140 characters of LinkedIn's, each of up to 12 when encoded.
MAX_GIVEN_LENGTH: Final = 8000
_PLATFORM: Final = (
    "Where bare handles and names were seen: a slug of `/v1/platforms`, or another spelling (`新浪微博`)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveQuery:
    """The parameters of one text."""

    q: str
    platform: str | None = None
    as_of: AsOfValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchQuery:
    """The parameters of a batch, besides its texts."""

    platform: str | None = None
    as_of: AsOfValue | None = None


class ResolveQuerySchema(QuerySchema):
    """One text, and where it was seen."""

    result_class: ClassVar[type[Any] | None] = ResolveQuery

    q = String(
        "What a person would paste: the address of a profile in any form, `@handle`, an id, a name. Longer than "
        f"{MAX_LENGTH:,} characters is `unknown`.",
        max_length=MAX_GIVEN_LENGTH,
        required=True,
        error_messages={"required": "is missing"},
        example="https://weibo.com/bjsubway",
    )
    platform = String(_PLATFORM, max_length=100, example="weibo")
    as_of = AsOf()


class BatchQuerySchema(QuerySchema):
    """Where the texts of a batch were seen."""

    result_class: ClassVar[type[Any] | None] = BatchQuery

    platform = String(_PLATFORM, max_length=100, example="weibo")
    as_of = AsOf()


class VerdictReasonSchema(Schema):
    """One reason of a verdict."""

    code = fields.String(
        required=True,
        validate=validate.OneOf(tuple(WORDINGS)),
        metadata={"description": "Its code; more may be added."},
    )
    message = fields.String(required=True, metadata={"description": "The reason in English."})
    message_zh = fields.String(required=True, metadata={"description": "The reason in Chinese."})


class VerdictMatchSchema(Schema):
    """What of the query led to which account."""

    by = fields.String(
        required=True,
        validate=validate.OneOf(("url", "handle", "user_id", "id", "name", "look_alike")),
        metadata={"description": "What was recognised; `look_alike` if the text only resembles the account's handle."},
    )
    value = fields.String(required=True, metadata={"description": "The part of the query, as it was read."})
    account_id = fields.String(required=True, metadata={"description": "Id of the account that it led to."})


class VerdictCandidateSchema(Schema):
    """An account that may be meant."""

    score = fields.Float(
        required=True,
        validate=validate.Range(min=0, max=1),
        metadata={"description": "How much speaks for it: 0 to 1, the product of the scores of its reasons."},
    )
    reasons = fields.List(
        fields.String(validate=validate.OneOf(tuple(WORDINGS))),
        required=True,
        validate=validate.Length(max=len(WORDINGS)),
        metadata={"description": "Codes of what speaks for it."},
    )
    account = fields.Nested(AccountRecordSchema, required=True)


class ResolutionSchema(Schema):
    """Whether what was asked is an official account, and why; never to be read without its reasons."""

    query = fields.String(required=True, metadata={"description": "The text as it was given."})
    verdict = fields.String(
        required=True,
        validate=validate.OneOf(("official", "formerly_official", "look_alike", "unknown")),
        metadata={
            "description": "`official`: this very profile is a registered, current one. `formerly_official`: it was;"
            " who holds it now is not vouched for, or no source lists it any more."
            " `look_alike`: it is not registered, and close to one that is."
            " `unknown`: nothing can be said of it."
        },
    )
    reasons = fields.List(
        fields.Nested(VerdictReasonSchema),
        required=True,
        validate=validate.Length(min=1, max=len(WORDINGS)),
        metadata={"description": "Why; at least one."},
    )
    platform = fields.String(
        required=True, allow_none=True, metadata={"description": "Slug of the platform; null if none was recognised."}
    )
    handle = fields.String(
        required=True, allow_none=True, metadata={"description": "The handle that was asked about; null if none was."}
    )
    account = fields.Nested(
        AccountRecordSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The account that is, or was, meant; null for `look_alike` and `unknown`."},
    )
    valid_from = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={
            "description": "Since when the account holds the handle, or its source listed it; null if not known."
        },
    )
    valid_to = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={
            "description": "When it gave the handle up, was closed, or its last source stopped listing it; null if it"
            " did not or that is not known."
        },
    )
    match = fields.Nested(
        VerdictMatchSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What of the query led to which account; null if nothing did."},
    )
    candidates = fields.List(
        fields.Nested(VerdictCandidateSchema),
        required=True,
        validate=validate.Length(max=MAX_CANDIDATES),
        metadata={"description": "Other accounts that may be meant, the likeliest first, at most five."},
    )


class ResolutionListSchema(Schema):
    """The verdicts on a batch, in its order."""

    data = fields.List(fields.Nested(ResolutionSchema), required=True, validate=validate.Length(max=MAX_QUERIES))
