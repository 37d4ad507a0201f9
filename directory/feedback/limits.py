"""How many reports anybody may send, and SQL that counts them: in an hour, and each challenge once.

The address of a client is stored as a digest under a secret key, for an hour or two.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.feedback.challenges import Effort

# By one client and by all, in an hour. They bound the rows that an hour can add to each table here.
_OF_ONE: Final = 10
_OF_ALL: Final = 2_000
# Without a proof of work.
_SLOW_OF_ONE: Final = 3
_SLOW_OF_ALL: Final = 60


def count_report(conn: Connection[Any], key: bytes, network: str, effort: Effort) -> bool:
    """Count one report of a client; return whether it is within the limits.

    Call it in the transaction that stores the report, which is rolled back where this returns False.
    """
    _delete_old(conn)
    kind = "slow" if effort.is_slow else "solved"
    limits = (_SLOW_OF_ONE, _SLOW_OF_ALL) if effort.is_slow else (_OF_ONE, _OF_ALL)
    # The common counter last: it is locked until the transaction ends.
    return all(
        _count(conn, hmac.new(key, f"{kind} {who}".encode(), hashlib.sha256).digest(), most)
        for who, most in zip((network, "all"), limits, strict=True)
    )


def insert_used(conn: Connection[Any], effort: Effort) -> bool:
    """Store that a challenge or ticket was used; return False where it was used before."""
    expires_at = dt.datetime.fromtimestamp(effort.expires_at, dt.UTC)
    return (
        conn.execute(
            """
            INSERT INTO feedback_used_challenges (digest, expires_at) VALUES (%s, %s)
            ON CONFLICT (digest) DO NOTHING
            """,
            (effort.digest, expires_at),
        ).rowcount
        == 1
    )


def _count(conn: Connection[Any], key: bytes, most: int) -> bool:
    return (
        conn.execute(
            """
            INSERT INTO feedback_limits AS l (key, hour, reports) VALUES (%(key)s, date_trunc('hour', now()), 1)
            ON CONFLICT (key, hour) DO UPDATE SET reports = l.reports + 1 WHERE l.reports < %(most)s
            """,
            {"key": key, "most": most},
        ).rowcount
        == 1
    )


def _delete_old(conn: Connection[Any]) -> None:
    conn.execute("DELETE FROM feedback_limits WHERE hour < date_trunc('hour', now())")
    conn.execute("DELETE FROM feedback_used_challenges WHERE expires_at < now() - interval '1 minute'")
