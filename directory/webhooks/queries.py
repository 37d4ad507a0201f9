"""SQL of webhooks: who is told of what. `message_queries` has that of their messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql
from psycopg.rows import class_row

from directory.changes.queries import END
from directory.webhooks.events import CHANGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from directory.changes.queries import Position

# Of a registry.
WEBHOOKS_MAX: Final = 100
# How long the secret before a rotation signs as well.
OVERLAP: Final = "1 day"
# Messages about changes that wait; more are made once these have arrived. The feed itself is the queue.
WAITING_MAX: Final = 10
_DOCUMENT: Final = sql.SQL("""
    json_build_object(
      'id', w.id, 'url', w.url, 'events', w.events, 'filter', w.filter, 'description', w.description,
      'state', CASE WHEN w.disabled_at IS NULL THEN 'active' ELSE 'disabled' END,
      'disabled', CASE WHEN w.disabled_at IS NOT NULL
                       THEN json_build_object('at', w.disabled_at, 'reason', w.disabled_reason) END,
      'failing_since', w.failing_since, 'created_at', w.created_at, 'created_by', w.created_by,
      'waiting', (SELECT count(*) FROM webhook_messages AS m WHERE m.webhook_id = w.id AND m.state = 'waiting'),
      'old_secret_until', CASE WHEN w.old_secret_until > now() THEN w.old_secret_until END)::text
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a webhook is asked to be: `filter` is the query string of a feed, `facets` the same as a tsquery.

    `places` is the part of it that reports and proofs have, too: regions, departments and platforms.
    """

    url: str
    events: Sequence[str]
    filter: str = ""
    facets: str | None = None
    places: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """What is stored of a webhook that its deliveries need; `old_secret` signs as well, None where it does not."""

    id: str
    url: str
    events: list[str]
    facets: str | None
    places: str | None
    secret: bytes
    old_secret: bytes | None
    revision: int
    sequence: int
    is_active: bool

    @property
    def position(self) -> Position:
        """Return the last change that was read for it."""
        return self.revision, self.sequence


def select_new_id(conn: Connection[Any]) -> str:
    """Return a new id, which is a part of the encryption of a secret."""
    row = conn.execute("SELECT new_id()").fetchone()
    if row is None:
        message = "SELECT gave no row"
        raise LookupError(message)
    return str(row[0])


def insert_webhook(
    conn: Connection[Any],
    webhook_id: str,
    subscription: Subscription,
    secret: bytes,
    *,
    created_by: str,
    token_id: str | None = None,
) -> bool:
    """Insert a webhook that gets what changes from now on; return False where there are WEBHOOKS_MAX already."""
    # One at a time, so that two together cannot pass the limit.
    conn.execute("LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE")
    inserted = conn.execute(
        """
        INSERT INTO webhooks (id, url, events, filter, facets, places, description, secret, token_id, created_by,
                              revision, sequence)
        SELECT %(id)s, %(url)s, %(events)s, %(filter)s, %(facets)s::tsquery, %(places)s::tsquery, %(description)s,
               %(secret)s, %(token)s, %(created_by)s, coalesce((SELECT max(revision) FROM revisions), 0), %(end)s
         WHERE (SELECT count(*) FROM webhooks) < %(most)s
        """,
        {
            "id": webhook_id, "url": subscription.url, "events": list(subscription.events),
            "filter": subscription.filter, "facets": subscription.facets, "places": subscription.places,
            "description": subscription.description,
            "secret": secret, "token": token_id, "created_by": created_by, "end": END, "most": WEBHOOKS_MAX,
        },
    )  # fmt: skip
    return inserted.rowcount == 1


def select_webhook(conn: Connection[Any], webhook_id: str) -> Webhook | None:
    """Return what deliveries need of a webhook, None if there is none."""
    with conn.cursor(row_factory=class_row(Webhook)) as cursor:
        return cursor.execute(
            """
            SELECT id, url, events, facets::text, places::text, secret,
                   CASE WHEN old_secret_until > now() THEN old_secret END AS old_secret, revision, sequence,
                   disabled_at IS NULL AS is_active
              FROM webhooks WHERE id = %s
            """,
            (webhook_id,),
        ).fetchone()


def select_documents(conn: Connection[Any], *, webhook_id: str | None = None, token_id: str | None = None) -> list[str]:
    """Return the public JSON of webhooks in the order of their making: of one, of those of a token, or of all."""
    rows = conn.execute(
        sql.SQL("""
        SELECT {document} FROM webhooks AS w
         WHERE (%(id)s::text IS NULL OR w.id = %(id)s) AND (%(token)s::text IS NULL OR w.token_id = %(token)s)
         ORDER BY w.created_at, w.id
        """).format(document=_DOCUMENT),
        {"id": webhook_id, "token": token_id},
    ).fetchall()
    return [text for (text,) in rows]


def select_due(conn: Connection[Any]) -> list[str]:
    """Return the ids of webhooks for which a message is due, or changes are unread."""
    rows = conn.execute(
        """
        SELECT w.id FROM webhooks AS w
         WHERE w.disabled_at IS NULL
           AND (EXISTS (SELECT FROM webhook_messages AS m
                         WHERE m.webhook_id = w.id AND m.state = 'waiting' AND m.due_at <= now())
                OR %(event)s = ANY(w.events)
                   AND (w.revision, w.sequence) < ((SELECT max(revision) FROM revisions), %(end)s)
                   AND (SELECT count(*) FROM webhook_messages AS m
                         WHERE m.webhook_id = w.id AND m.state = 'waiting' AND m.event = %(event)s) < %(most)s)
        """,
        {"event": CHANGED, "most": WAITING_MAX, "end": END},
    ).fetchall()
    return [webhook_id for (webhook_id,) in rows]


def update_position(conn: Connection[Any], webhook_id: str, position: Position) -> None:
    """Record the last change that was read for a webhook."""
    conn.execute("UPDATE webhooks SET revision = %s, sequence = %s WHERE id = %s", (*position, webhook_id))


def rotate_secret(conn: Connection[Any], webhook_id: str, secret: bytes) -> None:
    """Replace the secret; the one before signs as well for a day, and none that is older."""
    conn.execute(
        """
        UPDATE webhooks
           SET old_secret = secret, old_secret_until = now() + %(overlap)s::interval, secret = %(secret)s
         WHERE id = %(id)s
        """,
        {"id": webhook_id, "secret": secret, "overlap": OVERLAP},
    )


def update_health(conn: Connection[Any], webhook_id: str, *, is_delivered: bool, patience: str) -> bool:
    """Record how a delivery ended; return whether all have failed for longer than `patience`."""
    row = conn.execute(
        """
        UPDATE webhooks
           SET failing_since = CASE WHEN NOT %(is_delivered)s THEN coalesce(failing_since, now()) END
         WHERE id = %(id)s
        RETURNING coalesce(failing_since < now() - %(patience)s::interval, false)
        """,
        {"id": webhook_id, "is_delivered": is_delivered, "patience": patience},
    ).fetchone()
    return row == (True,)


def disable(conn: Connection[Any], webhook_id: str, reason: str) -> None:
    """Switch a webhook off; what waits for it stays."""
    conn.execute(
        "UPDATE webhooks SET disabled_at = now(), disabled_reason = %s WHERE id = %s AND disabled_at IS NULL",
        (reason, webhook_id),
    )


def enable(conn: Connection[Any], webhook_id: str) -> bool:
    """Switch a webhook on again, with all its time to succeed; return whether it was off."""
    enabled = conn.execute(
        """
        UPDATE webhooks SET disabled_at = NULL, disabled_reason = NULL, failing_since = NULL
         WHERE id = %s AND disabled_at IS NOT NULL
        """,
        (webhook_id,),
    ).rowcount
    conn.execute(
        """
        UPDATE webhook_messages SET due_at = now(), failing_since = NULL, failures = 0
         WHERE webhook_id = %s AND state = 'waiting'
        """,
        (webhook_id,),
    )
    return enabled == 1


def delete_webhook(conn: Connection[Any], webhook_id: str) -> None:
    """Delete a webhook with its messages and its log."""
    conn.execute("DELETE FROM webhooks WHERE id = %s", (webhook_id,))
