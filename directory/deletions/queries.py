"""SQL of deletions: what validation reads, and what is written in the open revision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

RecordKind = Literal["account", "department"]
CATEGORIES: Final = ("erasure_request", "not_official", "mistake", "order", "other")


@dataclass(frozen=True, slots=True)
class RecordState:
    """The state of a record: whether it exists and, if not, its successor (None: it was deleted)."""

    kind: RecordKind
    exists: bool
    successor_id: str | None


@dataclass(frozen=True, slots=True)
class DependentCounts:
    """Numbers of accounts of a department, and of departments directly below it."""

    accounts: int
    children: int


def select_record_state(conn: Connection[Any], record_id: str) -> RecordState | None:
    """Return the state of an account or a department; None for an unknown id."""
    # Accounts and departments share one form of id, which does not show the kind.
    with conn.cursor(row_factory=class_row(RecordState)) as cursor:
        return cursor.execute(
            """
            SELECT 'account' AS kind, true AS "exists", NULL AS successor_id FROM accounts WHERE id = %(id)s
             UNION ALL
            SELECT 'department', true, NULL FROM departments WHERE id = %(id)s
             UNION ALL
            SELECT kind, false, successor_id FROM tombstones WHERE id = %(id)s AND kind IN ('account', 'department')
             LIMIT 1
            """,
            {"id": record_id},
        ).fetchone()


def count_dependents(conn: Connection[Any], department_id: str) -> DependentCounts:
    """Return how many accounts and departments belong to a department."""
    with conn.cursor(row_factory=class_row(DependentCounts)) as cursor:
        row = cursor.execute(
            """
            SELECT (SELECT count(*) FROM accounts WHERE department_id = %(id)s) AS accounts,
                   (SELECT count(*) FROM departments WHERE parent_id = %(id)s) AS children
            """,
            {"id": department_id},
        ).fetchone()
    if row is None:
        raise LookupError(department_id)
    return row


def insert_tombstone(conn: Connection[Any], kind: RecordKind, record_id: str, category: str) -> None:
    """Record that an id was deleted in the open revision."""
    conn.execute(
        """
        INSERT INTO tombstones (kind, id, revision, category)
        VALUES (%(kind)s, %(id)s, current_revision(), %(category)s)
        """,
        {"kind": kind, "id": record_id, "category": category},
    )


def delete_account(conn: Connection[Any], account_id: str) -> None:
    """Delete an account with its statements and observations; triggers release its handle."""
    # A foreign key holds `replaced_by`; predecessors stay, without a successor.
    conn.execute("UPDATE accounts SET replaced_by = NULL WHERE replaced_by = %s", (account_id,))
    conn.execute("DELETE FROM accounts WHERE id = %s", (account_id,))


def delete_department(conn: Connection[Any], department_id: str) -> None:
    """Delete a department without accounts and children; statements about other accounts stay."""
    conn.execute("UPDATE statements SET department_id = NULL WHERE department_id = %s", (department_id,))
    conn.execute("DELETE FROM departments WHERE id = %s", (department_id,))


@dataclass(frozen=True, slots=True)
class DeletedAccount:
    """What is left of a deleted account: the category of the deletion, whether it was erased, its last version."""

    category: str | None
    is_erased: bool
    record: dict[str, Any] | None


def select_deleted_account(conn: Connection[Any], account_id: str) -> DeletedAccount | None:
    """Return what is left of an account that was deleted and not merged; None for any other id."""
    with conn.cursor(row_factory=class_row(DeletedAccount)) as cursor:
        return cursor.execute(
            """
            SELECT t.category, t.erased_in IS NOT NULL AS is_erased,
                   (SELECT v.record::jsonb FROM versions AS v
                     WHERE v.kind = 'account' AND v.id = t.id AND v.record IS NOT NULL
                     ORDER BY v.revision DESC, v.sequence DESC LIMIT 1) AS record
              FROM tombstones AS t WHERE t.kind = 'account' AND t.id = %(id)s AND t.successor_id IS NULL
            """,
            {"id": account_id},
        ).fetchone()


def select_identity_holders(
    conn: Connection[Any], platform: str, user_id: str | None, handle_key: str | None
) -> tuple[str | None, str | None]:
    """Return the ids of the accounts that have a user id and that have a handle; None for each that nobody has."""
    row = conn.execute(
        """
        SELECT (SELECT id FROM accounts WHERE (platform, platform_user_id) = (%(platform)s, %(user_id)s)),
               (SELECT id FROM accounts WHERE (platform, handle_key) = (%(platform)s, %(handle_key)s))
        """,
        {"platform": platform, "user_id": user_id, "handle_key": handle_key},
    ).fetchone()
    return row or (None, None)


def restore_tombstone(conn: Connection[Any], account_id: str) -> None:
    """Move the tombstone of an account that comes back to those of restored records."""
    conn.execute(
        """
        WITH gone AS (DELETE FROM tombstones WHERE kind = 'account' AND id = %(id)s RETURNING *)
        INSERT INTO restored_tombstones (kind, id, successor_id, revision, category)
        SELECT kind, id, successor_id, revision, category FROM gone
        """,
        {"id": account_id},
    )


def insert_restored_account(conn: Connection[Any], values: Mapping[str, Any]) -> None:
    """Insert an account as its last version shows it; triggers write its document, and begin its handle."""
    conn.execute(
        """
        INSERT INTO accounts (id, platform, platform_user_id, handle, handle_key, url, name, name_key, names, name_keys,
                              description, department_id, department_type, region_code, subject, status, verification,
                              verification_method, verification_checked_at, verification_expires_at, withdrawn_by,
                              listed_from, listed_until, opened_on, closed_on, language, tags, sources, replaced_by)
        SELECT %(id)s, %(platform)s, %(platform_user_id)s, %(handle)s, %(handle_key)s, %(url)s, %(name)s, %(name_key)s,
               %(names)s, %(name_keys)s, %(description)s,
               (SELECT coalesce(d.id, t.successor_id) FROM (SELECT %(department)s::text AS id) AS g
                  LEFT JOIN departments AS d USING (id)
                  LEFT JOIN tombstones AS t ON t.kind = 'department' AND t.id = g.id),
               %(department_type)s, (SELECT code FROM regions WHERE code = %(region)s), %(subject)s, %(status)s,
               %(level)s, %(method)s, %(checked_at)s, %(expires_at)s, %(withdrawn_by)s, %(listed_from)s,
               %(listed_until)s, %(opened_on)s, %(closed_on)s, %(language)s, %(tags)s, %(sources)s,
               (SELECT id FROM accounts WHERE id = %(replaced_by)s)
        """,
        values,
    )


def insert_restored_statements(conn: Connection[Any], account_id: str, statement: Mapping[str, Any]) -> None:
    """Insert what an account's record says as the statement of each of its sources, until these state it again."""
    conn.execute(
        """
        INSERT INTO statements (account_id, source, statement, department_id, revision, position)
        SELECT a.id, s.source, %(statement)s, a.department_id, current_revision(), 0
          FROM accounts AS a, unnest(a.sources) AS s (source) WHERE a.id = %(id)s
        """,
        {"id": account_id, "statement": Jsonb(statement)},
    )


def insert_suppressions(conn: Connection[Any], account_id: str) -> None:
    """Store digests of the user id and of all handles of an account, before it is deleted."""
    # Digests and not the handles themselves: the registry retains nothing else of what it deleted.
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
    """Delete the digests of an account, so that imports may list it again; return how many there were."""
    return conn.execute("DELETE FROM suppressions WHERE account_id = %s", (account_id,)).rowcount


def is_suppressed(conn: Connection[Any], account_id: str) -> bool:
    """Whether imports skip rows about an account."""
    row = conn.execute("SELECT EXISTS (SELECT FROM suppressions WHERE account_id = %s)", (account_id,)).fetchone()
    return bool(row and row[0])


def select_predecessors(conn: Connection[Any], account_id: str) -> list[str]:
    """Return the ids of an account and of all that were merged into it, directly or not."""
    rows = conn.execute(
        """
        -- PostgreSQL demands one collation in both terms of the recursion, and the column has "C".
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


def select_affected_snapshots(conn: Connection[Any], account_id: str, ids: Sequence[str]) -> list[int]:
    """Return the revisions of the snapshots that may have these accounts or their handles, in tables or deltas.

    These are all snapshots from the creation of the first of the accounts to the erasure of `account_id`.
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
