"""SQL of what accounts are called, for records that have them in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from psycopg import Connection


def select_names(conn: Connection[Any], ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the other names of accounts and their ids on the platform, as keys of an account, by its id."""
    rows = conn.execute(
        "SELECT id, names, platform_user_id FROM accounts WHERE id = ANY(%(ids)s)", {"ids": list(ids)}
    ).fetchall()
    return {id_: {"names": names, "platform_user_id": platform_user_id} for id_, names, platform_user_id in rows}
