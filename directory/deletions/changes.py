"""Deletions: each a transaction of its own and one revision, or refused with nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from directory.database import revisions
from directory.deletions import queries
from directory.deletions.erasure import erase
from directory.deletions.errors import DeletionRefused
from directory.ids import explain_malformed

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.deletions.queries import Found, Kind


@dataclass(frozen=True, slots=True)
class Why:
    """Who deletes, what kind of reason it is (queries.CATEGORIES), and the reason itself, which everybody can read."""

    actor: str
    category: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted in which revision; `snapshots` are those that still have it."""

    kind: Kind
    id: str
    revision: int
    snapshots: tuple[int, ...]
    is_erased: bool


def delete(conn: Connection[Any], record_id: str, why: Why, *, erasing: bool = False) -> Deleted:
    """Delete an account, or a department on which nothing hangs. Raises DeletionRefused.

    `erasing` empties what is kept of an account, also of one that was deleted before.
    """
    with conn.transaction():
        revisions.lock_writes(conn)
        found = _require(conn, record_id)
        if found.kind == "department":
            _judge_department(conn, record_id, found, erasing=erasing)
        elif not found.is_there and not erasing:
            raise DeletionRefused(
                "deleted-already",
                f"the account {record_id} was deleted already",
                "give --erase to take out what its history still says",
            )
        revision = revisions.begin_revision(conn, actor=why.actor, reason=why.reason)
        if found.is_there:
            _delete(conn, record_id, found.kind, why.category)
        if found.kind == "department":
            return Deleted("department", record_id, revision, (), is_erased=False)
        ids = queries.select_predecessors(conn, record_id)
        snapshots = queries.select_snapshots_with(conn, record_id, ids)
        if erasing:
            erase(conn, ids)
        return Deleted("account", record_id, revision, tuple(snapshots), is_erased=erasing)


def readmit(conn: Connection[Any], account_id: str, *, actor: str, reason: str) -> int:
    """Let imports list a deleted account again, as a new one; return the revision. Raises DeletionRefused."""
    with conn.transaction():
        revisions.lock_writes(conn)
        found = _require(conn, account_id)
        if found.is_there or not queries.select_suppressed(conn, account_id):
            state = "is there" if found.is_there else "may be imported already"
            raise DeletionRefused("not-suppressed", f"the {found.kind} {account_id} {state}", "nothing is to do")
        revision = revisions.begin_revision(conn, actor=actor, reason=reason)
        queries.delete_suppressions(conn, account_id)
        return revision


def _delete(conn: Connection[Any], record_id: str, kind: Kind, category: str) -> None:
    queries.insert_tombstone(conn, kind, record_id, category)
    if kind == "account":
        queries.insert_suppressions(conn, record_id)
        queries.delete_account(conn, record_id)
    else:
        queries.delete_department(conn, record_id)


def _require(conn: Connection[Any], record_id: str) -> Found:
    """Return what is known of an id; raise DeletionRefused for a mistyped or unknown one, or one that was merged."""
    fault = explain_malformed(record_id)
    if fault is not None:
        raise DeletionRefused("malformed-id", f"{record_id} is no id: {fault.rstrip('.')}", "look at it again")
    found = queries.select_found(conn, record_id)
    if found is None:
        raise DeletionRefused("unknown-id", f"no account or department has the id {record_id}", "look at it again")
    if found.successor_id is not None:
        raise DeletionRefused(
            "merged",
            f"the {found.kind} {record_id} was merged into {found.successor_id}",
            f"give {found.successor_id} in its place",
        )
    return found


def _judge_department(conn: Connection[Any], department_id: str, found: Found, *, erasing: bool) -> None:
    if not found.is_there:
        raise DeletionRefused(
            "deleted-already", f"the department {department_id} was deleted already", "nothing is to do"
        )
    if erasing:
        raise DeletionRefused(
            "not-erasable", f"{department_id} is a department, which is no person", "leave --erase out"
        )
    hanging = queries.select_hanging(conn, department_id)
    if hanging.accounts or hanging.children:
        raise DeletionRefused(
            "not-empty",
            f"{hanging.accounts} accounts and {hanging.children} departments belong to the department {department_id}",
            f"delete them first, or import rows that name another; /v1/accounts?department={department_id} lists them",
        )
