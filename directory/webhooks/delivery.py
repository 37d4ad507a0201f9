"""Send what is due to one webhook: changes become messages, and each is sent until it arrives or three days are over.

A message has one id and one body for all its attempts. It is recorded as delivered after the answer came, so a process
that is killed in between sends it a second time with the same id.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from directory.changes.queries import END, ChangeRange, select_changes
from directory.database.revisions import select_latest
from directory.fetching.web import WebError
from directory.secret_keys import UnreadableError, decrypt
from directory.telemetry import logger
from directory.webhooks import message_queries, queries
from directory.webhooks.events import CHANGED, CHANGES_MAX, take_batch, write_changes, write_message
from directory.webhooks.message_queries import Attempt, Message
from directory.webhooks.secrets import sign

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.fetching.posting import Poster
    from directory.webhooks.queries import Webhook

# After so long without any success a message is given up, and a webhook is switched off.
PATIENCE: Final = "3 days"
_FIRST_SECONDS: Final = 30
_LONGEST_SECONDS: Final = 6 * 3600
# 30 s doubled ten times is more than six hours.
_DOUBLINGS_MAX: Final = 10
# Of one job: others wait for its place.
_JOB_SECONDS: Final = 60.0
_log = logger("webhooks")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What sends: the connection to the registry, the client, and the key that encrypts secrets."""

    conn: Connection[Any]
    poster: Poster
    key: bytes

    def run(self, webhook_id: str) -> None:
        """Send what is due, for about a minute; the next job goes on."""
        until = time.monotonic() + _JOB_SECONDS
        while (webhook := queries.select_webhook(self.conn, webhook_id)) is not None and webhook.is_active:
            is_read = read_changes(self.conn, webhook)
            message = message_queries.select_due_message(self.conn, webhook_id)
            if message is not None and (payload := self._compose(webhook, message)) is not None:
                self._send(webhook, message, payload)
            if time.monotonic() > until or (is_read and message is None):
                break
        message_queries.delete_old_messages(self.conn, webhook_id)

    def _compose(self, webhook: Webhook, message: Message) -> str | None:
        """Return the body of a message, None for one that the filter excludes or whose subject is gone."""
        if message.payload is not None:
            return message.payload
        document = (
            message_queries.select_feedback(self.conn, message.feedback_id, webhook.places)
            if message.feedback_id is not None
            else message_queries.select_failed_proof(self.conn, message.evidence_id or 0, webhook.places)
        )
        if document is None:
            message_queries.delete_message(self.conn, message.id)
            return None
        payload = write_message(message.event, message.created_at, document)
        message_queries.update_payload(self.conn, message.id, payload)
        return payload

    def _send(self, webhook: Webhook, message: Message, payload: str) -> None:
        stored = [webhook.secret, *([webhook.old_secret] if webhook.old_secret is not None else [])]
        try:
            secrets = [decrypt(self.key, webhook.id, each) for each in stored]
        except UnreadableError:
            self._disable(webhook, "secret_unreadable")
            return
        attempt = self._attempt(webhook.url, message.id, payload, secrets)
        with self.conn.transaction():
            message_queries.insert_attempt(self.conn, message.id, attempt)
            if attempt.is_delivered:
                message_queries.update_delivered(self.conn, message.id)
            else:
                seconds = delay(message.failures)
                message_queries.update_failed(self.conn, message.id, seconds=seconds, patience=PATIENCE)
            is_over = queries.update_health(self.conn, webhook.id, is_delivered=attempt.is_delivered, patience=PATIENCE)
            if attempt.status == HTTPStatus.GONE:
                self._disable(webhook, "gone")
            elif is_over:
                self._disable(webhook, "failing")

    def _attempt(self, url: str, message_id: str, payload: str, secrets: list[str]) -> Attempt:
        at, began = datetime.now(UTC), time.monotonic()
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": sign(secrets, message_id, at, payload),
        }
        status, error = None, None
        try:
            status = self.poster.post(url, payload.encode(), headers)
        except WebError as failure:
            error = failure.code
        return Attempt(status, error, int((time.monotonic() - began) * 1000))

    def _disable(self, webhook: Webhook, reason: str) -> None:
        queries.disable(self.conn, webhook.id, reason)
        _log.error("webhook %s is switched off: %s", webhook.id, reason)


def read_changes(conn: Connection[Any], webhook: Webhook) -> bool:
    """Make the next message about changes that a webhook has not got; return whether there are no more for now.

    Position and message are written together, so no change is lost or sent in two messages.
    """
    if CHANGED not in webhook.events:
        return True
    with conn.transaction():
        latest = select_latest(conn)
        if latest is None or webhook.position >= (latest.number, END):
            return True
        if message_queries.count_waiting(conn, webhook.id, CHANGED) >= queries.WAITING_MAX:
            return True
        changes = ChangeRange(after=webhook.position, before=(latest.number + 1, 0), facets=webhook.facets)
        rows = select_changes(conn, changes, limit=CHANGES_MAX + 1)
        if not rows:
            queries.update_position(conn, webhook.id, (latest.number, END))
            return True
        batch = take_batch(rows)
        is_all = len(batch.texts) == len(rows)
        queries.update_position(conn, webhook.id, (latest.number, END) if is_all else batch.through)
        message_queries.insert_message(conn, webhook.id, CHANGED, write_changes(batch, datetime.now(UTC)))
    return is_all


def delay(failures: int) -> float:
    """Return the seconds until the next attempt: twice as many each time, up to six hours, a tenth more or less."""
    seconds: float = min(_FIRST_SECONDS * 2 ** min(failures, _DOUBLINGS_MAX), _LONGEST_SECONDS)
    # So that the messages of an hour do not all come back in one second.
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
