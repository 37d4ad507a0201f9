"""SQL of records that are to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.rows import args_row
from psycopg.types.json import Jsonb

from directory.database.sql import compose
from directory.imports.merge.decisions import SET_EDITED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection


class Correction(NamedTuple):
    """The first correction of a field that is in force: the values that it replaced, and whether sources list more.

    `is_listed`: whether any source lists the account, so that the value follows from statements.
    """

    before: dict[str, Any]
    is_listed: bool


def has_region(conn: Connection[Any], code: str) -> bool:
    """Whether there is a region with this code now."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM regions WHERE code = %s AND dissolved_on IS NULL)", (code,)
    ).fetchone()
    return row == (True,)


def insert_corrections(
    conn: Connection[Any], account_id: str, statements: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Insert what an editor says of fields, by their names, with the statements that held before."""
    conn.execute(
        """
        INSERT INTO account_decisions (account_id, field, statement, before)
        SELECT %(id)s, f.key, f.value, %(before)s::jsonb -> f.key FROM jsonb_each(%(statements)s) AS f
        """,
        {"id": account_id, "statements": Jsonb(dict(statements)), "before": Jsonb(dict(before))},
    )


def select_first_correction(conn: Connection[Any], account_id: str, field: str) -> Correction | None:
    """Return the first correction of a field that is in force; None if none is."""
    with conn.cursor(row_factory=args_row(Correction)) as cursor:
        return cursor.execute(
            """
            SELECT before, EXISTS (SELECT FROM statements WHERE account_id = %(id)s AND listed_until IS NULL)
              FROM account_decisions
             WHERE account_id = %(id)s AND field = %(field)s AND withdrawn_in IS NULL
             ORDER BY id LIMIT 1
            """,
            {"id": account_id, "field": field},
        ).fetchone()


def select_corrections(conn: Connection[Any], account_id: str) -> list[tuple[Any, ...]]:
    """Return what is corrected of an account: field, statement, department, revision, time, actor and reason."""
    return conn.execute(
        """
        SELECT d.field, d.statement, d.department_id, d.revision, to_json(r.at) #>> '{}', r.actor, r.reason
          FROM decisions_in_force AS d
          JOIN revisions AS r USING (revision)
         WHERE d.account_id = %(id)s AND d.field <> 'status'
         ORDER BY d.field
        """,
        {"id": account_id},
    ).fetchall()


def withdraw_corrections(conn: Connection[Any], account_id: str, field: str) -> None:
    """Withdraw all corrections of a field of an account in the open revision; they stay in the history."""
    conn.execute(
        """
        UPDATE account_decisions SET withdrawn_in = current_revision()
         WHERE account_id = %(id)s AND field = %(field)s AND withdrawn_in IS NULL
        """,
        {"id": account_id, "field": field},
    )


def update_fields(conn: Connection[Any], account_id: str, statement: Mapping[str, Any]) -> None:
    """Write fields of an account as a statement has them; a department that it has is one that exists, or null."""
    conn.execute(
        compose(
            """
            UPDATE accounts AS t {}
              FROM (SELECT %(statement)s::jsonb AS edited, %(statement)s::jsonb ? 'department' AS has_department,
                           %(statement)s::jsonb ->> 'department' AS department_id, NULL AS department_region) AS c
             WHERE t.id = %(id)s
            """,
            SET_EDITED,
        ),
        {"id": account_id, "statement": Jsonb(dict(statement))},
    )
