"""Checks of a change of a handle: the account, the handle's syntax, the accounts that have or had it, the time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from directory.accounts.queries.handles import Holding, select_holders
from directory.handles.errors import ChangeRefused
from directory.handles.queries import AccountHandle, select_account_by_user_id, select_account_handle, select_successor
from directory.ids import explain_malformed
from directory.platforms.addresses import Address, NotAProfile, handle_key, identify


def require_account(conn: Connection[Any], account_id: str) -> AccountHandle:
    """Return the account of an id; raise ChangeRefused for a mistyped, unknown, merged or deleted one."""
    # An id has a check character, so a typing error is reported as one and not as an unknown account.
    fault = explain_malformed(account_id)
    if fault is not None:
        raise ChangeRefused("malformed-id", f"{account_id} is no id: {fault.rstrip('.')}", "check the spelling")
    account = select_account_handle(conn, account_id)
    if account is not None:
        return account
    successor = select_successor(conn, account_id)
    if successor is None:
        raise ChangeRefused("unknown-account", f"no account has the id {account_id}", "check the spelling")
    if successor[0] is None:
        raise ChangeRefused(
            "deleted",
            f"the account {account_id} was deleted",
            f"directory readmit {account_id} lets imports list it again",
        )
    raise ChangeRefused("merged", f"the account {account_id} was merged into {successor[0]}", f"use {successor[0]}")


def parse_address(
    platform: str | None, handle: str, user_id: str | None = None, *, lenient: bool = False
) -> tuple[Address, str]:
    """Return the address that a handle or URL names, and the handle's key; raise ChangeRefused if it names none.

    `lenient` accepts words of the platform's own URLs, since imports may have stored them as handles.
    """
    address = identify(platform, handle, None, user_id, lenient=lenient)
    if isinstance(address, NotAProfile):
        message, _, remedy = address.message.rstrip(".").partition(". ")
        raise ChangeRefused(address.reason.replace("_", "-"), message, remedy or "give the handle alone")
    if address.handle is None:
        raise ChangeRefused(
            "no-handle",
            f"“{handle}” names the user id {address.user_id}, which never changes",
            "give the name in the profile's URL",
        )
    return address, handle_key(address.platform, address.handle)


def validate_user_id(conn: Connection[Any], account: AccountHandle, address: Address) -> str | None:
    """Return the user id that the account or its new address states; raise ChangeRefused if they differ."""
    stated = address.user_id
    if stated is None or stated == account.platform_user_id:
        return account.platform_user_id
    if account.platform_user_id is not None:
        raise ChangeRefused(
            "other-user-id",
            f"the account {account.id} has the user id {account.platform_user_id}, not {stated}",
            "a user id never changes: this is another account, so import it as one",
        )
    owner = select_account_by_user_id(conn, account.platform, stated)
    if owner is not None:
        raise ChangeRefused(
            "user-id-taken",
            f"the user id {stated} is that of the account {owner}",
            "if both are one account, import a row with this user id and the handle, which merges them",
        )
    return stated


def require_available(conn: Connection[Any], account: AccountHandle, key: str) -> Holding:
    """Return the holding of a handle; raise ChangeRefused if another account has it, or it is in quarantine."""
    (holding,) = select_holders(conn, [(account.platform, key)])
    if holding.account_id not in {None, account.id}:
        raise ChangeRefused(
            "handle-taken",
            f"the account {holding.account_id} holds the handle {holding.handle}",
            f"if it released the handle, record that first: directory handle rename {holding.account_id} or "
            f"directory handle release {holding.account_id}",
        )
    for release in holding.releases:
        if release.holds_off(account.id):
            raise ChangeRefused(
                "quarantined",
                f"the account {release.account_id} released the handle {release.handle} on "
                f"{release.valid_to:%Y-%m-%d}, and it is in quarantine",
                f"if it is rightly that of {account.id}, first directory handle unquarantine {holding.platform} "
                f"'{release.handle}' --for {account.id} --reason …",
            )
    return holding


def validate_time(at: datetime | None, account: AccountHandle, holding: Holding | None = None) -> None:
    """Raise ChangeRefused for a time in the future, or before the change that it would follow."""
    if at is None:
        return
    if at > datetime.now(UTC):
        raise ChangeRefused("in-the-future", f"{at.isoformat()} is in the future", "give the time at which it happened")
    earliest = [each for each in (account.since, account.until) if each is not None]
    # Nor can the account have taken up the handle before the last holder released it.
    if holding is not None:
        earliest += [release.valid_to for release in holding.releases]
    if earliest and at < max(earliest):
        raise ChangeRefused(
            "too-early",
            f"{at.isoformat()} lies before {max(earliest).isoformat()}, the change that this one follows",
            "give a later time, or none for now",
        )
