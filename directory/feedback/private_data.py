"""What of a report is private: the keys of e-mail addresses and secret links, and the erasure of what is due."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any, Final

from directory.feedback import queries

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.config import Config

PURPOSE: Final = b"feedback e-mail"
_KEY_BYTES: Final = 32
_ERASED_AT_ONCE: Final = 1_000


def make_link_key() -> str:
    """Return a new key for a secret link: 256 random bits."""
    return secrets.token_urlsafe(_KEY_BYTES)


def digest_link_key(key: str) -> bytes:
    """Return what is stored of it: 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).digest()


def erase_due(conn: Connection[Any], config: Config) -> int:
    """Erase what reporters sent longer ago than the settings keep it; return of how many reports.

    On a connection in autocommit each part is a transaction of its own.
    """
    erased = 0
    while found := queries.erase_expired(
        conn,
        decided_days=config.feedback_days,
        undecided_days=config.feedback_undecided_days,
        limit=_ERASED_AT_ONCE,
    ):
        erased += found
    return erased
