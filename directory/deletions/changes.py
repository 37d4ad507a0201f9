"""Deletions, each in a transaction and a revision of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from directory.database import advisory_locks, revisions
from directory.deletions import queries
from directory.deletions.erasure import erase
from directory.deletions.errors import DeletionRefused
from directory.ids import explain_malformed

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.deletions.queries import RecordKind, RecordState


@dataclass(frozen=True, slots=True)
class DeletionNote:
    """Who deletes, the category (queries.CATEGORIES) and the text of the reason; everybody can read them."""

    actor: str
    category: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion in a revision; `snapshots` are the revisions of those that still have the record."""

    kind: RecordKind
    id: str
    revision: int
    snapshots: tuple[int, ...]
    is_erased: bool


def delete(conn: Connection[Any], record_id: str, note: DeletionNote, *, with_erasure: bool = False) -> Deletion:
    """Delete an account, or a department without accounts and children. Raises DeletionRefused.

    `with_erasure` also empties the history of an account, even of one that was deleted before.
    """
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        # Under the lock: an import cannot add an account to the department between the check and the deletion.
        record = require_record(conn, record_id)
        if record.kind == "department":
            _require_deletable(conn, record_id, record, with_erasure=with_erasure)
        elif not record.exists and not with_erasure:
            raise DeletionRefused(
                "deleted-already",
                f"the account {record_id} was deleted already",
                "use --erase to empty its history too",
            )
        revision = revisions.begin_revision(conn, actor=note.actor, reason=note.reason)
        if record.exists:
            # Before the deletion: triggers read the tombstone, and the digests are made from the account's row.
            queries.insert_tombstone(conn, record.kind, record_id, note.category)
            if record.kind == "account":
                queries.insert_suppressions(conn, record_id)
                queries.delete_account(conn, record_id)
            else:
                queries.delete_department(conn, record_id)
        if record.kind == "department":
            return Deletion("department", record_id, revision, (), is_erased=False)
        # Accounts that were merged into this one have versions of their own, under their former ids.
        ids = queries.select_predecessors(conn, record_id)
        snapshots = queries.select_affected_snapshots(conn, record_id, ids)
        if with_erasure:
            erase(conn, ids)
        return Deletion("account", record_id, revision, tuple(snapshots), is_erased=with_erasure)


def readmit(conn: Connection[Any], account_id: str, *, actor: str, reason: str) -> int:
    """Allow imports to list a deleted account again, as a new one; return the revision. Raises DeletionRefused."""
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        record = require_record(conn, account_id)
        if record.exists or not queries.is_suppressed(conn, account_id):
            state = "exists" if record.exists else "may be imported already"
            raise DeletionRefused("not-suppressed", f"the {record.kind} {account_id} {state}", "there is nothing to do")
        revision = revisions.begin_revision(conn, actor=actor, reason=reason)
        queries.delete_suppressions(conn, account_id)
        return revision


def require_record(conn: Connection[Any], record_id: str) -> RecordState:
    """Return the state of a record; raise DeletionRefused for a mistyped or unknown id, or one that was merged."""
    fault = explain_malformed(record_id)
    if fault is not None:
        raise DeletionRefused("malformed-id", f"{record_id} is no id: {fault.rstrip('.')}", "check the spelling")
    record = queries.select_record_state(conn, record_id)
    if record is None:
        raise DeletionRefused("unknown-id", f"no account or department has the id {record_id}", "check the spelling")
    if record.successor_id is not None:
        raise DeletionRefused(
            "merged",
            f"the {record.kind} {record_id} was merged into {record.successor_id}",
            f"use {record.successor_id}",
        )
    return record


def _require_deletable(conn: Connection[Any], department_id: str, record: RecordState, *, with_erasure: bool) -> None:
    if not record.exists:
        raise DeletionRefused(
            "deleted-already", f"the department {department_id} was deleted already", "there is nothing to do"
        )
    if with_erasure:
        raise DeletionRefused("not-erasable", f"{department_id} is a department, not an account", "leave --erase out")
    dependents = queries.count_dependents(conn, department_id)
    if dependents.accounts or dependents.children:
        raise DeletionRefused(
            "not-empty",
            f"{dependents.accounts} accounts and {dependents.children} departments belong to {department_id}",
            f"delete them first, or import rows that name another; /v1/accounts?department={department_id} lists them",
        )
