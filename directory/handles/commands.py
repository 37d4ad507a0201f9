"""`directory handle`: shows the history of handles, and records changes of them.

Exit codes: 0, done (also where nothing had to change); 1, refused, nothing was written; 2, wrong usage.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click

from directory.command_options import AT, audit_options, refusals_as_errors
from directory.handles import changes
from directory.handles.changes import AuditNote, HandleChange
from directory.handles.rendering import print_holdings as print_tables
from directory.registry_opener import RegistryOpener

_AUDIT: Final = audit_options("directory handle")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def handle() -> None:
    """Show and change handles: rename, release, unquarantine, transfer.

    A handle that an account has released is in quarantine: the registry vouches for no other account that has it
    until the quarantine is lifted.
    """


@handle.command()
@click.argument("words", metavar="HANDLE|URL|ID")
@click.option("--platform", metavar="SLUG", help="The handle's platform [all].")
@click.pass_obj
def show(opens: RegistryOpener, words: str, platform: str | None) -> None:
    """Show the accounts that have or had a handle, or all handles of an account, and what is in quarantine."""
    with opens() as conn, refusals_as_errors():
        print_tables(conn, words, platform)


@handle.command()
@click.argument("account_id", metavar="ID")
@click.argument("new_handle")
@_AUDIT
@AT
@click.option("--user-id", help="The platform's own id of the account, if the registry does not know it.")
@click.pass_obj
def rename(
    opens: RegistryOpener,
    account_id: str,
    new_handle: str,
    actor: str,
    reason: str,
    at: datetime | None,
    user_id: str | None,
) -> None:
    """Change the handle of the account ID to another one (or a URL); the old one is released."""
    with opens() as conn, refusals_as_errors():
        _print_change(changes.rename(conn, account_id, new_handle, AuditNote(actor, reason), at=at, user_id=user_id))


@handle.command()
@click.argument("account_id", metavar="ID")
@_AUDIT
@AT
@click.pass_obj
def release(opens: RegistryOpener, account_id: str, actor: str, reason: str, at: datetime | None) -> None:
    """Release the handle of the account ID without a new one."""
    with opens() as conn, refusals_as_errors():
        _print_change(changes.release(conn, account_id, AuditNote(actor, reason), at=at))


@handle.command()
@click.argument("platform")
@click.argument("name", metavar="HANDLE")
@_AUDIT
@click.option("--for", "for_account", metavar="ID", help="The account that may have it [all accounts].")
@click.pass_obj
def unquarantine(
    opens: RegistryOpener, platform: str, name: str, actor: str, reason: str, for_account: str | None
) -> None:
    """Lift the quarantine of a released HANDLE."""
    with opens() as conn, refusals_as_errors():
        released, revision = changes.unquarantine(
            conn, platform, name, AuditNote(actor, reason), for_account=for_account
        )
        click.echo(f"the quarantine of {released} is lifted for {for_account or 'all accounts'}: revision {revision}")


@handle.command()
@click.argument("old_id")
@click.argument("new_id")
@_AUDIT
@click.pass_obj
def transfer(opens: RegistryOpener, old_id: str, new_id: str, actor: str, reason: str) -> None:
    """Record that the account NEW_ID took over from OLD_ID."""
    with opens() as conn, refusals_as_errors():
        revision = changes.transfer(conn, old_id, new_id, AuditNote(actor, reason))
        outcome = "nothing to change" if revision is None else f"revision {revision}"
        click.echo(f"{old_id} is replaced by {new_id}: {outcome}")


def _print_change(change: HandleChange) -> None:
    before, after = change.before or "no handle", change.after or "no handle"
    if change.revision is None:
        click.echo(f"{change.account_id} on {change.platform} is {after} already: nothing to change")
    else:
        click.echo(f"{change.account_id} on {change.platform}: {before} → {after}, revision {change.revision}")
