"""The parameters, the bodies and the public shape of webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields, validate

from directory.http.body_members import CONTROLS, ListMember, Members, TextMember
from directory.http.fields import Integer, String
from directory.http.pagination import PageSchema, count_field
from directory.http.parameters import QuerySchema
from directory.webhooks.events import EVENTS, TEST
from directory.webhooks.message_queries import ATTEMPTS_MAX
from directory.webhooks.queries import WEBHOOKS_MAX

_PAGE_MAX: Final = 100
STATES: Final = ("active", "disabled")
REASONS: Final = ("failing", "gone", "secret_unreadable", "too_many_waiting")
MESSAGE_STATES: Final = ("waiting", "delivered", "failed")
SUBSCRIPTION: Final[Members] = {
    "url": TextMember(
        description="Where messages are sent by POST: encrypted, at port 443 or 8443 of a public address.",
        max_length=2_000,
        pattern=rf"^https?://[^\s/{CONTROLS}][^\s{CONTROLS}]*$",
        is_required=True,
    ),
    "events": ListMember(description="The types of messages that are sent.", values=EVENTS, is_required=True),
    "filter": TextMember(
        description="Which changes, as the query string of `/v1/changes`: its filters without `since` and `until`.",
        max_length=2_000,
    ),
    "description": TextMember(description="What it is for.", max_length=500),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesQuery:
    """Which page of the log."""

    limit: int = 25
    cursor: str | None = None


class DeliveriesQuerySchema(QuerySchema):
    """Which page of the log."""

    result_class: ClassVar[type[Any] | None] = DeliveriesQuery

    limit = Integer("Most messages on a page.", minimum=1, maximum=_PAGE_MAX, load_default=25, example=25)
    cursor = String("Where the page begins: `page.next` of the page before it.", max_length=4000)


def _text(description: str, *, null: bool = False, **options: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own options
    return fields.String(required=True, allow_none=null, metadata={"description": description}, **options)


def _time(description: str, *, null: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=null, metadata={"description": description, "format": "date-time"})


class DisabledSchema(Schema):
    """When and why a webhook was switched off."""

    at = _time("When.")
    reason = _text(
        "`failing`: for three days no delivery succeeded; `gone`: the receiver answered 410; `secret_unreadable`: it"
        " was encrypted by another secret key; `too_many_waiting`: 10,000 messages waited.",
        validate=validate.OneOf(REASONS),
    )


class WebhookSchema(Schema):
    """Who is told of what. Its secret is shown when it is made, and never again."""

    id = _text("The id.")
    url = _text("Where messages are sent.")
    events = fields.List(
        fields.String(validate=validate.OneOf(EVENTS)),
        required=True,
        validate=validate.Length(max=len(EVENTS)),
        metadata={"description": "The types of messages that are sent."},
    )
    filter = _text("Which changes, as the query string of `/v1/changes`; empty: all.")
    description = _text("What it is for; null: nobody said.", null=True)
    state = _text("Whether messages are sent.", validate=validate.OneOf(STATES))
    disabled = fields.Nested(
        DisabledSchema, required=True, allow_none=True, metadata={"description": "Why it is off; null: it is not."}
    )
    failing_since = _time("Since when every delivery failed; null: the last one succeeded.", null=True)
    created_at = _time("When it was made.")
    created_by = _text("Who made it: the name of a token, or a command.")
    waiting = count_field("How many messages wait for their next attempt.")
    old_secret_until = _time(
        "Until when the secret before the last rotation signs as well; null: it does not.", null=True
    )


class NewWebhookSchema(WebhookSchema):
    """A webhook with its secret."""

    secret = _text("The secret that verifies messages, shown this once: `whsec_…`.")


class WebhookListSchema(Schema):
    """All webhooks."""

    data = fields.List(
        fields.Nested(WebhookSchema),
        required=True,
        validate=validate.Length(max=WEBHOOKS_MAX),
        metadata={"description": "In the order in which they were made."},
    )


class AttemptSchema(Schema):
    """One attempt to deliver a message."""

    at = _time("When it ended.")
    status = count_field("The status of the answer; null: none came.", null=True)
    error = _text("A code that says why none came, such as `too_slow`; null: one came.", null=True)
    milliseconds = count_field("How long it took.")


class WebhookDeliverySchema(Schema):
    """A message and its attempts."""

    id = _text("The `webhook-id` of all its attempts.")
    event = _text("Its type.", validate=validate.OneOf((*EVENTS, TEST)))
    state = _text("`failed`: it was given up after three days.", validate=validate.OneOf(MESSAGE_STATES))
    created_at = _time("When it was made.")
    due_at = _time("When it is sent next; null: no more.", null=True)
    attempts = fields.List(
        fields.Nested(AttemptSchema),
        required=True,
        validate=validate.Length(max=ATTEMPTS_MAX),
        metadata={"description": "The last 100, the first one first."},
    )


class WebhookDeliveryListSchema(Schema):
    """A page of the log."""

    data = fields.List(
        fields.Nested(WebhookDeliverySchema),
        required=True,
        validate=validate.Length(max=_PAGE_MAX),
        metadata={"description": "The latest first."},
    )
    page = fields.Nested(PageSchema, required=True, metadata={"description": "Where it stands."})


class WebhookTestSchema(Schema):
    """A test message that will be sent."""

    message = _text("Its `webhook-id`.")
