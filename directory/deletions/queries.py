"""SQL of deletions, in the open revision: what is judged by, and what is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

Kind = Literal["account", "department"]
CATEGORIES: Final = ("erasure_request", "not_official", "mistake", "order", "other")


@dataclass(frozen=True, slots=True)
class Found:
    """A record by its id: whether it is there, and if not, which it was merged into (None: it was deleted)."""

    kind: Kind
    is_there: bool
    successor_id: str | None


@dataclass(frozen=True, slots=True)
class Hanging:
    """How much hangs on a department."""

    accounts: int
    children: int


def select_found(conn: Connection[Any], record_id: str) -> Found | None:
    """Return what is known of an id of an account or a department, None for one that was never given."""
    with conn.cursor(row_factory=class_row(Found)) as cursor:
        return cursor.execute(
            """
            SELECT 'account' AS kind, true AS is_there, NULL AS successor_id FROM accounts WHERE id = %(id)s
             UNION ALL
            SELECT 'department', true, NULL FROM departments WHERE id = %(id)s
             UNION ALL
            SELECT kind, false, successor_id FROM tombstones WHERE id = %(id)s AND kind IN ('account', 'department')
             LIMIT 1
            """,
            {"id": record_id},
        ).fetchone()


def select_hanging(conn: Connection[Any], department_id: str) -> Hanging:
    """Return how much hangs on a department."""
    with conn.cursor(row_factory=class_row(Hanging)) as cursor:
        found = cursor.execute(
            """
            SELECT (SELECT count(*) FROM accounts WHERE department_id = %(id)s) AS accounts,
                   (SELECT count(*) FROM departments WHERE parent_id = %(id)s) AS children
            """,
            {"id": department_id},
        ).fetchone()
    if found is None:
        raise LookupError(department_id)
    return found


def insert_tombstone(conn: Connection[Any], kind: Kind, record_id: str, category: str) -> None:
    """Remember that an id went, in this revision and without a successor."""
    conn.execute(
        """
        INSERT INTO tombstones (kind, id, revision, category)
        VALUES (%(kind)s, %(id)s, current_revision(), %(category)s)
        """,
        {"kind": kind, "id": record_id, "category": category},
    )


def delete_account(conn: Connection[Any], account_id: str) -> None:
    """Delete an account with its statements and observations; what it held is released."""
    conn.execute("UPDATE accounts SET replaced_by = NULL WHERE replaced_by = %s", (account_id,))
    conn.execute("DELETE FROM accounts WHERE id = %s", (account_id,))


def delete_department(conn: Connection[Any], department_id: str) -> None:
    """Delete a department to which no account and no department belongs; what sources say of others stays."""
    conn.execute("UPDATE statements SET department_id = NULL WHERE department_id = %s", (department_id,))
    conn.execute("DELETE FROM departments WHERE id = %s", (department_id,))


def insert_suppressions(conn: Connection[Any], account_id: str) -> None:
    """Keep digests of the user id and of all handles of an account that is about to be deleted."""
    conn.execute(
        """
        INSERT INTO suppressions (digest, account_id, has_no_user_id)
        SELECT identity_digest('user_id', platform, platform_user_id), id, false
          FROM accounts WHERE id = %(id)s AND platform_user_id IS NOT NULL
         UNION
        SELECT identity_digest('handle', h.platform, h.handle_key), a.id, a.platform_user_id IS NULL
          FROM accounts AS a JOIN handles AS h ON h.account_id = a.id WHERE a.id = %(id)s
        ON CONFLICT DO NOTHING
        """,
        {"id": account_id},
    )


def delete_suppressions(conn: Connection[Any], account_id: str) -> int:
    """Let imports list an account again; return how many digests were kept of it."""
    return conn.execute("DELETE FROM suppressions WHERE account_id = %s", (account_id,)).rowcount


def select_suppressed(conn: Connection[Any], account_id: str) -> bool:
    """Whether imports may not bring an account back."""
    row = conn.execute("SELECT EXISTS (SELECT FROM suppressions WHERE account_id = %s)", (account_id,)).fetchone()
    return bool(row and row[0])


def select_predecessors(conn: Connection[Any], account_id: str) -> list[str]:
    """Return an account and all that were merged into it, directly or not."""
    rows = conn.execute(
        """
        WITH RECURSIVE line (id) AS (
            SELECT %(id)s::text COLLATE "C"
             UNION
            SELECT t.id FROM line JOIN tombstones AS t ON t.kind = 'account' AND t.successor_id = line.id
        )
        SELECT id FROM line ORDER BY id
        """,
        {"id": account_id},
    )
    return [each for (each,) in rows]


def select_snapshots_with(conn: Connection[Any], account_id: str, ids: Sequence[str]) -> list[int]:
    """Return the snapshots that may have a record of these accounts or of their handles, or a delta with one.

    Those are all since the first of them was made, up to when the account `account_id` was erased.
    """
    rows = conn.execute(
        """
        SELECT revision FROM snapshots
         WHERE revision >= (SELECT min(revision) FROM versions WHERE kind = 'account' AND id = ANY (%(ids)s))
           AND revision < coalesce((SELECT erased_in FROM tombstones WHERE kind = 'account' AND id = %(id)s),
                                   9223372036854775807)
         ORDER BY revision
        """,
        {"id": account_id, "ids": list(ids)},
    )
    return [revision for (revision,) in rows]
