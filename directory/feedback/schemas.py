"""The parameters, the bodies and the public shape of reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.feedback.states import KINDS, STATES, STEPS_MAX
from directory.http.body_members import CONTROLS, TextMember
from directory.http.fields import EnumList, Integer, String
from directory.http.pagination import PageSchema, count_field
from directory.http.parameters import QuerySchema

_PAGE_MAX: Final = 100
# An id or a code of nothing is refused later, in words.
_ID: Final = "^[0-9b-z]{7}$"
SUBMISSION: Final = {
    "kind": TextMember(description="What it is about.", max_length=20, values=KINDS, is_required=True),
    "account": TextMember(description="The id of the account that it is about.", max_length=7, pattern=_ID),
    "url": TextMember(
        description="The profile or page that it is about.",
        max_length=2_000,
        pattern=rf"^https?://[^\s/{CONTROLS}][^\s{CONTROLS}]*$",
    ),
    "text": TextMember(description="What is wrong, in any language.", max_length=4_000),
    "region": TextMember(
        description="The code of the region, where no account is named.",
        max_length=9,
        pattern="^[A-Z]{2}(-[A-Z0-9]{1,6})?$",
    ),
    "email": TextMember(
        description="Where to ask back: encrypted at rest, never public, erased by the secret link.",
        max_length=254,
        pattern=rf"^[^\s@<>,;:{CONTROLS}]+@[^\s@<>,;:{CONTROLS}]+$",
    ),
    "altcha": TextMember(
        description="The solution of a challenge of `/v1/feedback/challenge`, in ALTCHA's format.",
        max_length=4_000,
        pattern="^[A-Za-z0-9+/]+={0,2}$",
    ),
    "ticket": TextMember(
        description="The ticket of the form for browsers without JavaScript, in place of a solution.",
        max_length=200,
        pattern=r"^[0-9]{1,12}\.[0-9a-f]{32}\.[0-9a-f]{64}$",
    ),
}
DECISION: Final = {
    "state": TextMember(description="The next state.", max_length=20, values=STATES[1:], is_required=True),
    "reason": TextMember(description="Why; public. A decision needs one.", max_length=2_000),
    "summary": TextMember(description="What the report is about, in words fit to be public.", max_length=2_000),
    "duplicate_of": TextMember(description="The id of the report that it repeats.", max_length=7, pattern=_ID),
    "revision": TextMember(
        description="The number of the revision that it led to.", max_length=15, pattern="^[1-9][0-9]{0,14}$"
    ),
}
LINK_KEY: Final = {
    "key": TextMember(
        description="The key of the secret link.", max_length=43, pattern="^[A-Za-z0-9_-]{43}$", is_required=True
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackQuery:
    """Which reports, as the client wrote it."""

    q: str | None = None
    kind: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    region: str | None = None
    account: str | None = None
    limit: int = 25
    cursor: str | None = None


class FeedbackQuerySchema(QuerySchema):
    """Which reports."""

    result_class: ClassVar[type[Any] | None] = FeedbackQuery

    q = String("Words in the public summary, the reason, the name of the account, or the id.", example="police")
    kind = EnumList("What they are about.", KINDS, example="fake,closed")
    state = EnumList("Their states.", STATES, example="received,under_review")
    region = String("A region by code or name, with all below it.", example="CN")
    account = String("The id of an account.", max_length=7, example="08xb202")
    limit = Integer("Most reports on a page.", minimum=1, maximum=_PAGE_MAX, load_default=25, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueQuery:
    """Which reports of the queue."""

    kind: tuple[str, ...] = ()
    state: tuple[str, ...] = ("received", "under_review")
    region: str | None = None
    limit: int = 25
    cursor: str | None = None


class QueueQuerySchema(QuerySchema):
    """Which reports of the queue."""

    result_class: ClassVar[type[Any] | None] = QueueQuery

    kind = EnumList("What they are about.", KINDS, example="fake,closed")
    state = EnumList("Their states.", STATES, load_default=STATES[:2], example="received,under_review")
    region = String("A region by code or name, with all below it.", example="CN")
    limit = Integer("Most reports on a page.", minimum=1, maximum=_PAGE_MAX, load_default=25, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsQuery:
    """Where reports are counted."""

    region: str | None = None


class StatisticsQuerySchema(QuerySchema):
    """Where reports are counted."""

    result_class: ClassVar[type[Any] | None] = StatisticsQuery

    region = String("A region by code or name: counts of the regions below it. Else of countries.", example="CN")


def _text(description: str, *, null: bool = False, **options: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own options
    return fields.String(required=True, allow_none=null, metadata={"description": description}, **options)


def _time(description: str) -> fields.String:
    return fields.String(required=True, metadata={"description": description, "format": "date-time"})


class DecisionSchema(Schema):
    """What was decided."""

    at = _time("When.")
    reason = _text("Why.")
    duplicate_of = _text("The id of the report that it repeats; null: none.", null=True)
    revision = count_field("The revision that it led to; null: none is stated.", null=True)
    mark = _text("The mark of that revision.", null=True)


class FeedbackSchema(Schema):
    """A report without the words and the address of its sender."""

    id = _text("The tracking id.")
    kind = _text("What it is about.", validate=validate.OneOf(KINDS))
    state = _text("Where it stands.", validate=validate.OneOf(STATES))
    account = _text("The id of the account that it is about, or of the one that replaced it.", null=True)
    department = _text("The id of the department of the account.", null=True)
    region = _text("The code of its region today, or of the region that was stated.", null=True)
    summary = _text("What it is about, in words of a moderator; null until one has written them.", null=True)
    received_at = _time("When it came.")
    changed_at = _time("When its state last changed.")
    decision = fields.Nested(
        DecisionSchema, required=True, allow_none=True, metadata={"description": "The decision; null: none yet."}
    )


class FeedbackStepSchema(Schema):
    """A step from one state to the next."""

    at = _time("When.")
    before = _text("The state before.", validate=validate.OneOf(STATES))
    after = _text("The state after.", validate=validate.OneOf(STATES))
    reason = _text("Why; null: none was given.", null=True)


class TrackedFeedbackSchema(FeedbackSchema):
    """A report with its history."""

    history = fields.List(
        fields.Nested(FeedbackStepSchema),
        required=True,
        validate=validate.Length(max=STEPS_MAX),
        metadata={"description": "Its steps, the first one first."},
    )


class QueuedFeedbackSchema(TrackedFeedbackSchema):
    """A report as moderators see it; the e-mail address is for the operator alone."""

    url = _text("The address that was sent; null: none, or erased.", null=True)
    text = _text("The text that was sent; null: none, or erased.", null=True)
    has_email = fields.Boolean(required=True, metadata={"description": "Whether an e-mail address is stored."})


class QueueSchema(Schema):
    """A page of the queue."""

    data = fields.List(
        fields.Nested(QueuedFeedbackSchema),
        required=True,
        validate=validate.Length(max=_PAGE_MAX),
        metadata={"description": "The oldest first."},
    )
    page = fields.Nested(PageSchema, required=True, metadata={"description": "Where it stands."})


class FeedbackListSchema(Schema):
    """A page of reports."""

    data = fields.List(
        fields.Nested(FeedbackSchema),
        required=True,
        validate=validate.Length(max=_PAGE_MAX),
        metadata={"description": "The latest first."},
    )
    page = fields.Nested(PageSchema, required=True, metadata={"description": "Where it stands."})


class FeedbackCountSchema(Schema):
    """The reports of one kind in one region."""

    region = _text("The code of the region; null: of no known region.", null=True)
    kind = _text("What they are about.", validate=validate.OneOf(KINDS))
    reports = count_field("All of them.")
    received = count_field("Those that nobody has looked at.")
    under_review = count_field("Those under review.")
    accepted = count_field("Accepted ones.")
    rejected = count_field("Rejected ones.")
    duplicate = count_field("Those that repeat another one.")
    median_hours = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "The median time from receipt to decision, in hours; null: nothing was decided."},
    )


class FeedbackStatisticsSchema(Schema):
    """Counts of reports, and how long decisions took."""

    data = fields.List(
        fields.Nested(FeedbackCountSchema), required=True, metadata={"description": "By region and kind."}
    )


class ReceiptSchema(Schema):
    """The receipt of a report."""

    id = _text("The tracking id, which is public.")
    key = _text("The key of the secret link, shown this once: it reads and erases what you sent.")
    state = _text("Its state.", validate=validate.OneOf(STATES))


class PrivateFeedbackSchema(Schema):
    """What a reporter sent."""

    id = _text("The tracking id.")
    kind = _text("What it is about.", validate=validate.OneOf(KINDS))
    state = _text("Where it stands.", validate=validate.OneOf(STATES))
    url = _text("The address that was sent; null: none, or erased.", null=True)
    text = _text("The text that was sent; null: none, or erased.", null=True)
    has_email = fields.Boolean(required=True, metadata={"description": "Whether an e-mail address is stored."})
    is_erased = fields.Boolean(required=True, metadata={"description": "Whether it was erased."})


class ChallengeSchema(Schema):
    """A challenge in ALTCHA's format."""

    parameters = fields.Dict(required=True, metadata={"description": "What ALTCHA's solvers read."})
    signature = _text("The signature of the parameters.")
