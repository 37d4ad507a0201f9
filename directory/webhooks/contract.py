"""The section `webhooks` of the OpenAPI document: what a receiver gets, and how it answers."""

from __future__ import annotations

from typing import Any, Final

from directory.webhooks.events import CHANGED, CHANGES_MAX, TEST

_TIME: Final = "2026-11-30T08:00:00+00:00"
_THROUGH: Final = {"revision": 17, "sequence": 2, "mark": "0123456789ab"}


def describe_webhooks() -> dict[str, Any]:
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
    test = {"type": "object", "required": ["webhook"], "properties": {"webhook": {"type": "string", "maxLength": 7}}}
    return {
        CHANGED: _describe(
            CHANGED,
            "Changes of the registry",
            "The changes of `/v1/changes` that the filter of the webhook matches, each in one message.",
            changes,
            {"changes": [_CHANGE], "through": _THROUGH},
        ),
        TEST: _describe(
            TEST, "Test message", "What `/v1/webhooks/{webhook_id}/test` sends.", test, {"webhook": "4h6pd0m"}
        ),
    }


def _describe(event: str, summary: str, description: str, data: dict[str, Any], example: object) -> dict[str, Any]:
    """Return the operation of a receiver for one type of messages."""
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": event},
            "timestamp": {"type": "string", "format": "date-time", "maxLength": 32, "description": "When it was made."},
            "data": data,
        },
    }
    return {
        "post": {
            "operationId": f"receive_{event.replace('.', '_')}",
            "summary": summary,
            "description": f"{description} The signature is that of Standard Webhooks.",
            "tags": ["webhooks"],
            "parameters": [_header(name, text, value) for name, text, value in _HEADERS],
            "requestBody": {
                "required": True,
                "description": "The message, the same in each attempt.",
                "content": {
                    "application/json": {
                        "schema": body,
                        "example": {"type": event, "timestamp": _TIME, "data": example},
                    }
                },
            },
            "responses": {
                "204": {"description": "It was taken; any other status of 2xx says the same."},
                "410": {"description": "Nobody is here any more: the webhook is switched off."},
                "default": {"description": "It was not taken, and comes again later."},
            },
        }
    }


def _header(name: str, description: str, example: str) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": 200}
    return {
        "name": name, "in": "header", "required": True, "description": description, "schema": schema,
        "example": example,
    }  # fmt: skip


_HEADERS: Final = (
    ("webhook-id", "The id of the message, the same in each attempt: take each once.", f"msg_{'0' * 32}"),
    ("webhook-timestamp", "When this attempt was made, in seconds since 1970: refuse one that is old.", "1796025600"),
    ("webhook-signature", "One signature, or two within a day after a rotation.", f"v1,{'A' * 43}="),
)
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
