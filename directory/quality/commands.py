"""`directory dormancy`: the status of accounts by their last posts.

Exit codes: 0, done; 2, wrong usage.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from directory.quality.dormancy_rule import apply_rule
from directory.quality.parameters import MAX_DAYS
from directory.registry_opener import RegistryOpener


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    metavar="N",
    help="After how many days without a post an account is dormant; without it DIRECTORY_DORMANT_DAYS.",
)
@click.option("--dry-run", is_flag=True, help="Count the changes, and write nothing.")
@click.pass_obj
def dormancy(opens: RegistryOpener, *, days: int | None, dry_run: bool) -> None:
    """Set accounts to dormant or active by their last known posts.

    An account is dormant if an observation shows that its last post was more than so many days old. All changes are one
    revision; where nothing changes there is none. Accounts of which neither is known, and those that are closed or
    suspended, are what their sources say. Run it once a day: silence is no news that anything else would act upon.
    """
    threshold = days or opens.settings().dormant_days
    with opens() as conn:
        changes = apply_rule(conn, day=datetime.now(UTC).date(), days=threshold, dry_run=dry_run)
    for change in changes:
        click.echo(f"{change.before} → {change.after}: {change.accounts:,}")
    total = sum(change.accounts for change in changes)
    click.echo(f"{total:,} accounts {'would change' if dry_run else 'changed'}, by a threshold of {threshold} days")
