"""SQL of changes of handles: what they are judged by, and what they write in the open revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Held:
    """An account as far as its handle goes; `since` is the beginning of its last interval, `until` its end, if any."""

    id: str
    platform: str
    platform_user_id: str | None
    handle: str | None
    handle_key: str | None
    since: datetime | None
    until: datetime | None
    replaced_by: str | None


def select_held(conn: Connection[Any], account_id: str) -> Held | None:
    """Give an account with its last handle, None if no account has this id."""
    with conn.cursor(row_factory=class_row(Held)) as cursor:
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
    """Give the successor of an account that went (None in it: it was deleted), None if there never was one."""
    return conn.execute(
        "SELECT successor_id FROM tombstones WHERE kind = 'account' AND id = %(id)s", {"id": account_id}
    ).fetchone()


def select_owner(conn: Connection[Any], platform: str, user_id: str) -> str | None:
    """Give the account that has a user id on a platform."""
    row = conn.execute(
        "SELECT id FROM accounts WHERE (platform, platform_user_id) = (%(platform)s, %(user_id)s)",
        {"platform": platform, "user_id": user_id},
    ).fetchone()
    return row[0] if row else None


def select_clearances(
    conn: Connection[Any], platform: str, handle_key: str
) -> list[tuple[str | None, int, datetime, str, str]]:
    """Give account (None: anybody), revision, time, actor and reason of the clearances of a handle, in their order."""
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


def select_platforms_of(conn: Connection[Any], handle_keys: list[str]) -> list[tuple[str, str]]:
    """Give platform and key of the handles among `handle_keys` that somebody holds or held, in order."""
    return conn.execute(
        """
        SELECT DISTINCT platform, handle_key FROM handles WHERE handle_key = ANY (%(keys)s)
         ORDER BY platform, handle_key
        """,
        {"keys": handle_keys},
    ).fetchall()


def select_successors(conn: Connection[Any], account_id: str) -> list[str]:
    """Give the accounts that follow upon an account, itself first, as `replaced_by` leads from one to the next."""
    rows = conn.execute(
        """
        WITH RECURSIVE line (id, place) AS (
            SELECT %(id)s::text COLLATE "C", 1
             UNION
            SELECT a.replaced_by, line.place + 1
              FROM line
              JOIN accounts AS a USING (id)
             WHERE a.replaced_by IS NOT NULL AND line.place < 1000
        )
        SELECT id FROM line ORDER BY place
        """,
        {"id": account_id},
    )
    return [account for (account,) in rows]


def update_address(
    conn: Connection[Any],
    account_id: str,
    *,
    handle: str | None,
    handle_key: str | None,
    url: str | None,
    user_id: str | None,
) -> None:
    """Write the address of an account; triggers close the interval of the old handle and open that of the new one."""
    conn.execute(
        """
        UPDATE accounts SET (handle, handle_key, url, platform_user_id)
               = ROW (%(handle)s, %(handle_key)s, %(url)s, %(user_id)s)
         WHERE id = %(id)s
        """,
        {"id": account_id, "handle": handle, "handle_key": handle_key, "url": url, "user_id": user_id},
    )


def update_interval_ends(conn: Connection[Any], account_id: str, revision: int, at: datetime) -> None:
    """Let what the account gave up and took up in `revision` be so since `at`."""
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


def update_successor(conn: Connection[Any], account_id: str, successor_id: str) -> None:
    """Write which account took over from an account."""
    conn.execute(
        "UPDATE accounts SET replaced_by = %(successor)s WHERE id = %(id)s",
        {"id": account_id, "successor": successor_id},
    )


def insert_clearance(conn: Connection[Any], platform: str, handle_key: str, account_id: str | None) -> None:
    """Lift the quarantine of a handle for one account or, with None, for everybody."""
    conn.execute(
        """
        INSERT INTO quarantine_exemptions (platform, handle_key, account_id)
        VALUES (%(platform)s, %(handle_key)s, %(account)s)
        """,
        {"platform": platform, "handle_key": handle_key, "account": account_id},
    )
