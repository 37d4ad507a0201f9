"""`directory sample`: a registry of synthetic accounts, or their import rows as NDJSON.

Exit codes: 0, done (also if the sample was loaded before); 2, wrong usage; 3, the registry has other data.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from psycopg import Connection

from directory.imports.report import show_progress
from directory.regions.reference import regions
from directory.registry_opener import RegistryOpener
from directory.sample.loading import SampleRefusedError, load_sample, require_compatible
from directory.sample.places import list_places
from directory.sample.rows import ACCOUNTS_MAX, Row, generate
from directory.sample.series import DAYS_MAX
from directory.sample.stories import add_stories

REFUSED: Final = 3
SEED_MAX: Final = 2**63 - 1

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option("--accounts", type=click.IntRange(1, ACCOUNTS_MAX), required=True, help="Number of accounts."),
    click.option(
        "--seed",
        type=click.IntRange(0, SEED_MAX),
        default=1,
        show_default=True,
        help="The same seed makes the same sample on every machine.",
    ),
    click.option(
        "--days",
        type=click.IntRange(0, DAYS_MAX),
        default=0,
        help="Daily counts of followers of so many days, with bursts of growth [only the latest].",
    ),
    click.option(
        "--output",
        type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
        help="Write the import rows as NDJSON to this file (-: standard output); needs no registry.",
    ),
    click.option("--dry-run", is_flag=True, help="Report what would be loaded, and whether the registry accepts it."),
)


def sample_options(command: Command) -> Command:
    """Decorate a command with the options of a sample, under the names that `run_sample` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@sample_options
@click.pass_obj
def sample(opens: RegistryOpener, /, **options: Any) -> None:  # noqa: ANN401 - click passes them by the names of `run_sample`
    """Generate synthetic accounts in the shape of China's, for demonstrations and benchmarks."""
    run_sample(opens, **options)


def run_sample(
    connected: Callable[[], AbstractContextManager[Connection]],
    *,
    accounts: int,
    seed: int,
    days: int,
    output: Path | None,
    dry_run: bool,
) -> None:
    """Make a sample in the registry that `connected` opens, or in a file; exit with 3 if the registry refuses it."""
    rows = generate(accounts, seed, list_places(regions().values()))
    if days:
        rows = add_stories(rows)
    if output is not None:
        if days:
            raise click.UsageError("--output writes accounts alone: leave out --days")
        if dry_run:
            raise click.UsageError("--output does not write to a registry: leave out --dry-run")
        write_rows(rows, output)
        return
    try:
        with connected() as conn:
            if dry_run:
                require_compatible(conn, accounts, seed, days)
                print_shape(rows)
            else:
                load(conn, rows, accounts, seed, days)
    except SampleRefusedError as refusal:
        click.echo(f"Error: {refusal}", err=True)
        raise click.exceptions.Exit(REFUSED) from refusal


def load(conn: Connection, rows: Iterable[Row], accounts: int, seed: int, days: int = 0) -> None:
    """Load a sample and print the result."""
    with show_progress() as progress:
        done = load_sample(conn, rows, accounts, seed, progress, days=days)
    if done is None:
        click.echo(f"the sample of {accounts:,} accounts with seed {seed} is loaded already; nothing to change")
    else:
        click.echo(
            f"synthetic: {done.created:,} accounts of {done.departments_created:,} departments, "
            f"{done.observations:,} counts of followers, revision {done.revision}; "
            "none is a real account"
        )


def print_shape(rows: Iterable[Row]) -> None:
    """Print how many accounts there would be on each platform."""
    counts = Counter(str(row["platform"]) for row in rows)
    for platform, count in counts.most_common():
        click.echo(f"{platform:16} {count:>10,}")
    click.echo(f"{'total':16} {counts.total():>10,}; nothing was written")


def write_rows(rows: Iterable[Row], output: Path) -> None:
    """Write rows as NDJSON."""
    write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    with click.open_file(output, "w", encoding="utf-8") as file:
        file.writelines(write(row) + "\n" for row in rows)
