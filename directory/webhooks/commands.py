"""`directory webhook`: make, list, test and delete webhooks.

Exit codes: 0, done; 1, there is no such webhook, or it cannot be so; 2, wrong usage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

import click
from psycopg import Connection

from directory.database.connections import Database, connect
from directory.refusals import Refused
from directory.registry_opener import RegistryOpener
from directory.webhooks import message_queries, queries, subscriptions
from directory.webhooks.events import EVENTS
from directory.webhooks.queries import Subscription

_ACTOR: Final = "directory webhook"
_LOG_MAX: Final = 1_000


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def webhook() -> None:
    """Send messages about changes, reports and failed proofs by HTTP."""


@webhook.command("create")
@click.argument("url", metavar="URL")
@click.option("--event", "events", type=click.Choice(EVENTS), multiple=True, help="Only messages of this type [all].")
@click.option("--filter", "filter_", default="", help="Only these changes: 'kind=account&region=FR'.")
@click.option("--description", help="What it is for.")
@click.pass_obj
def webhook_create(
    opens: RegistryOpener, /, url: str, events: tuple[str, ...], filter_: str, description: str | None
) -> None:
    """Send messages to URL from now on, and print the secret that verifies them, this once.

    The filter is the query string of the change feed. A host in a private network has to be in
    DIRECTORY_WEBHOOK_PRIVATE_HOSTS.
    """
    config = opens.settings()
    asked = Subscription(url=url, events=sorted({*events}) or EVENTS, filter=filter_, description=description)
    with opens.registry(config) as address:
        with closing(Database(address, statement_timeout_ms=config.statement_timeout_ms)) as database:
            try:
                checked = subscriptions.check_subscription(database, asked, config)
            except subscriptions.UnusableError as error:
                raise click.ClickException(f"{error.member}: {error}") from error
        with connect(address, _ACTOR) as conn, conn.transaction(), _refusals():
            webhook_id, secret = subscriptions.create(conn, checked, config, created_by=_ACTOR)
    click.echo(secret)
    click.echo(f"webhook {webhook_id} sends to {checked.url}. The secret is not shown again.", err=True)


@webhook.command("list")
@click.pass_obj
def webhook_list(opens: RegistryOpener, /) -> None:
    """List webhooks as JSON, one a line, without their secrets."""
    with opens() as conn:
        for document in queries.select_documents(conn):
            click.echo(document)


@webhook.command("log")
@click.argument("webhook_id", metavar="ID")
@click.option("--limit", type=click.IntRange(1, _LOG_MAX), default=50, show_default=True, help="How many at most.")
@click.pass_obj
def webhook_log(opens: RegistryOpener, /, webhook_id: str, limit: int) -> None:
    """List the messages of the webhook ID with all attempts, as JSON, one a line, the latest first."""
    with opens() as conn:
        _require(conn, webhook_id)
        for document, _at, _id in message_queries.select_log(conn, webhook_id, before=None, limit=limit):
            click.echo(document)


@webhook.command("test")
@click.argument("webhook_id", metavar="ID")
@click.pass_obj
def webhook_test(opens: RegistryOpener, /, webhook_id: str) -> None:
    """Send a test message to the webhook ID."""
    with opens() as conn, conn.transaction(), _refusals():
        _require(conn, webhook_id)
        message_id = subscriptions.send_test(conn, webhook_id)
    click.echo(f"{message_id} is sent by `serve` or `directory jobs run`; directory webhook log {webhook_id} shows how")


@webhook.command("rotate")
@click.argument("webhook_id", metavar="ID")
@click.pass_obj
def webhook_rotate(opens: RegistryOpener, /, webhook_id: str) -> None:
    """Print a new secret of the webhook ID, this once; the one before signs as well for a day."""
    with opens() as conn, conn.transaction():
        _require(conn, webhook_id)
        click.echo(subscriptions.rotate(conn, webhook_id, opens.settings()))


@webhook.command("resume")
@click.argument("webhook_id", metavar="ID")
@click.pass_obj
def webhook_resume(opens: RegistryOpener, /, webhook_id: str) -> None:
    """Send to the webhook ID again, which was switched off."""
    with opens() as conn, conn.transaction():
        _require(conn, webhook_id)
        if not queries.enable(conn, webhook_id):
            raise click.ClickException(f"{webhook_id} is active: there is nothing to resume")
    click.echo(f"webhook {webhook_id} is active")


@webhook.command("delete")
@click.argument("webhook_id", metavar="ID")
@click.pass_obj
def webhook_delete(opens: RegistryOpener, /, webhook_id: str) -> None:
    """Delete the webhook ID with what waits for it."""
    with opens() as conn:
        _require(conn, webhook_id)
        queries.delete_webhook(conn, webhook_id)
    click.echo(f"webhook {webhook_id} is deleted")


def _require(conn: Connection[Any], webhook_id: str) -> None:
    if queries.select_webhook(conn, webhook_id) is None:
        raise click.ClickException(f"no webhook has the id {webhook_id}: directory webhook list shows them")


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise ClickException for what the registry refuses."""
    try:
        yield
    except Refused as error:
        raise click.ClickException(str(error)) from error
