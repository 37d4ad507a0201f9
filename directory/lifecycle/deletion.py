"""Delete an account and restore it: the deletions of `directory.deletions`, as operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.database import advisory_locks
from directory.deletions import changes
from directory.deletions.changes import DeletionNote
from directory.deletions.restoration import RESTORABLE
from directory.deletions.restoration import restore as restore_deleted
from directory.lifecycle import queries
from directory.lifecycle.operations import Inverse, Operation, read_state

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.handles.changes import AuditNote


def delete(conn: Connection[Any], account_id: str, note: AuditNote, *, category: str) -> Operation:
    """Delete an account for a reason of a category (CATEGORIES). Raises Refused."""
    with conn.transaction():
        before = read_state(conn, account_id)
        deleted = changes.delete(conn, account_id, DeletionNote(note.actor, category, note.reason))
    inverse = Inverse("restore") if category in RESTORABLE else None
    return Operation("delete", account_id, deleted.revision, before.as_json(), None, inverse)


def restore(conn: Connection[Any], account_id: str, note: AuditNote) -> Operation:
    """Restore a deleted account under its id. Raises Refused."""
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        revision = restore_deleted(conn, account_id, actor=note.actor, reason=note.reason)
        after = queries.select_state(conn, account_id)
    return Operation("restore", account_id, revision, None, after.as_json(), Inverse("delete"))
