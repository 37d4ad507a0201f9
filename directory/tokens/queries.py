"""SQL of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from psycopg import Connection

SCOPES: Final = ("observe",)


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret; `is_valid`: it is neither revoked nor expired."""

    id: str
    name: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    used_on: dt.date | None
    is_valid: bool


def insert_token(conn: Connection[Any], digest: bytes, *, name: str, scopes: Sequence[str], days: int | None) -> str:
    """Insert a token that expires after so many days, None for never, and return its id."""
    row = conn.execute(
        """
        INSERT INTO tokens (digest, name, scopes, expires_at)
        VALUES (%(digest)s, %(name)s, %(scopes)s, now() + %(days)s * interval '1 day') RETURNING id
        """,
        {"digest": digest, "name": name, "scopes": list(scopes), "days": days},
    ).fetchone()
    if row is None:
        message = "INSERT … RETURNING gave no row"
        raise LookupError(message)
    return str(row[0])


def select_tokens(conn: Connection[Any]) -> list[Token]:
    """Return all tokens, the newest first."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            """
            SELECT id, name, scopes, created_at, expires_at, revoked_at, used_on,
                   revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AS is_valid
              FROM tokens ORDER BY created_at DESC, id
            """
        ).fetchall()


def select_token(conn: Connection[Any], digest: bytes) -> Token | None:
    """Return the token of a digest, None if there is none."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            """
            SELECT id, name, scopes, created_at, expires_at, revoked_at, used_on,
                   revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AS is_valid
              FROM tokens WHERE digest = %s
            """,
            (digest,),
        ).fetchone()


def update_used_on(conn: Connection[Any], token_id: str) -> None:
    """Record that a token is used today; the second use of a day writes nothing."""
    conn.execute(
        """
        UPDATE tokens SET used_on = (now() AT TIME ZONE 'UTC')::date
         WHERE id = %s AND used_on IS DISTINCT FROM (now() AT TIME ZONE 'UTC')::date
        """,
        (token_id,),
    )


def revoke_token(conn: Connection[Any], token_id: str) -> bool | None:
    """Revoke a token; return whether it was not revoked before, None if there is none."""
    row = conn.execute("SELECT revoked_at IS NULL FROM tokens WHERE id = %s", (token_id,)).fetchone()
    if row is not None:
        conn.execute("UPDATE tokens SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL", (token_id,))
    return bool(row[0]) if row is not None else None
