"""`directory account`: operations on the life of an account, each of which another one takes back.

Exit codes: 0, done (also where nothing had to change); 1, refused, nothing was written; 2, wrong usage.
"""

from __future__ import annotations

import shlex
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import click

from directory.command_options import AT, audit_options, refusals_as_errors
from directory.deletions.queries import CATEGORIES
from directory.handles.changes import AuditNote
from directory.lifecycle import deletion, handles, merges, statuses, transfers

if TYPE_CHECKING:
    from directory.lifecycle.operations import Operation
    from directory.registry_opener import RegistryOpener

_AUDIT: Final = audit_options("directory account")
_DONE: Final = {"delete": "deleted", "restore": "restored", "merge": "merged", "unmerge": "an account again"}
_ID: Final = click.argument("account_id", metavar="ID")


def _parse_day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    """Return a day; None for one that is not known."""
    if value is None or value == "unknown":
        return None if value else statuses.today()
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        message = f"{value} is no day; write it as 2020-05-01, or unknown"
        raise click.BadParameter(message) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def account() -> None:
    """Rename, transfer, suspend, resume, close, reopen, delete, restore and merge accounts.

    What an operation decides ranks above all sources: no import takes it back, only the opposite operation does.
    """


@account.command()
@_ID
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
    """Change the handle of the account ID to another one (or a URL); the old one is in quarantine."""
    with opens() as conn, refusals_as_errors():
        note = AuditNote(actor, reason)
        _print_operation(handles.rename(conn, account_id, new_handle, note, at=at, user_id=user_id))


@account.command()
@_ID
@_AUDIT
@AT
@click.pass_obj
def release(opens: RegistryOpener, account_id: str, actor: str, reason: str, at: datetime | None) -> None:
    """Release the handle of the account ID without a new one."""
    with opens() as conn, refusals_as_errors():
        _print_operation(handles.rename(conn, account_id, None, AuditNote(actor, reason), at=at))


@account.command()
@_ID
@click.option("--department", metavar="ID", help="The department that runs the account now.")
@click.option("--successor", metavar="ID", help="The account that took over from this one.")
@click.option(
    "--back",
    type=click.Choice(["department", "successor"]),
    help="Take the last transfer to a department back, or that to an account.",
)
@_AUDIT
@click.pass_obj
def transfer(
    opens: RegistryOpener,
    account_id: str,
    department: str | None,
    successor: str | None,
    back: str | None,
    actor: str,
    reason: str,
) -> None:
    """Record that another department runs the account ID, or that another account took over from it."""
    if sum(each is not None for each in (department, successor, back)) != 1:
        message = "give one of --department, --successor and --back"
        raise click.UsageError(message)
    note = AuditNote(actor, reason)
    with opens() as conn, refusals_as_errors():
        if successor is not None or back == "successor":
            done = transfers.transfer_to_account(conn, account_id, successor, note)
        else:
            done = transfers.transfer_to_department(conn, account_id, department, note)
        _print_operation(done)


@account.command()
@_ID
@_AUDIT
@click.pass_obj
def suspend(opens: RegistryOpener, account_id: str, actor: str, reason: str) -> None:
    """Record that the account ID is suspended."""
    with opens() as conn, refusals_as_errors():
        _print_operation(statuses.suspend(conn, account_id, AuditNote(actor, reason)))


@account.command()
@_ID
@_AUDIT
@click.pass_obj
def resume(opens: RegistryOpener, account_id: str, actor: str, reason: str) -> None:
    """Record that the suspended account ID runs again."""
    with opens() as conn, refusals_as_errors():
        _print_operation(statuses.resume(conn, account_id, AuditNote(actor, reason)))


@account.command()
@_ID
@click.option("--on", callback=_parse_day, metavar="DAY", help="When it was closed, or `unknown` [today].")
@_AUDIT
@click.pass_obj
def close(opens: RegistryOpener, account_id: str, on: date | None, actor: str, reason: str) -> None:
    """Record that the account ID was closed."""
    with opens() as conn, refusals_as_errors():
        _print_operation(statuses.close(conn, account_id, AuditNote(actor, reason), on=on))


@account.command()
@_ID
@_AUDIT
@click.pass_obj
def reopen(opens: RegistryOpener, account_id: str, actor: str, reason: str) -> None:
    """Record that the closed account ID is not closed; it has the status that it had before."""
    with opens() as conn, refusals_as_errors():
        _print_operation(statuses.reopen(conn, account_id, AuditNote(actor, reason)))


@account.command()
@_ID
@click.option("--category", type=click.Choice(CATEGORIES), default="other", show_default=True, help="Of the reason.")
@_AUDIT
@click.pass_obj
def delete(opens: RegistryOpener, account_id: str, category: str, actor: str, reason: str) -> None:
    """Delete the account ID, as `directory delete` does, which can also erase it."""
    with opens() as conn, refusals_as_errors():
        _print_operation(deletion.delete(conn, account_id, AuditNote(actor, reason), category=category))


@account.command()
@_ID
@_AUDIT
@click.pass_obj
def restore(opens: RegistryOpener, account_id: str, actor: str, reason: str) -> None:
    """Restore the deleted account ID as its last version shows it, without its observations.

    Not after an erasure, nor if the person concerned, a court or an authority had it deleted.
    """
    with opens() as conn, refusals_as_errors():
        _print_operation(deletion.restore(conn, account_id, AuditNote(actor, reason)))


@account.command()
@_ID
@click.argument("survivor_id", metavar="INTO")
@_AUDIT
@click.pass_obj
def merge(opens: RegistryOpener, account_id: str, survivor_id: str, actor: str, reason: str) -> None:
    """Merge the account ID into the account INTO, which is the same one; the id leads there."""
    with opens() as conn, refusals_as_errors():
        _print_operation(merges.merge(conn, account_id, survivor_id, AuditNote(actor, reason)))


@account.command()
@_ID
@_AUDIT
@click.pass_obj
def unmerge(opens: RegistryOpener, account_id: str, actor: str, reason: str) -> None:
    """Take the merge of the account ID apart: it has its id again, and what was its own."""
    with opens() as conn, refusals_as_errors():
        _print_operation(merges.unmerge(conn, account_id, AuditNote(actor, reason)))


def _print_operation(done: Operation) -> None:
    if done.revision is None:
        click.echo(f"{done.account_id}: nothing to change")
        return
    before, after = done.before or {}, done.after or {}
    changed = [
        f"{key} {before[key] or 'none'} → {value or 'none'}"
        for key, value in after.items()
        if before and value != before[key]
    ]
    if not changed:
        changed = [_DONE[done.operation]]
    click.echo(f"{done.account_id}: {', '.join(changed)}; revision {done.revision}")
    if done.inverse is not None:
        click.echo(f"To take it back: {_command(done)}")


def _command(done: Operation) -> str:
    """Return the command that takes an operation back."""
    words = ["directory", "account", done.inverse.operation, done.account_id] if done.inverse else []
    for name, value in (done.inverse.arguments if done.inverse else {}).items():
        if name in {"handle", "into"}:
            words.append(value or "")
        elif name == "on":
            words += ["--on", value or "unknown"]
        else:
            words += ["--back", name] if value is None else [f"--{name}", value]
    return f"{shlex.join(words)} --reason …"
