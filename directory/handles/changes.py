"""Changes of handles, each in a transaction and a revision of its own.

Imports do not undo them: an import changes a handle only when its source states a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from directory.accounts.queries.handles import select_holders
from directory.database import advisory_locks, revisions
from directory.handles import queries
from directory.handles.errors import ChangeRefused
from directory.handles.validation import (
    parse_address,
    require_account,
    require_available,
    validate_time,
    validate_user_id,
)
from directory.platforms.addresses import Address, canonical_url, public_handle
from directory.search.indexing import index_pending


@dataclass(frozen=True, slots=True)
class AuditNote:
    """Who makes a change, and why; everybody can read both in the history."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandleChange:
    """A change of an account's handle; `revision` is None where nothing had to change."""

    account_id: str
    platform: str
    before: str | None
    after: str | None
    revision: int | None


def rename(
    conn: Connection[Any],
    account_id: str,
    handle: str,
    note: AuditNote,
    *,
    at: datetime | None = None,
    user_id: str | None = None,
) -> HandleChange:
    """Change the handle of an account since `at` (with offset), or since now; `handle` may be a URL.

    `user_id` is the platform's own id, for an account whose id is not known yet. Raises ChangeRefused.
    """
    with conn.transaction():
        # Before the first read: no import can change the account between these checks and the write.
        advisory_locks.lock_writes(conn)
        account = require_account(conn, account_id)
        address, key = parse_address(account.platform, handle, user_id)
        known_id = validate_user_id(conn, account, address)
        holding = require_available(conn, account, key)
        if key == account.handle_key and at is not None:
            raise ChangeRefused("same-handle", f"{account.handle} is its handle already", "leave out the time")
        validate_time(at, account, holding)
        public = public_handle(address)
        change = HandleChange(account.id, account.platform, account.handle, public, None)
        # Caches and ETags go by the revision, so a change of nothing must not begin one.
        if (public, key, known_id) == (account.handle, account.handle_key, account.platform_user_id):
            return change
        url = canonical_url(Address(account.platform, address.handle, known_id))
        return _write_change(conn, change, note, handle_key=key, url=url, user_id=known_id, at=at)


def release(conn: Connection[Any], account_id: str, note: AuditNote, *, at: datetime | None = None) -> HandleChange:
    """Release the handle of an account without a new one, since `at` (with offset), or now. Raises ChangeRefused."""
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        account = require_account(conn, account_id)
        if account.handle is None:
            raise ChangeRefused("no-handle", f"the account {account.id} has no handle", "there is nothing to release")
        # An account is identified by its user id where that is known, otherwise by the key of its handle.
        if account.platform_user_id is None:
            raise ChangeRefused(
                "no-user-id",
                f"the account {account.id} is known by its handle alone and would have no identity left",
                "import a row with its handle and platform_user_id first, or rename it",
            )
        validate_time(at, account)
        change = HandleChange(account.id, account.platform, account.handle, None, None)
        url = canonical_url(Address(account.platform, None, account.platform_user_id))
        return _write_change(conn, change, note, handle_key=None, url=url, user_id=account.platform_user_id, at=at)


def _write_change(
    conn: Connection[Any],
    change: HandleChange,
    note: AuditNote,
    *,
    handle_key: str | None,
    url: str | None,
    user_id: str | None,
    at: datetime | None,
) -> HandleChange:
    revision = revisions.begin_revision(conn, actor=note.actor, reason=note.reason)
    queries.update_handle(conn, change.account_id, handle=change.after, handle_key=handle_key, url=url, user_id=user_id)
    if at is not None:
        queries.update_interval_times(conn, change.account_id, revision, at)
    # Triggers only mark the account as pending: Python splits its names into terms, in the same transaction.
    index_pending(conn)
    return HandleChange(change.account_id, change.platform, change.before, change.after, revision)


def unquarantine(
    conn: Connection[Any], platform: str, handle: str, note: AuditNote, *, for_account: str | None = None
) -> tuple[str, int]:
    """Lift the quarantine of a released handle for one account or for all; return the handle and the revision.

    It covers releases up to now; a later release puts the handle into quarantine again. Raises ChangeRefused.
    """
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        address, key = parse_address(platform, handle, lenient=True)
        (holding,) = select_holders(conn, [(address.platform, key)])
        account = None if for_account is None else require_account(conn, for_account)
        if account is not None and account.platform != address.platform:
            raise ChangeRefused(
                "other-platform",
                f"the account {account.id} is on {account.platform}, the handle on {address.platform}",
                "correct one of the two",
            )
        if not any(each.holds_off(account.id if account else None) for each in holding.releases):
            known = "was never released" if not holding.releases else "is not in quarantine"
            whom = f" for {account.id}" if account and holding.releases else ""
            raise ChangeRefused(
                "not-quarantined",
                f"the handle {address.handle} on {address.platform} {known}{whom}",
                "there is nothing to lift",
            )
        revision = revisions.begin_revision(conn, actor=note.actor, reason=note.reason)
        queries.insert_exemption(conn, address.platform, key, account.id if account else None)
        return holding.releases[0].handle, revision


def transfer(conn: Connection[Any], account_id: str, successor_id: str, note: AuditNote) -> int | None:
    """Record that an account was taken over by another; return the revision, None if that is recorded already.

    Handles do not move: what the old account released stays in quarantine. Raises ChangeRefused.
    """
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        account, successor = require_account(conn, account_id), require_account(conn, successor_id)
        # Readers follow `replaced_by` to the account that is in use, and a circle has none.
        if account.id in queries.select_successors(conn, successor.id):
            raise ChangeRefused(
                "circle", f"{successor.id} is {account.id}, or was taken over by it", "name the one that is in use now"
            )
        if account.replaced_by == successor.id:
            return None
        revision = revisions.begin_revision(conn, actor=note.actor, reason=note.reason)
        queries.update_successor(conn, account.id, successor.id)
        return revision
