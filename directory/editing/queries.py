"""SQL of records that are to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from psycopg import Connection


class CurrentAccount(NamedTuple):
    """An account that is to be changed: its public JSON, the revision that changed it last, and its place."""

    document: str
    revision: int
    region: str | None
    department: str | None


def select_current_account(conn: Connection[Any], account_id: str) -> CurrentAccount | None:
    """Return an account as it is now, None if there is none."""
    row = conn.execute(
        "SELECT document, revision, region_code, department_id FROM accounts WHERE id = %s", (account_id,)
    ).fetchone()
    return CurrentAccount(*row) if row is not None else None
