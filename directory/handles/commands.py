"""`directory handle`: what became of handles, recorded by hand, and their history.

Exit codes: 0, done (also when it was so already); 1, refused, nothing was written; 2, wrong usage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypeVar

import click
from psycopg import Connection

from directory.handles import changes
from directory.handles.changes import Renamed, Why
from directory.handles.errors import ChangeRefused
from directory.handles.rendering import show as print_tables

# Opens the registry; the command line puts it into the context.
Opens: TypeAlias = Callable[[], AbstractContextManager[Connection[Any]]]
Command = TypeVar("Command", bound=Callable[..., Any])


def _time(value: str) -> datetime:
    """Read RFC 3339 or a day; without an offset it is UTC."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError as error:
        message = f"{value} is no time; write it as 2011-11-14T08:30:00+00:00 or 2011-11-14"
        raise click.BadParameter(message) from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


_AT: Final = click.option("--at", type=_time, metavar="TIME", help="When it happened, RFC 3339 [now].")


def _why(command: Command) -> Command:
    """Decorate a command with the options of every change: who makes it, and for what reason."""
    actor = click.option("--actor", default="directory handle", show_default=True, help="Who makes the change.")
    reason = click.option("--reason", required=True, help="Why; everybody can read it in the history.")
    return reason(actor(command))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def handle() -> None:
    """Record what becomes of handles: renamed, released, cleared for others, succeeded.

    A handle that an account has released is in quarantine: the registry vouches for nobody else who holds it until
    the handle is cleared.
    """


@handle.command()
@click.argument("words", metavar="HANDLE|URL|ID")
@click.option("--platform", metavar="SLUG", help="The handle's platform [all].")
@click.pass_obj
def show(opens: Opens, words: str, platform: str | None) -> None:
    """Show who holds and held a handle, or all handles of an account, and what is in quarantine."""
    with opens() as conn, _refusals_said():
        print_tables(conn, words, platform)


@handle.command()
@click.argument("account_id", metavar="ID")
@click.argument("new_handle")
@_why
@_AT
@click.option("--user-id", help="The platform's own id of the account, if the registry does not know it.")
@click.pass_obj
def rename(
    opens: Opens, account_id: str, new_handle: str, actor: str, reason: str, at: datetime | None, user_id: str | None
) -> None:
    """Give the account ID a new handle (or URL); the old one is released."""
    with opens() as conn, _refusals_said():
        _say(changes.rename(conn, account_id, new_handle, Why(actor, reason), at=at, user_id=user_id))


@handle.command()
@click.argument("account_id", metavar="ID")
@_why
@_AT
@click.pass_obj
def release(opens: Opens, account_id: str, actor: str, reason: str, at: datetime | None) -> None:
    """Let the account ID give its handle up without a new one."""
    with opens() as conn, _refusals_said():
        _say(changes.release(conn, account_id, Why(actor, reason), at=at))


@handle.command()
@click.argument("platform")
@click.argument("name", metavar="HANDLE")
@_why
@click.option("--for", "for_account", metavar="ID", help="The account that may have it [everybody].")
@click.pass_obj
def clear(opens: Opens, platform: str, name: str, actor: str, reason: str, for_account: str | None) -> None:
    """Lift the quarantine of a released HANDLE."""
    with opens() as conn, _refusals_said():
        cleared, revision = changes.clear(conn, platform, name, Why(actor, reason), for_account=for_account)
        click.echo(f"{cleared} is cleared for {for_account or 'everybody'}: revision {revision}")


@handle.command()
@click.argument("old_id")
@click.argument("new_id")
@_why
@click.pass_obj
def transfer(opens: Opens, old_id: str, new_id: str, actor: str, reason: str) -> None:
    """Record that the account NEW_ID took over from OLD_ID."""
    with opens() as conn, _refusals_said():
        revision = changes.transfer(conn, old_id, new_id, Why(actor, reason))
        outcome = "nothing to change" if revision is None else f"revision {revision}"
        click.echo(f"{old_id} is replaced by {new_id}: {outcome}")


def _say(renamed: Renamed) -> None:
    before, after = renamed.before or "no handle", renamed.after or "no handle"
    if renamed.revision is None:
        click.echo(f"{renamed.account_id} on {renamed.platform} is {after} already: nothing to change")
    else:
        click.echo(f"{renamed.account_id} on {renamed.platform}: {before} → {after}, revision {renamed.revision}")


@contextmanager
def _refusals_said() -> Iterator[None]:
    try:
        yield
    except ChangeRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
