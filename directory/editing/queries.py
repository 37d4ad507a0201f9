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


def select_existing_account(
    conn: Connection[Any], platform: str, user_id: str | None, handle_key: str | None
) -> str | None:
    """Return the account with a user id or a handle on a platform; None if there is none."""
    row = conn.execute(
        """
        SELECT id FROM accounts
         WHERE platform = %(platform)s AND (platform_user_id = %(user_id)s OR handle_key = %(key)s)
         ORDER BY platform_user_id = %(user_id)s DESC NULLS LAST LIMIT 1
        """,
        {"platform": platform, "user_id": user_id, "key": handle_key},
    ).fetchone()
    return row[0] if row is not None else None


def select_deleted_account(
    conn: Connection[Any], platform: str, user_id: str | None, handle_key: str | None
) -> str | None:
    """Return the deleted account that imports would take a user id and a handle for; None if there is none."""
    row = conn.execute(
        """
        SELECT account_id FROM suppressions WHERE digest = identity_digest('user_id', %(platform)s, %(user_id)s)
         UNION ALL
        SELECT account_id FROM suppressions
         WHERE digest = identity_digest('handle', %(platform)s, %(key)s)
           AND (%(user_id)s::text IS NULL OR has_no_user_id)
         LIMIT 1
        """,
        {"platform": platform, "user_id": user_id, "key": handle_key},
    ).fetchone()
    return row[0] if row is not None else None


def insert_account(conn: Connection[Any], statement: Mapping[str, Any], department_id: str | None, source: str) -> str:
    """Insert an account and the statement of it by its only source, in the keys of a statement; return its id."""
    row = conn.execute(
        """
        WITH stated AS (SELECT jsonb_strip_nulls(%(statement)s::jsonb) AS s), created AS (
            INSERT INTO accounts (platform, platform_user_id, handle, handle_key, url, name, name_key, names, name_keys,
                                  description, department_id, region_code, subject, language, tags, opened_on,
                                  verification, sources)
            SELECT s ->> 'platform', s ->> 'platform_user_id', s ->> 'handle', s ->> 'handle_key', s ->> 'url',
                   s ->> 'name', s ->> 'name_key', n.names, array_remove((s ->> 'name_key') || n.keys, NULL),
                   s ->> 'description', %(department)s, s ->> 'region', coalesce(s ->> 'subject', 'body'),
                   s ->> 'language', ARRAY(SELECT jsonb_array_elements_text(coalesce(s -> 'tags', '[]'))),
                   (s ->> 'opened_on')::date, 'source', ARRAY[%(source)s]
              FROM stated, LATERAL (
                   SELECT coalesce(jsonb_agg(jsonb_build_object('name', e -> 'name', 'language', e -> 'language')
                                             ORDER BY place), '[]') AS names,
                          coalesce(array_agg(e ->> 'key' ORDER BY place), '{}') AS keys
                     FROM jsonb_array_elements(s -> 'names') WITH ORDINALITY AS each_name (e, place)) AS n
            RETURNING id
        ), listed AS (
            INSERT INTO statements (account_id, source, statement, department_id, revision, position, listed_from)
            SELECT c.id, %(source)s,
                   s || CASE WHEN d.id IS NULL THEN '{}' ELSE jsonb_build_object('department', d.name) END,
                   d.id, current_revision(), 1, current_revision()
              FROM created AS c
             CROSS JOIN stated
              LEFT JOIN departments AS d ON d.id = %(department)s
        )
        SELECT id FROM created
        """,
        {"statement": Jsonb(dict(statement)), "department": department_id, "source": source},
    ).fetchone()
    if row is None:
        raise LookupError(statement)
    return str(row[0])
