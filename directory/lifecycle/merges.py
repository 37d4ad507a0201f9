"""Merge accounts that are one, and take a merge apart again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.database import advisory_locks, revisions
from directory.deletions.queries import insert_restored_account, restore_tombstone, select_record_state
from directory.deletions.restoration import read_version, resolve_identity
from directory.handles.validation import require_account
from directory.imports.merging import merge_accounts, recompose_accounts
from directory.lifecycle import merge_queries, queries
from directory.lifecycle.errors import OperationRefused
from directory.lifecycle.operations import Inverse, Operation, read_state
from directory.search.indexing import index_pending

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.handles.changes import AuditNote
    from directory.lifecycle.merge_queries import Merge


def merge(conn: Connection[Any], account_id: str, survivor_id: str, note: AuditNote) -> Operation:
    """Merge an account into another one of its platform: the id of the first leads to the second. Raises Refused.

    Statements, observations, handles and decisions go to the survivor, whose handle stays.
    """
    with conn.transaction():
        before = read_state(conn, account_id)
        _require_mergeable(conn, account_id, survivor_id)
        statements, moved = merge_queries.select_moved(conn, account_id, survivor_id)
        revision = merge_accounts(conn, account_id, survivor_id, actor=note.actor, reason=note.reason)
        merge_queries.insert_merge(conn, account_id, survivor_id, statements, moved)
    return Operation("merge", account_id, revision, before.as_json(), None, Inverse("unmerge"))


def unmerge(conn: Connection[Any], account_id: str, note: AuditNote) -> Operation:
    """Take a merge apart: the account has its id again, and what was its own. Raises Refused."""
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        merged = _require_merge(conn, account_id)
        values = read_version(account_id, merged.record)
        resolve_identity(conn, values)
        revision = revisions.begin_revision(conn, actor=note.actor, reason=note.reason)
        restore_tombstone(conn, account_id)
        insert_restored_account(conn, values)
        merge_queries.move_back(conn, merged)
        recompose_accounts(conn, [account_id, merged.survivor_id])
        index_pending(conn)
        after = queries.select_state(conn, account_id)
    inverse = Inverse("merge", {"into": merged.survivor_id})
    return Operation("unmerge", account_id, revision, None, after.as_json(), inverse)


def _require_mergeable(conn: Connection[Any], account_id: str, survivor_id: str) -> None:
    """Raise Refused for two accounts that cannot be one."""
    account, survivor = require_account(conn, account_id), require_account(conn, survivor_id)
    if account.id == survivor.id:
        raise OperationRefused("itself", f"{account_id} is one account", "name two accounts")
    if account.platform != survivor.platform:
        raise OperationRefused(
            "other-platform",
            f"{account_id} is on {account.platform}, {survivor_id} on {survivor.platform}",
            "accounts of one body on two platforms are two accounts",
        )
    if account.platform_user_id is None:
        return
    if survivor.platform_user_id is not None:
        raise OperationRefused(
            "other-user-id",
            f"{account_id} and {survivor_id} have different user ids, so they are two accounts",
            f"if one took over from the other: directory account transfer {account_id} --successor {survivor_id}",
        )
    raise OperationRefused(
        "has-user-id",
        f"the user id of {account_id} is known, that of {survivor_id} is not",
        f"merge {survivor_id} into {account_id}",
    )


def _require_merge(conn: Connection[Any], account_id: str) -> Merge:
    """Return the merge of an account; raise OperationRefused where there is none that can be taken apart."""
    found = merge_queries.select_merge(conn, account_id)
    if found is not None:
        return found
    record = select_record_state(conn, account_id)
    if record is None or record.kind != "account":
        raise OperationRefused("unknown-account", f"no account has the id {account_id}", "check the spelling")
    if record.successor_id is None:
        raise OperationRefused("not-merged", f"{account_id} was not merged", "there is nothing to take apart")
    raise OperationRefused(
        "not-separable",
        f"{account_id} went into {record.successor_id} by an import, or together with an account that was merged since",
        "take the later merge apart first; accounts that share a user id are one",
    )
