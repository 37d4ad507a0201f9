"""SQL of messages: those that wait, and the log of those that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

if TYPE_CHECKING:
    from psycopg import Connection

# Of one webhook.
LOG_MAX: Final = 1_000
LOG_DAYS: Final = 30
# Of one message in the log: about 20 are made, and 20 more each time that a webhook is resumed.
ATTEMPTS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is due."""

    id: str
    event: str
    payload: str
    failures: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended: the status of the answer, or a code that says why none came."""

    status: int | None
    error: str | None
    milliseconds: int

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - successful, RFC 9110, section 15.3


def insert_message(conn: Connection[Any], webhook_id: str, event: str, payload: str) -> str:
    """Insert a message that is due at once, and return its id."""
    row = conn.execute(
        "INSERT INTO webhook_messages (webhook_id, event, payload) VALUES (%s, %s, %s) RETURNING id",
        (webhook_id, event, payload),
    ).fetchone()
    if row is None:
        message = "INSERT … RETURNING gave no row"
        raise LookupError(message)
    return str(row[0])


def count_waiting(conn: Connection[Any], webhook_id: str, event: str | None = None) -> int:
    """Return how many messages of a webhook wait, of one type or of all."""
    row = conn.execute(
        """
        SELECT count(*) FROM webhook_messages
         WHERE webhook_id = %(id)s AND state = 'waiting' AND (%(event)s::text IS NULL OR event = %(event)s)
        """,
        {"id": webhook_id, "event": event},
    ).fetchone()
    return int(row[0]) if row is not None else 0


def select_due_message(conn: Connection[Any], webhook_id: str) -> Message | None:
    """Return the message of a webhook that has been due for longest, None if none is."""
    with conn.cursor(row_factory=class_row(Message)) as cursor:
        return cursor.execute(
            """
            SELECT id, event, payload, failures FROM webhook_messages
             WHERE webhook_id = %s AND state = 'waiting' AND due_at <= now()
             ORDER BY due_at, created_at, id LIMIT 1
            """,
            (webhook_id,),
        ).fetchone()


def insert_attempt(conn: Connection[Any], message_id: str, attempt: Attempt) -> None:
    """Add an attempt to the log."""
    conn.execute(
        "INSERT INTO webhook_attempts (message_id, status, error, milliseconds) VALUES (%s, %s, %s, %s)",
        (message_id, attempt.status, attempt.error, attempt.milliseconds),
    )


def update_delivered(conn: Connection[Any], message_id: str) -> None:
    """Record that a message arrived."""
    conn.execute(
        "UPDATE webhook_messages SET state = 'delivered', due_at = NULL, payload = NULL WHERE id = %s", (message_id,)
    )


def update_failed(conn: Connection[Any], message_id: str, *, seconds: float, patience: str) -> None:
    """Send a message again after so many seconds, or give it up where it has failed for longer than `patience`."""
    conn.execute(
        """
        UPDATE webhook_messages AS m
           SET failures = failures + 1, failing_since = coalesce(failing_since, now()),
               (state, due_at, payload)
             = (SELECT CASE WHEN is_over THEN 'failed' ELSE 'waiting' END,
                       CASE WHEN NOT is_over THEN now() + %(seconds)s * interval '1 second' END,
                       CASE WHEN NOT is_over THEN m.payload END
                  FROM (SELECT coalesce(m.failing_since < now() - %(patience)s::interval, false)) AS o (is_over))
         WHERE id = %(id)s
        """,
        {"id": message_id, "seconds": seconds, "patience": patience},
    )


def delete_old_messages(conn: Connection[Any], webhook_id: str) -> None:
    """Delete from the log of a webhook what is too old, or more than LOG_MAX messages."""
    conn.execute(
        """
        DELETE FROM webhook_messages
         WHERE webhook_id = %(id)s AND state <> 'waiting'
           AND (created_at < now() - %(days)s * interval '1 day'
                OR (created_at, id) <= (SELECT created_at, id FROM webhook_messages
                                         WHERE webhook_id = %(id)s AND state <> 'waiting'
                                         ORDER BY created_at DESC, id DESC OFFSET %(most)s LIMIT 1))
        """,
        {"id": webhook_id, "days": LOG_DAYS, "most": LOG_MAX},
    )


def select_log(
    conn: Connection[Any], webhook_id: str, *, before: tuple[str, str] | None, limit: int
) -> list[tuple[str, str, str]]:
    """Return messages of a webhook with their attempts, the latest first: their JSON, times and ids."""
    at, last_id = before or ("infinity", "")
    return conn.execute(
        """
        SELECT json_build_object(
                 'id', m.id, 'event', m.event, 'state', m.state, 'created_at', m.created_at, 'due_at', m.due_at,
                 'attempts', (SELECT coalesce(json_agg(json_build_object(
                                       'at', a.at, 'status', a.status, 'error', a.error,
                                       'milliseconds', a.milliseconds) ORDER BY a.id), '[]')
                                FROM (SELECT id, at, status, error, milliseconds FROM webhook_attempts
                                      WHERE message_id = m.id
                                       ORDER BY id DESC LIMIT %(attempts)s) AS a))::text,
               m.created_at::text, m.id
          FROM webhook_messages AS m
         WHERE m.webhook_id = %(webhook)s AND (m.created_at, m.id) < (%(at)s::timestamptz, %(id)s)
         ORDER BY m.created_at DESC, m.id DESC LIMIT %(limit)s
        """,
        {"webhook": webhook_id, "at": at, "id": last_id, "limit": limit, "attempts": ATTEMPTS_MAX},
    ).fetchall()
