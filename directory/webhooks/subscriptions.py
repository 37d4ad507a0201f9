"""Make webhooks, rotate their secrets and test them: what routes and commands share."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from directory.changes.filters import FILTERS, build_facet_query
from directory.fetching.posting import parse_receiver
from directory.fetching.web import WebError
from directory.http.parameters import QuerySchema, canonical_query, parse_pairs
from directory.http.problems import InvalidParameters
from directory.jobs.queries import insert_job
from directory.refusals import Refused
from directory.secret_keys import derive_key, encrypt, require_same_secret
from directory.webhooks import queries
from directory.webhooks.events import TEST, write_message
from directory.webhooks.message_queries import count_waiting, insert_message
from directory.webhooks.secrets import PURPOSE, make_secret

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.config import Config
    from directory.database.connections import Database
    from directory.webhooks.queries import Subscription

TASK: Final = "webhooks.deliver"
QUEUE: Final = "webhooks"
# The filters that reports and proofs have as well.
_PLACES: Final = ("region", "department", "platform")
# Of one webhook; the database has no more of them to send than these and WAITING_MAX.
_TESTS_MAX: Final = 10


class UnusableError(Exception):
    """A webhook cannot be as it is asked to be; `member` is what is wrong, the message says why."""

    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member


class _FilterSchema(QuerySchema):
    """The filters of the change feed, without its range."""

    class Meta(QuerySchema.Meta):
        """Include a parameter for each filter."""

        include: ClassVar = {name: each.field for name, each in FILTERS.items()}


_FILTER: Final = _FilterSchema()


def check_subscription(database: Database, subscription: Subscription, config: Config) -> Subscription:
    """Return a subscription in its normal form, its filter resolved; raise UnusableError."""
    try:
        url = parse_receiver(subscription.url, config.webhook_private_hosts).href
    except WebError as error:
        raise UnusableError("url", str(error)) from error
    try:
        pairs = parse_pairs(subscription.filter.removeprefix("?").encode())
        values = _FILTER.parse(pairs)
        filters = tuple((name, values[name]) for name in FILTERS if values.get(name))
        facets = build_facet_query(database, database.state, filters)
        where = tuple((name, selection) for name, selection in filters if name in _PLACES)
        places = build_facet_query(database, database.state, where)
    except InvalidParameters as error:
        details = [f"{each['parameter']} {each['detail']}" for each in error.errors]
        raise UnusableError("filter", "; ".join(details) or error.detail) from error
    return replace(subscription, url=url, filter=canonical_query(pairs), facets=facets, places=places)


def create(
    conn: Connection[Any], subscription: Subscription, config: Config, *, created_by: str, token_id: str | None = None
) -> tuple[str, str]:
    """Store a webhook and return its id and its secret; raise Refused where there are too many."""
    require_same_secret(conn, config)
    webhook_id, secret = queries.select_new_id(conn), make_secret()
    encrypted = encrypt(derive_key(config, PURPOSE), webhook_id, secret)
    if not queries.insert_webhook(conn, webhook_id, subscription, encrypted, created_by=created_by, token_id=token_id):
        raise Refused("webhook-limit", f"there are {queries.WEBHOOKS_MAX} webhooks", "delete one that nobody needs")
    return webhook_id, secret


def rotate(conn: Connection[Any], webhook_id: str, config: Config) -> str:
    """Replace the secret of a webhook and return the new one; the one before signs as well for a day."""
    require_same_secret(conn, config)
    secret = make_secret()
    queries.rotate_secret(conn, webhook_id, encrypt(derive_key(config, PURPOSE), webhook_id, secret))
    return secret


def send_test(conn: Connection[Any], webhook_id: str) -> str:
    """Send a message that says nothing, and return its id; raise Refused for a webhook that is off, or for too many."""
    webhook = queries.select_webhook(conn, webhook_id)
    if webhook is not None and not webhook.is_active:
        raise Refused("webhook-disabled", "the webhook is switched off", "resume it first")
    if count_waiting(conn, webhook_id, TEST) >= _TESTS_MAX:
        raise Refused("webhook-tests", f"{_TESTS_MAX} test messages wait", "see why in the log of deliveries")
    data = json.dumps({"webhook": webhook_id})
    message_id = insert_message(conn, webhook_id, TEST, write_message(TEST, datetime.now(UTC), data))
    queue_delivery(conn, webhook_id)
    return message_id


def queue_delivery(conn: Connection[Any], webhook_id: str) -> None:
    """Add a job that sends what is due, unless one waits: of one webhook only one runs at a time."""
    name = f"webhook:{webhook_id}"
    insert_job(conn, TASK, QUEUE, {"webhook_id": webhook_id}, lock=name, queueing_lock=name)
