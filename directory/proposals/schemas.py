"""The parameters, the bodies and the public shape of proposals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, get_args

from marshmallow import Schema, ValidationError, fields, validate

from directory.http.fields import EnumList, Integer, String
from directory.http.pagination import PageSchema, count_field
from directory.http.parameters import QuerySchema
from directory.ids import explain_malformed
from directory.lifecycle import bodies
from directory.lifecycle.bodies import Member
from directory.lifecycle.operations import Name
from directory.lifecycle.requests import KINDS
from directory.lifecycle.schemas import LifeSchema
from directory.proposals.states import STATES

_NAMES: Final = get_args(Name)
_PAGE_MAX: Final = 100
_REVISION_MAX: Final = 10**15 - 1


def _read_account(value: object) -> str:
    text = bodies.read_text(value)
    if (fault := explain_malformed(text)) is not None:
        raise ValidationError(fault)
    return text


def _read_operation(value: object) -> str:
    if value not in _NAMES:
        raise ValidationError(f"expected one of {', '.join(_NAMES)}")
    return str(value)


def _read_object(value: object) -> dict[str, object]:
    """Return the arguments of an operation as they were sent; what they have to be depends on the operation."""
    if not isinstance(value, dict):
        raise ValidationError("is no object")
    return {name: each.strip() if isinstance(each, str) else each for name, each in value.items()}


def _read_revision(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _REVISION_MAX:
        raise ValidationError("is no number of a revision")
    return value


_ARGUMENTS: Final = {name: member for kind in KINDS.values() for name, member in kind.members.items()}
PROPOSAL: Final = {
    "account": Member(
        {"type": "string", "pattern": "^[0-9b-z]{7}$", "maxLength": 7, "description": "The id of the account."},
        _read_account,
        is_required=True,
    ),
    "operation": Member(
        {"type": "string", "enum": list(_NAMES), "description": "The operation that is proposed."},
        _read_operation,
        is_required=True,
    ),
    "body": Member(
        {
            "type": "object",
            "description": "What the operation takes at its own URL, but for the reason [nothing].",
            "properties": {name: member.schema for name, member in _ARGUMENTS.items()},
            "additionalProperties": False,
        },
        _read_object,
    ),
    "reason": bodies.REASON,
}
REJECTION: Final = {"reason": bodies.REASON}
ACCEPTANCE: Final = {
    **REJECTION,
    "revision": Member(
        {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "maximum": _REVISION_MAX,
            "description": "The revision at which you read the account, if it changed after the proposal was filed.",
        },
        _read_revision,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalQuery:
    """Which proposals, as the client wrote it."""

    state: tuple[str, ...] = ()
    operation: tuple[str, ...] = ()
    account: str | None = None
    region: str | None = None
    limit: int = 25
    cursor: str | None = None


class ProposalQuerySchema(QuerySchema):
    """Which proposals."""

    result_class: ClassVar[type[Any] | None] = ProposalQuery

    state = EnumList("Their states.", STATES, example="open")
    operation = EnumList("What they propose.", _NAMES, example="rename,close")
    account = String("The id of an account.", max_length=7, example="08xb202")
    region = String("A region by code or name, with all below it.", example="CN")
    limit = Integer("Most proposals on a page.", minimum=1, maximum=_PAGE_MAX, load_default=25, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


def _text(description: str, *, null: bool = False, **options: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own options
    return fields.String(required=True, allow_none=null, metadata={"description": description}, **options)


def _time(description: str) -> fields.String:
    return fields.String(required=True, metadata={"description": description, "format": "date-time"})


class ProposalDecisionSchema(Schema):
    """What became of a proposal."""

    at = _time("When.")
    actor = _text("The name of the token that decided; null: it was withdrawn, or nobody decided in time.", null=True)
    reason = _text("Why; null: it was withdrawn.", null=True)
    revision = count_field("The revision that it led to; null: it was not accepted.", null=True)
    mark = _text("The mark of that revision.", null=True)


class ProposalSchema(Schema):
    """A proposal."""

    id = _text("The id of the proposal; null with `dry_run=true`.", null=True)
    state = _text("Where it stands.", validate=validate.OneOf(STATES))
    account = _text("The id of the account.")
    operation = _text("The operation that is proposed.", validate=validate.OneOf(_NAMES))
    body = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.String(allow_none=True),
        metadata={"description": "What the operation takes at its own URL, but for the reason."},
    )
    reason = _text("Why, in the words of the proposer.")
    proposer = _text("The name of the token that filed it.")
    department = _text("The id of the department of the account, today or before it was deleted.", null=True)
    region = _text("The code of the region of the account, today or before it was deleted.", null=True)
    filed_at = _time("When it was filed.")
    account_revision = count_field("The revision that had last changed the account when it was filed.")
    before = fields.Nested(
        LifeSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What the account was when it was filed; null: there was none."},
    )
    after = fields.Nested(
        LifeSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What the operation would have made of it then; null: no account."},
    )
    decision = fields.Nested(
        ProposalDecisionSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What became of it; null: it is open."},
    )


class ProposalListSchema(Schema):
    """A page of proposals."""

    data = fields.List(
        fields.Nested(ProposalSchema),
        required=True,
        validate=validate.Length(max=_PAGE_MAX),
        metadata={"description": "The latest first."},
    )
    page = fields.Nested(PageSchema, required=True, metadata={"description": "Where it stands."})
