"""`directory feedback`: read, decide and erase what anybody reported.

Exit codes: 0, done; 1, there is no such report, or it cannot be decided so; 2, wrong usage.
"""

from __future__ import annotations

from typing import Any, Final

import click
from psycopg import Connection

from directory.feedback import private_data, queries
from directory.feedback.decisions import Decision, DecisionError, decide
from directory.feedback.states import KINDS, STATES
from directory.registry_opener import RegistryOpener
from directory.secret_keys import UnreadableError, decrypt, derive_key

_ACTOR: Final = "directory feedback"
_LISTED_MAX: Final = 1_000
_TEXT_MAX: Final = 2_000


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def feedback() -> None:
    """Read, decide and erase what anybody reported."""


@feedback.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only those in this state.")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only those of this kind.")
@click.option("--limit", type=click.IntRange(1, _LISTED_MAX), default=100, show_default=True, help="How many at most.")
@click.pass_obj
def feedback_list(opens: RegistryOpener, /, states: tuple[str, ...], kinds: tuple[str, ...], limit: int) -> None:
    """List reports as JSON, one a line, the latest first."""
    with opens() as conn:
        wanted = queries.FeedbackFilter(kinds=kinds, states=states)
        for document, _at, _id in queries.select_page(conn, wanted, before=None, limit=limit):
            click.echo(document)


@feedback.command("show")
@click.argument("feedback_id", metavar="ID")
@click.pass_obj
def feedback_show(opens: RegistryOpener, /, feedback_id: str) -> None:
    """Print what the reporter sent, with the e-mail address."""
    with opens() as conn:
        stored = _find(conn, feedback_id)
    click.echo(f"{stored.kind}, {stored.state}")
    if stored.erased_at is not None:
        click.echo(f"erased on {stored.erased_at:%Y-%m-%d}")
    for name, value in (("url", stored.url), ("text", stored.text)):
        if value is not None:
            click.echo(f"{name}: {value}")
    if stored.email is not None:
        key = derive_key(opens.settings(), private_data.PURPOSE)
        try:
            click.echo(f"email: {decrypt(key, feedback_id, stored.email)}")
        except UnreadableError as error:
            raise click.ClickException(str(error)) from error


@feedback.command("decide")
@click.argument("feedback_id", metavar="ID")
@click.argument("state", type=click.Choice(STATES[1:]))
@click.option("--reason", help="Why; public.")
@click.option("--summary", help="What it is about, in words fit to be public.")
@click.option("--duplicate-of", metavar="ID", help="The report that it repeats.")
@click.option("--revision", type=click.IntRange(1, 2**53 - 1), help="The revision that it led to.")
@click.pass_obj
def feedback_decide(
    opens: RegistryOpener,
    /,
    feedback_id: str,
    state: str,
    reason: str | None,
    summary: str | None,
    duplicate_of: str | None,
    revision: int | None,
) -> None:
    """Take the report ID to the next STATE: under review, then decided, and back if the decision was wrong."""
    for name, text in (("--reason", reason), ("--summary", summary)):
        if text is not None and not 0 < len(text.strip()) <= _TEXT_MAX:
            raise click.UsageError(f"{name} has to be a text of 1 to {_TEXT_MAX} characters")
    decision = Decision(
        state=state,
        actor=_ACTOR,
        reason=reason,
        summary=summary,
        duplicate_of=duplicate_of,
        revision=revision,
    )
    with opens() as conn, conn.transaction():
        _find(conn, feedback_id)
        try:
            decide(conn, feedback_id, decision)
        except DecisionError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{feedback_id} is {state}")


@feedback.command("erase")
@click.argument("feedback_id", metavar="ID")
@click.pass_obj
def feedback_erase(opens: RegistryOpener, /, feedback_id: str) -> None:
    """Erase what the reporter of ID sent: text, URL and e-mail address."""
    with opens() as conn:
        _find(conn, feedback_id)
        queries.erase_private(conn, feedback_id)
    click.echo(f"what was sent with {feedback_id} is erased")


@feedback.command("prune")
@click.pass_obj
def feedback_prune(opens: RegistryOpener, /) -> None:
    """Erase what reporters sent longer ago than DIRECTORY_FEEDBACK_DAYS; jobs do it daily."""
    with opens() as conn:
        erased = private_data.erase_due(conn, opens.settings())
    click.echo(f"the private data of {erased:,} reports is erased")


def _find(conn: Connection[Any], feedback_id: str) -> queries.StoredFeedback:
    stored = queries.select_stored(conn, feedback_id)
    if stored is None:
        raise click.ClickException(f"no report has the id {feedback_id}: directory feedback list shows them")
    return stored
