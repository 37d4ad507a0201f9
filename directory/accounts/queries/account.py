"""SQL of one account: its record, what is left of it after a merge or deletion, and its observations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from directory.database.point_in_time import PointInTime, account_records, as_of_parameters, with_clause
from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import compose

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of an account: its successor if it was merged, and when and why it went."""

    successor_id: str | None
    revision: int
    at: str
    reason: str
    category: str | None


class CurrentAccount(NamedTuple):
    """An account as it is now: its public JSON without handles, the revision that changed it last, and its place."""

    document: str
    revision: int
    region: str | None
    department: str | None


def select_account(conn: Connection[Any], account_id: str, as_of: PointInTime | None = None) -> str | None:
    """Return an account's public JSON with all its handles, None if no account has this id."""
    rows = fetch_prepared(
        conn,
        # Handles are put before the closing brace of the stored text: to parse and write the JSON again would cost more
        # than all the rest, and might change it.
        compose(
            """
            {}SELECT left(document, -1) || ',"handles":' || coalesce((
                   SELECT array_to_json(array_agg(row_to_json(h)))::text
                     FROM (SELECT handle, valid_from, valid_to
                             FROM handles
                            WHERE account_id = accounts.id
                            ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS h), '[]') || '}}'
              FROM {}
             WHERE id = %(id)s
            """,
            with_clause(as_of, "accounts", "handles"),
            account_records(as_of),
        ),
        {"id": account_id, **as_of_parameters(as_of)},
    )
    return rows[0][0] if rows else None


def select_current_account(conn: Connection[Any], account_id: str) -> CurrentAccount | None:
    """Return an account as it is now, None if there is none."""
    row = conn.execute(
        "SELECT document, revision, region_code, department_id FROM accounts WHERE id = %s", (account_id,)
    ).fetchone()
    return CurrentAccount(*row) if row is not None else None


def select_tombstone(conn: Connection[Any], account_id: str, as_of: PointInTime | None = None) -> Tombstone | None:
    """Return what is left of an account that was merged or deleted, None if there never was one or it exists."""
    row = conn.execute(
        compose(
            # `to_json(…) #>> '{}'` is a time as JSON has it, with a T and an offset, and without quotes.
            """{}SELECT t.successor_id, t.revision, to_json(r.at) #>> '{{}}', r.reason, t.category
                 FROM tombstones AS t JOIN revisions AS r USING (revision)
                WHERE t.kind = 'account' AND t.id = %(id)s""",
            with_clause(as_of, "tombstones"),
        ),
        {"id": account_id, **as_of_parameters(as_of)},
    ).fetchone()
    return Tombstone(*row) if row else None
