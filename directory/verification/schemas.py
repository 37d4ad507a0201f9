"""The public shape of evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.http.pagination import MAX_PAGE_SIZE, PagedQuerySchema, PageSchema, count_field
from directory.verification.evidence import EXCERPT_MAX, METHODS, REASONS

RESULTS: Final = ("proved", "failed", "unanswered", "expired")
END_REASONS: Final = ("too_old", "checked_again", "failed_since", "account_changed")
_CODES: Final = tuple(sorted(code for codes in REASONS.values() for code in codes))
# What one method reads at most.
_DOCUMENTS_MAX: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceQuery:
    """The parameters of one page of evidence."""

    limit: int = 100
    cursor: str | None = None


class EvidenceQuerySchema(PagedQuerySchema):
    """One page of evidence."""

    result_class: ClassVar[type[Any] | None] = EvidenceQuery


class EvidenceDocumentSchema(Schema):
    """What was read."""

    url = fields.String(
        required=True,
        metadata={"description": "Its address; of a TXT record as RFC 4501 writes it (`dns:…?type=TXT`)."},
    )
    sha256 = fields.String(
        required=True, allow_none=True, metadata={"description": "SHA-256 of the content; null where nothing came."}
    )


class EvidenceEndSchema(Schema):
    """When and why a proof ceased to hold."""

    at = fields.AwareDateTime("iso", required=True, metadata={"description": "When."})
    reason = fields.String(
        required=True,
        validate=validate.OneOf(END_REASONS),
        metadata={
            "description": "`too_old`: nobody could check it in time; `checked_again`: a later check proved the same;"
            " `failed_since`: a later check found it no more; `account_changed`: the account has another handle or"
            " department since."
        },
    )


class EvidenceSchema(Schema):
    """What one check of an account found by one method."""

    method = fields.String(
        required=True, validate=validate.OneOf(METHODS), metadata={"description": "How it was checked."}
    )
    result = fields.String(
        required=True,
        validate=validate.OneOf(RESULTS),
        metadata={
            "description": "`unanswered` says nothing of the account; `expired` was proved, and holds no longer."
        },
    )
    reason = fields.String(required=True, validate=validate.OneOf(_CODES), metadata={"description": "Why, as a code."})
    verifier = fields.String(
        required=True, allow_none=True, metadata={"description": "The host that vouches for the account, if any does."}
    )
    documents = fields.List(
        fields.Nested(EvidenceDocumentSchema),
        required=True,
        validate=validate.Length(max=_DOCUMENTS_MAX),
        metadata={"description": "What was read."},
    )
    excerpt = fields.String(
        required=True,
        allow_none=True,
        validate=validate.Length(max=EXCERPT_MAX),
        metadata={"description": "The link, the record or the entry that names the account, and nothing else."},
    )
    checked_at = fields.AwareDateTime("iso", required=True, metadata={"description": "When it was checked."})
    expires_at = fields.AwareDateTime(
        "iso",
        required=True,
        allow_none=True,
        metadata={"description": "Until when a proof holds unless checked again."},
    )
    ended = fields.Nested(
        EvidenceEndSchema, required=True, allow_none=True, metadata={"description": "Null of a proof that holds."}
    )
    revision = count_field("The revision that wrote it.")


class RequestedProofSchema(Schema):
    """A check that was requested."""

    account = fields.String(required=True, metadata={"description": "The id of the account."})
    methods = fields.List(
        fields.String(validate=validate.OneOf(METHODS)),
        required=True,
        validate=validate.Length(max=len(METHODS)),
        metadata={"description": "By which methods it is checked."},
    )
    due_at = fields.AwareDateTime("iso", required=True, metadata={"description": "When it is due."})


class EvidenceListSchema(Schema):
    """A page of evidence, the latest first."""

    data = fields.List(fields.Nested(EvidenceSchema), required=True, validate=validate.Length(max=MAX_PAGE_SIZE))
    page = fields.Nested(PageSchema, required=True)
