"""The URLs of webhooks. Each needs a token of the scope `admin`; a narrowed one sees only the webhooks that it made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from directory.http.blueprint import Blueprint, path_parameter
from directory.http.body_members import object_schema, read_members
from directory.http.middleware import without_storing
from directory.http.pagination import page_from_rows, read_cursor
from directory.http.problem import body_error
from directory.http.problems import Conflict, InvalidBody, NotFound
from directory.http.request import config, database
from directory.http.request_body import JSON
from directory.http.responses import json_response
from directory.refusals import Refused
from directory.tokens.authentication import authenticate, read_token
from directory.webhooks import message_queries, queries, schemas
from directory.webhooks.contract import describe_messages
from directory.webhooks.events import CHANGED
from directory.webhooks.queries import Subscription
from directory.webhooks.subscriptions import UnusableError, check_subscription, create, rotate, send_test

if TYPE_CHECKING:
    from flask import Response
    from psycopg import Connection

    from directory.tokens.queries import Token

_SCOPE: Final = "admin"
_ID: Final = path_parameter("webhook_id", "The id of a webhook.", example="4h6pd0m", pattern="^[0-9b-z]{7}$")
_EXAMPLE: Final = {
    "url": "https://receiver.example/hooks",
    "events": [CHANGED],
    "filter": "kind=account&region=CN-510000",
    "description": "Sichuan portal",
}

blueprint = Blueprint("webhooks", __name__, url_prefix="/v1", description="Who is told of changes by signed messages.")


@blueprint.route("/webhooks")
@blueprint.response(200, schemas.WebhookListSchema)
@blueprint.token(_SCOPE)
def get_webhooks() -> Response:
    """List webhooks.

    All of the registry, or those that a narrowed token made. No secret is shown.
    """
    with database().write("directory request") as conn:
        token = authenticate(conn, read_token(), _SCOPE)
        documents = queries.select_documents(conn, token_id=token.id if token.is_narrowed else None)
    return without_storing(json_response(f'{{"data":[{",".join(documents)}]}}'))


@blueprint.route("/webhooks", methods=["POST"])
@blueprint.body({JSON: {"schema": object_schema(schemas.SUBSCRIPTION), "example": _EXAMPLE}}, "Whom to tell of what.")
@blueprint.callbacks(describe_messages())
@blueprint.response(200, schemas.NewWebhookSchema)
@blueprint.token(_SCOPE)
@blueprint.alt_response(409)
@blueprint.alt_response(415)
@blueprint.alt_response(422)
def post_webhooks() -> Response:
    """Make a webhook.

    It gets what changes from now on. Keep `secret` of the answer, which verifies the messages: it is not shown again.
    """
    with database().write("directory request") as conn, conn.transaction(), _refusals():
        token = authenticate(conn, read_token(), _SCOPE)
        members = read_members(schemas.SUBSCRIPTION)
        try:
            subscription = check_subscription(database(), Subscription(**members), config())
        except UnusableError as error:
            raise InvalidBody(
                "The body was not taken: see errors.", body_errors=[body_error(str(error), pointer=f"/{error.member}")]
            ) from error
        webhook_id, secret = create(conn, subscription, config(), created_by=token.name, token_id=token.id)
        return _with_secret(conn, webhook_id, secret)


@blueprint.route("/webhooks/<webhook_id>", parameters=[_ID])
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.token(_SCOPE)
def get_webhook(webhook_id: str) -> Response:
    """Get a webhook.

    Whether it is active, since when it fails, and how many messages wait.
    """
    with database().write("directory request") as conn:
        return without_storing(json_response(_find_own(conn, webhook_id)))


@blueprint.route("/webhooks/<webhook_id>", parameters=[_ID], methods=["DELETE"])
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.token(_SCOPE)
def delete_webhook(webhook_id: str) -> Response:
    """Delete a webhook.

    With what waits for it, and its log. The answer has what it was.
    """
    with database().write("directory request") as conn, conn.transaction():
        document = _find_own(conn, webhook_id)
        queries.delete_webhook(conn, webhook_id)
    return without_storing(json_response(document))


@blueprint.route("/webhooks/<webhook_id>/deliveries", parameters=[_ID])
@blueprint.arguments(schemas.DeliveriesQuerySchema)
@blueprint.response(200, schemas.WebhookDeliveryListSchema)
@blueprint.token(_SCOPE)
def get_webhook_deliveries(query: schemas.DeliveriesQuery, webhook_id: str) -> Response:
    """List deliveries.

    The last 1,000 messages of 30 days, the latest first, each with all its attempts.
    """
    before = read_cursor(query.cursor, str, str)
    with database().write("directory request") as conn:
        _find_own(conn, webhook_id)
        rows = message_queries.select_log(
            conn, webhook_id, before=(before[0], before[1]) if before else None, limit=query.limit + 1
        )
    return without_storing(page_from_rows(rows, query.limit))


@blueprint.route("/webhooks/<webhook_id>/test", parameters=[_ID], methods=["POST"])
@blueprint.response(200, schemas.WebhookTestSchema)
@blueprint.token(_SCOPE)
@blueprint.alt_response(409)
def post_webhook_test(webhook_id: str) -> Response:
    """Send a test message.

    It is signed and sent as all others are, within seconds; the log says what became of it.
    """
    with database().write("directory request") as conn, conn.transaction(), _refusals():
        _find_own(conn, webhook_id)
        message_id = send_test(conn, webhook_id)
    return without_storing(json_response(json.dumps({"message": message_id})))


@blueprint.route("/webhooks/<webhook_id>/secret", parameters=[_ID], methods=["POST"])
@blueprint.response(200, schemas.NewWebhookSchema)
@blueprint.token(_SCOPE)
def post_webhook_secret(webhook_id: str) -> Response:
    """Rotate a secret.

    From now on the new one signs; the one before signs as well for a day, and none that is older.
    """
    with database().write("directory request") as conn, conn.transaction():
        _find_own(conn, webhook_id)
        return _with_secret(conn, webhook_id, rotate(conn, webhook_id, config()))


@blueprint.route("/webhooks/<webhook_id>/resume", parameters=[_ID], methods=["POST"])
@blueprint.response(200, schemas.WebhookSchema)
@blueprint.token(_SCOPE)
@blueprint.alt_response(409)
def post_webhook_resume(webhook_id: str) -> Response:
    """Resume a webhook.

    What waits is sent at once, and changes continue where they stopped.
    """
    with database().write("directory request") as conn, conn.transaction():
        _find_own(conn, webhook_id)
        if not queries.enable(conn, webhook_id):
            raise Conflict("The webhook is active.", "webhook-active", remedy="there is nothing to resume")
        document = _find_own(conn, webhook_id)
    return without_storing(json_response(document))


def _find_own(conn: Connection[Any], webhook_id: str) -> str:
    """Return the JSON of a webhook that the token of this request may manage; raise NotFound, or as `authenticate`."""
    token: Token = authenticate(conn, read_token(), _SCOPE)
    found = queries.select_documents(conn, webhook_id=webhook_id, token_id=token.id if token.is_narrowed else None)
    if not found:
        raise NotFound(f"No webhook has the id {webhook_id}, or a narrowed token did not make it.")
    return found[0]


def _with_secret(conn: Connection[Any], webhook_id: str, secret: str) -> Response:
    (document,) = queries.select_documents(conn, webhook_id=webhook_id)
    shown = json.loads(document) | {"secret": secret}
    return without_storing(json_response(json.dumps(shown, ensure_ascii=False)))


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise Conflict for what the registry refuses."""
    try:
        yield
    except Refused as error:
        raise Conflict(str(error), error.code, remedy=error.remedy) from error
