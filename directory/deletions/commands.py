"""`directory delete` and `directory readmit`: delete records, and allow imports to list them again.

Exit codes: 0, done; 1, refused, nothing was written; 2, wrong usage.
"""

from __future__ import annotations

import click

from directory.command_options import refusals_as_errors
from directory.deletions import changes
from directory.deletions.changes import Deletion, DeletionNote
from directory.deletions.queries import CATEGORIES
from directory.registry_opener import RegistryOpener


@click.command()
@click.argument("record_id", metavar="ID")
@click.option("--reason", required=True, help="Why; everybody can read it, so name nobody in it.")
@click.option(
    "--category",
    type=click.Choice(CATEGORIES),
    default="other",
    show_default=True,
    help="The category of the reason: the person concerned requested it, the account was not official, it was entered "
    "by mistake, a court or an authority ordered it.",
)
@click.option("--erase", is_flag=True, help="Also erase from its history what identifies the account.")
@click.option("--actor", default="directory delete", show_default=True, help="Who makes the change.")
@click.pass_obj
def delete(opens: RegistryOpener, record_id: str, reason: str, category: str, actor: str, *, erase: bool) -> None:
    """Delete the account ID, or a department without accounts and departments below it.

    The id returns 410 from then on, and imports skip rows about the account. Its earlier versions stay readable in its
    history, in the changes and by `as_of`, unless --erase empties them. --erase also works after a deletion.
    """
    with opens() as conn, refusals_as_errors():
        _print_deletion(changes.delete(conn, record_id, DeletionNote(actor, category, reason), with_erasure=erase))


@click.command()
@click.argument("account_id", metavar="ID")
@click.option("--reason", required=True, help="Why; everybody can read it.")
@click.option("--actor", default="directory readmit", show_default=True, help="Who makes the change.")
@click.pass_obj
def readmit(opens: RegistryOpener, account_id: str, reason: str, actor: str) -> None:
    """Allow imports to list the deleted account ID again, under a new id."""
    with opens() as conn, refusals_as_errors():
        revision = changes.readmit(conn, account_id, actor=actor, reason=reason)
        click.echo(f"imports may list the account {account_id} again, under a new id: revision {revision}")


def _print_deletion(deleted: Deletion) -> None:
    done = "erased" if deleted.is_erased else "deleted"
    click.echo(f"the {deleted.kind} {deleted.id} is {done}: revision {deleted.revision}")
    if deleted.kind == "department":
        return
    if not deleted.is_erased:
        click.echo(
            "Its earlier versions stay readable in its history, in the changes and by as_of; to empty them: "
            f"directory delete {deleted.id} --erase --reason …"
        )
    if deleted.snapshots:
        click.echo(
            f"Snapshots that have it stay as they are; to drop them: directory snapshot drop "
            f"{' '.join(map(str, deleted.snapshots))}"
        )
