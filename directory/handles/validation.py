"""What a change of a handle is judged by: the account it is about, the handle's grammar, who else has or had it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from directory.accounts.handles import Holding, select_holders
from directory.handles.errors import ChangeRefused
from directory.handles.queries import Held, select_held, select_owner, select_successor
from directory.ids import explain_malformed
from directory.platforms.addresses import Address, NotAProfile, handle_key, identify


def require_account(conn: Connection[Any], account_id: str) -> Held:
    """Return the account of an id; raise ChangeRefused for a mistyped or unknown one, or one that went."""
    fault = explain_malformed(account_id)
    if fault is not None:
        raise ChangeRefused("malformed-id", f"{account_id} is no id: {fault.rstrip('.')}", "look at it again")
    account = select_held(conn, account_id)
    if account is not None:
        return account
    successor = select_successor(conn, account_id)
    if successor is None:
        raise ChangeRefused("unknown-account", f"no account has the id {account_id}", "look at it again")
    if successor[0] is None:
        raise ChangeRefused(
            "deleted",
            f"the account {account_id} was deleted",
            f"directory readmit {account_id} lets imports list it again",
        )
    raise ChangeRefused(
        "merged", f"the account {account_id} was merged into {successor[0]}", f"give {successor[0]} in its place"
    )


def read_address(
    platform: str | None, handle: str, user_id: str | None = None, *, lenient: bool = False
) -> tuple[Address, str]:
    """Return the address that a handle or URL names, and the handle's key; raise ChangeRefused if it names none.

    `lenient` takes words of the platform's own addresses, which imports may have taken as handles.
    """
    found = identify(platform, handle, None, user_id, lenient=lenient)
    if isinstance(found, NotAProfile):
        message, _, remedy = found.message.rstrip(".").partition(". ")
        raise ChangeRefused(found.reason.replace("_", "-"), message, remedy or "give the handle alone")
    if found.handle is None:
        raise ChangeRefused(
            "no-handle",
            f"“{handle}” names the user id {found.user_id}, which never changes",
            "give the name that stands in the profile's address",
        )
    return found, handle_key(found.platform, found.handle)


def judge_user_id(conn: Connection[Any], account: Held, address: Address) -> str | None:
    """Return the user id of an account together with what its new address says; raise ChangeRefused if they differ."""
    stated = address.user_id
    if stated is None or stated == account.platform_user_id:
        return account.platform_user_id
    if account.platform_user_id is not None:
        raise ChangeRefused(
            "other-user-id",
            f"the account {account.id} has the user id {account.platform_user_id}, not {stated}",
            "a user id never changes: this is another account, so import it as one",
        )
    owner = select_owner(conn, account.platform, stated)
    if owner is not None:
        raise ChangeRefused(
            "user-id-taken",
            f"the user id {stated} is that of the account {owner}",
            "if both are one account, import a row with this user id and the handle, which merges them",
        )
    return stated


def judge_holding(conn: Connection[Any], account: Held, key: str) -> Holding:
    """Return what is known of a handle that an account is to take up; raise ChangeRefused if another has or had it."""
    (holding,) = select_holders(conn, [(account.platform, key)])
    if holding.account_id not in {None, account.id}:
        raise ChangeRefused(
            "handle-taken",
            f"the account {holding.account_id} holds the handle {holding.handle}",
            f"if it gave it up, record that first: directory handle rename {holding.account_id} or "
            f"directory handle release {holding.account_id}",
        )
    for release in holding.releases:
        if release.holds_off(account.id):
            raise ChangeRefused(
                "quarantined",
                f"the account {release.account_id} released the handle {release.handle} on "
                f"{release.valid_to:%Y-%m-%d}, and it is in quarantine",
                f"if it is rightly that of {account.id}, lift this first: directory handle clear {holding.platform} "
                f"'{release.handle}' --for {account.id} --reason …",
            )
    return holding


def judge_time(at: datetime | None, account: Held, holding: Holding | None = None) -> None:
    """Raise ChangeRefused for a time in the future, or before what it would follow upon."""
    if at is None:
        return
    if at > datetime.now(UTC):
        raise ChangeRefused("in-the-future", f"{at.isoformat()} is in the future", "give the time at which it happened")
    earliest = [each for each in (account.since, account.until) if each is not None]
    if holding is not None:
        earliest += [release.valid_to for release in holding.releases]
    if earliest and at < max(earliest):
        raise ChangeRefused(
            "too-early",
            f"{at.isoformat()} lies before {max(earliest).isoformat()}, the change of hands that this one follows",
            "give a later time, or none for now",
        )
