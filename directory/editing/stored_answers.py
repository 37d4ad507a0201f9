"""SQL of the answers to creations with an Idempotency-Key, which are given again for 24 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.http.idempotency_keys import IdempotencyKey

ANSWERS_MAX: Final = 10_000
"""How many answers are kept for one token."""


class StoredAnswer(NamedTuple):
    """An answer: the digest of its request, its text, its Location and the tag of the record."""

    request_digest: bytes
    text: str
    location: str
    etag: str


def try_lock(conn: Connection[Any], token_id: str, key: IdempotencyKey) -> bool:
    """Whether no other request with this key of this token is running; none begins until the transaction ends."""
    row = conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s || ' ' || encode(%s, 'hex'), 54))", (token_id, key.digest)
    ).fetchone()
    return row == (True,)


def select_answer(conn: Connection[Any], token_id: str, key: IdempotencyKey) -> StoredAnswer | None:
    """Return the answer to an earlier request with this key of this token; None if there is none."""
    row = conn.execute(
        """
        SELECT request_digest, answer, location, etag FROM idempotency_keys
         WHERE token_id = %s AND key_digest = %s AND created_at > now() - interval '24 hours'
        """,
        (token_id, key.digest),
    ).fetchone()
    return StoredAnswer(*row) if row is not None else None


def delete_old_answers(conn: Connection[Any]) -> None:
    """Delete the answers of all tokens that are older than 24 hours."""
    conn.execute("DELETE FROM idempotency_keys WHERE created_at <= now() - interval '24 hours'")


def count_answers(conn: Connection[Any], token_id: str) -> int:
    """Return how many answers are kept for a token."""
    row = conn.execute("SELECT count(*) FROM idempotency_keys WHERE token_id = %s", (token_id,)).fetchone()
    return int(row[0]) if row is not None else 0


def insert_answer(conn: Connection[Any], token_id: str, key: IdempotencyKey, answer: StoredAnswer) -> None:
    """Store an answer."""
    conn.execute(
        """
        INSERT INTO idempotency_keys (token_id, key_digest, request_digest, answer, location, etag)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (token_id, key.digest, *answer),
    )
