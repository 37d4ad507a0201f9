"""What a receiver gets, and how it answers, as callbacks of the operation that makes a webhook.

They are not in the section `webhooks` of OpenAPI 3.1: openapi-generator makes a client of it that Python cannot parse.
"""

from __future__ import annotations

from typing import Any, Final

from directory.webhooks.events import CHANGED, CHANGES_MAX, TEST

_HEADERS: Final = """\
The headers are those of Standard Webhooks: `webhook-id`, the same in each attempt, so take each once;
`webhook-timestamp`, the time of the attempt in seconds since 1970, so refuse one that is old; and
`webhook-signature`, one signature, or two within a day after a rotation."""
_TIME: Final = "2026-11-30T08:00:00+00:00"


def describe_messages() -> dict[str, Any]:
    """Return the messages by their type, each an operation of the receiver."""
    changes = {
        "type": "object",
        "required": ["changes", "through"],
        "properties": {
            "changes": {
                "type": "array",
                "minItems": 1,
                "maxItems": CHANGES_MAX,
                "items": {"$ref": "#/components/schemas/Change"},
                "description": "In their order. One with `is_cut` is too large for a message: read it in the feed.",
            },
            "through": {"$ref": "#/components/schemas/Through"},
        },
    }
    test = {
        "type": "object",
        "required": ["webhook"],
        "properties": {"webhook": {"type": "string", "maxLength": 7, "pattern": "^[0-9b-z]{7}$"}},
    }
    return {
        CHANGED: _describe(
            _message(CHANGED, changes),
            "Receive changes of the registry",
            "The changes of `/v1/changes` that the filter of the webhook matches, each in one message.",
            {"changes": [_CHANGE], "through": {"revision": 17, "sequence": 2, "mark": "0123456789ab"}},
        ),
        TEST: _describe(
            _message(TEST, test),
            "Receive a test message",
            "What `/v1/webhooks/{webhook_id}/test` sends.",
            {"webhook": "4h6pd0m"},
        ),
    }


def _message(event: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "enum": [event]},
            "timestamp": {"type": "string", "format": "date-time", "maxLength": 32, "description": "When it was made."},
            "data": data,
        },
    }


def _describe(schema: dict[str, Any], summary: str, description: str, example: object) -> dict[str, Any]:
    """Return the operation of a receiver for one type of messages."""
    (event,) = schema["properties"]["type"]["enum"]
    media = {"schema": schema, "example": {"type": event, "timestamp": _TIME, "data": example}}
    operation = {
        "operationId": f"receive_{event.replace('.', '_')}",
        "summary": summary,
        "description": f"{description}\n\n{_HEADERS}",
        "tags": ["webhooks"],
        "security": [],
        "requestBody": {
            "required": True,
            "description": "The message, the same in each attempt.",
            "content": {"application/json": media},
        },
        "responses": {
            "204": {"description": "It was taken; any other status of 2xx says the same."},
            "410": {"description": "Nobody is here any more: the webhook is switched off."},
            "4XX": {"description": "It was not taken, and comes again later."},
            "500": {
                "description": "It was not taken, and comes again later, as after any other status.",
                "content": {"text/plain": {"schema": {"type": "string", "maxLength": 0, "description": "Not read."}}},
            },
        },
    }
    return {"{$request.body#/url}": {"post": operation}}


_CHANGE: Final = {
    "revision": 17,
    "sequence": 2,
    "at": _TIME,
    "actor": "Sichuan desk",
    "reason": "renamed",
    "source": None,
    "action": "update",
    "kind": "platform",
    "id": "weibo",
    "before": {"slug": "weibo", "name": "Weibo"},
    "after": {"slug": "weibo", "name": "Sina Weibo"},
}
