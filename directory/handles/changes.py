"""Changes of handles: each a transaction of its own and one revision, or refused with nothing written.

They last: an import changes a handle only on news of it, so no list that is behind takes any of them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from directory.accounts.handles import select_holders
from directory.database import revisions
from directory.handles import queries
from directory.handles.errors import ChangeRefused
from directory.handles.validation import judge_holding, judge_time, judge_user_id, read_address, require_account
from directory.platforms.addresses import Address, canonical_url, public_handle
from directory.search.indexing import index_pending


@dataclass(frozen=True, slots=True)
class Why:
    """Who makes a change, and for what reason."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """What became of an account's handle; `revision` is None if it was so already."""

    account_id: str
    platform: str
    before: str | None
    after: str | None
    revision: int | None


def rename(
    conn: Connection[Any],
    account_id: str,
    handle: str,
    why: Why,
    *,
    at: datetime | None = None,
    user_id: str | None = None,
) -> Renamed:
    """Give an account another handle, which may be written as a URL, since `at` (with offset), or now.

    `user_id` states the platform's own id, where the registry does not know it. Raises ChangeRefused.
    """
    with conn.transaction():
        revisions.lock_writes(conn)
        account = require_account(conn, account_id)
        address, key = read_address(account.platform, handle, user_id)
        known_id = judge_user_id(conn, account, address)
        holding = judge_holding(conn, account, key)
        if key == account.handle_key and at is not None:
            raise ChangeRefused("same-handle", f"{account.handle} is its handle already", "leave out the time")
        judge_time(at, account, holding)
        shown = public_handle(address)
        renamed = Renamed(account.id, account.platform, account.handle, shown, None)
        if (shown, key, known_id) == (account.handle, account.handle_key, account.platform_user_id):
            return renamed
        url = canonical_url(Address(account.platform, address.handle, known_id))
        return _write(conn, renamed, why, handle_key=key, url=url, user_id=known_id, at=at)


def release(conn: Connection[Any], account_id: str, why: Why, *, at: datetime | None = None) -> Renamed:
    """Let an account give its handle up without a new one, since `at` (with offset), or now. Raises ChangeRefused."""
    with conn.transaction():
        revisions.lock_writes(conn)
        account = require_account(conn, account_id)
        if account.handle is None:
            raise ChangeRefused("no-handle", f"the account {account.id} has no handle", "there is nothing to release")
        if account.platform_user_id is None:
            raise ChangeRefused(
                "no-user-id",
                f"the account {account.id} is known by its handle alone and would have no identity left",
                "import a row with its handle and platform_user_id first, or rename it",
            )
        judge_time(at, account)
        renamed = Renamed(account.id, account.platform, account.handle, None, None)
        url = canonical_url(Address(account.platform, None, account.platform_user_id))
        return _write(conn, renamed, why, handle_key=None, url=url, user_id=account.platform_user_id, at=at)


def _write(
    conn: Connection[Any],
    renamed: Renamed,
    why: Why,
    *,
    handle_key: str | None,
    url: str | None,
    user_id: str | None,
    at: datetime | None,
) -> Renamed:
    revision = revisions.begin_revision(conn, actor=why.actor, reason=why.reason)
    queries.update_address(
        conn, renamed.account_id, handle=renamed.after, handle_key=handle_key, url=url, user_id=user_id
    )
    if at is not None:
        queries.update_interval_ends(conn, renamed.account_id, revision, at)
    index_pending(conn)
    return Renamed(renamed.account_id, renamed.platform, renamed.before, renamed.after, revision)


def clear(
    conn: Connection[Any], platform: str, handle: str, why: Why, *, for_account: str | None = None
) -> tuple[str, int]:
    """Lift the quarantine of a released handle, for one account or for all; give the handle and the revision.

    What was released up to now holds nobody off then; a later release does again. Raises ChangeRefused.
    """
    with conn.transaction():
        revisions.lock_writes(conn)
        address, key = read_address(platform, handle, lenient=True)
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
                "nothing is to do",
            )
        revision = revisions.begin_revision(conn, actor=why.actor, reason=why.reason)
        queries.insert_clearance(conn, address.platform, key, account.id if account else None)
        return holding.releases[0].handle, revision


def transfer(conn: Connection[Any], account_id: str, successor_id: str, why: Why) -> int | None:
    """Write that an account was taken over by another; give the revision, None if it is so already.

    Handles stay where they are: what the old account released stays in quarantine. Raises ChangeRefused.
    """
    with conn.transaction():
        revisions.lock_writes(conn)
        account, successor = require_account(conn, account_id), require_account(conn, successor_id)
        if account.id in queries.select_successors(conn, successor.id):
            raise ChangeRefused(
                "circle", f"{successor.id} is {account.id}, or was taken over by it", "name the one that is in use now"
            )
        if account.replaced_by == successor.id:
            return None
        revision = revisions.begin_revision(conn, actor=why.actor, reason=why.reason)
        queries.update_successor(conn, account.id, successor.id)
        return revision
