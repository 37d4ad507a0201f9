"""Rename an account and release its handle: the changes of `directory.handles`, with what takes each back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from directory.handles import changes
from directory.lifecycle import queries
from directory.lifecycle.operations import Inverse, Operation, read_state

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection

    from directory.handles.changes import AuditNote


def rename(
    conn: Connection[Any],
    account_id: str,
    handle: str | None,
    note: AuditNote,
    *,
    at: datetime | None = None,
    user_id: str | None = None,
) -> Operation:
    """Change the handle of an account since `at` or now, or with None release it. Raises Refused.

    The old handle is in quarantine, for every account but this one, which may be renamed back.
    """
    name: Literal["rename", "release"] = "release" if handle is None else "rename"
    with conn.transaction():
        before = read_state(conn, account_id)
        if handle is None:
            change = changes.release(conn, account_id, note, at=at)
        else:
            change = changes.rename(conn, account_id, handle, note, at=at, user_id=user_id)
        after = queries.select_state(conn, account_id)
    inverse = None
    if change.before != change.after:
        inverse = Inverse("release") if change.before is None else Inverse("rename", {"handle": change.before})
    return Operation(name, account_id, change.revision, before.as_json(), after.as_json(), inverse)
