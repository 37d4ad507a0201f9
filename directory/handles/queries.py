"""SQL of changes of handles: what validation reads, and what changes write in the open revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class AccountHandle:
    """An account with its last handle; `since` is the beginning of that interval, `until` its end, if any."""

    id: str
    platform: str
    platform_user_id: str | None
    handle: str | None
    handle_key: str | None
    since: datetime | None
    until: datetime | None
    replaced_by: str | None


def select_account_handle(conn: Connection[Any], account_id: str) -> AccountHandle | None:
    """Return an account with its last handle; None if no account has this id."""
    # An interval that is still open has no `valid_to`: NULLS FIRST puts it before the released ones.
    with conn.cursor(row_factory=class_row(AccountHandle)) as cursor:
        return cursor.execute(
            """
            SELECT a.id, a.platform, a.platform_user_id, a.handle, a.handle_key, h.valid_from AS since,
                   h.valid_to AS until, a.replaced_by
              FROM accounts AS a
              LEFT JOIN LATERAL (
                   SELECT valid_from, valid_to FROM handles WHERE account_id = a.id
                    ORDER BY valid_to DESC NULLS FIRST, id DESC LIMIT 1) AS h ON true
             WHERE a.id = %(id)s
            """,
            {"id": account_id},
        ).fetchone()


def select_successor(conn: Connection[Any], account_id: str) -> tuple[str | None] | None:
    """Return the successor of a merged account as a row; (None,) for a deleted account, None for an unknown id."""
    return conn.execute(
        "SELECT successor_id FROM tombstones WHERE kind = 'account' AND id = %(id)s", {"id": account_id}
    ).fetchone()


def select_account_by_user_id(conn: Connection[Any], platform: str, user_id: str) -> str | None:
    """Return the id of the account with a user id on a platform; None if there is none."""
    row = conn.execute(
        "SELECT id FROM accounts WHERE (platform, platform_user_id) = (%(platform)s, %(user_id)s)",
        {"platform": platform, "user_id": user_id},
    ).fetchone()
    return row[0] if row else None


def select_exemptions(
    conn: Connection[Any], platform: str, handle_key: str
) -> list[tuple[str | None, int, datetime, str, str]]:
    """Return account (None: all), revision, time, actor and reason of the quarantine exemptions of a handle."""
    return conn.execute(
        """
        SELECT c.account_id, c.revision, r.at, r.actor, r.reason
          FROM quarantine_exemptions AS c
          JOIN revisions AS r USING (revision)
         WHERE (c.platform, c.handle_key) = (%(platform)s, %(key)s)
         ORDER BY c.revision
        """,
        {"platform": platform, "key": handle_key},
    ).fetchall()


def select_known_handles(conn: Connection[Any], handle_keys: list[str]) -> list[tuple[str, str]]:
    """Return platform and key of the handles among `handle_keys` that an account has or had, sorted."""
    return conn.execute(
        """
        SELECT DISTINCT platform, handle_key FROM handles WHERE handle_key = ANY (%(keys)s)
         ORDER BY platform, handle_key
        """,
        {"keys": handle_keys},
    ).fetchall()


def select_successors(conn: Connection[Any], account_id: str) -> list[str]:
    """Return an account and its successors, as `replaced_by` leads from one to the next."""
    # The bound ends the recursion even if rows written by other programs form a circle.
    rows = conn.execute(
        """
        -- PostgreSQL demands one collation in both terms of the recursion, and the column has "C".
        WITH RECURSIVE line (id, step) AS (
            SELECT %(id)s::text COLLATE "C", 1
             UNION
            SELECT a.replaced_by, line.step + 1
              FROM line
              JOIN accounts AS a USING (id)
             WHERE a.replaced_by IS NOT NULL AND line.step < 1000
        )
        SELECT id FROM line ORDER BY step
        """,
        {"id": account_id},
    )
    return [account for (account,) in rows]


def update_handle(
    conn: Connection[Any],
    account_id: str,
    *,
    handle: str | None,
    handle_key: str | None,
    url: str | None,
    user_id: str | None,
) -> None:
    """Update handle, URL and user id of an account; triggers end the interval of the old handle and begin a new one."""
    conn.execute(
        """
        UPDATE accounts SET (handle, handle_key, url, platform_user_id)
               = ROW (%(handle)s, %(handle_key)s, %(url)s, %(user_id)s)
         WHERE id = %(id)s
        """,
        {"id": account_id, "handle": handle, "handle_key": handle_key, "url": url, "user_id": user_id},
    )


def update_interval_times(conn: Connection[Any], account_id: str, revision: int, at: datetime) -> None:
    """Move the end of the handle released in `revision`, and the beginning of the current one, to `at`."""
    # Triggers on accounts know only the time of the revision, so a stated time is written after them.
    conn.execute(
        """
        UPDATE handles SET valid_to = %(at)s WHERE account_id = %(id)s AND released_in = %(revision)s
        """,
        {"id": account_id, "revision": revision, "at": at},
    )
    conn.execute(
        "UPDATE handles SET valid_from = %(at)s WHERE account_id = %(id)s AND valid_to IS NULL",
        {"id": account_id, "at": at},
    )


def update_successor(conn: Connection[Any], account_id: str, successor_id: str | None) -> None:
    """Record which account took over from an account; None: no account did."""
    conn.execute(
        "UPDATE accounts SET replaced_by = %(successor)s WHERE id = %(id)s",
        {"id": account_id, "successor": successor_id},
    )


def insert_exemption(conn: Connection[Any], platform: str, handle_key: str, account_id: str | None) -> None:
    """Lift the quarantine of a handle for one account or, with None, for every account."""
    conn.execute(
        """
        INSERT INTO quarantine_exemptions (platform, handle_key, account_id)
        VALUES (%(platform)s, %(handle_key)s, %(account)s)
        """,
        {"platform": platform, "handle_key": handle_key, "account": account_id},
    )
