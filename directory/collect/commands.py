"""`directory collect`: counts of accounts from public sources.

Exit codes: 0, every source was asked; 1, one or more could not be fetched, and what came is recorded; 2, wrong usage.
"""

from __future__ import annotations

from functools import partial

import click

from directory.collect.run import collect_source
from directory.config import Config
from directory.fetching.user_agent import user_agent
from directory.imports.report import show_progress
from directory.registry_opener import RegistryOpener
from directory.snapshots.terminal import printable
from directory.sync.errors import SettingsError
from directory.sync.run import SyncOptions, connected
from directory.sync.sources import SourceSettings, read_sources


@click.command()
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option("--list", "is_list", is_flag=True, help="List the sources that have counts, and fetch nothing.")
@click.option("--dry-run", is_flag=True, help="Fetch, report what would be recorded, and write nothing.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Read N rows of each source.")
@click.pass_context
def collect(context: click.Context, names: tuple[str, ...], *, is_list: bool, dry_run: bool, limit: int | None) -> None:
    """Fetch followers, posts and more of the accounts that the registry has, and record them as observations.

    The connectors of `directory sync` whose rows have counts are asked, with the same settings; no account is added or
    changed. Bluesky is asked for all accounts of the registry unless the settings name some.
    """
    opener: RegistryOpener = context.obj
    config = opener.settings()
    try:
        sources = _observing(read_sources(config.sync_config))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if is_list:
        for name, source in sources.items():
            click.echo(
                f"{name:12} {source.connector.title} ({source.connector.licence}); {_reason_off(source) or 'on'}"
            )
        return
    folder = config.data_dir / "sync"
    folder.mkdir(parents=True, exist_ok=True)
    is_stopped = False
    with opener.registry(config) as url:
        for source in _choose(sources, names, config):
            with show_progress() as progress:
                options = SyncOptions(
                    folder=folder,
                    user_agent=user_agent(config),
                    limit=limit,
                    dry_run=dry_run,
                    progress=progress,
                    tell=lambda line: click.echo(f"… {printable(line)}", err=True),
                )
                report = collect_source(source, options, partial(connected, url, config.write_wait))
            is_stopped = is_stopped or bool(report.message)
            for line in report.lines():
                click.echo(printable(line), err=bool(report.message))
    context.exit(1 if is_stopped else 0)


def _observing(sources: dict[str, SourceSettings]) -> dict[str, SourceSettings]:
    return {name: source for name, source in sources.items() if source.connector.observes}


def _reason_off(source: SourceSettings) -> str | None:
    """Return why a source is off; an option that names accounts may be missing here."""
    wanted = source.connector.asks_for
    only_accounts = wanted is not None and source.connector.needs == {wanted.option}
    return None if only_accounts and not source.is_usable else source.off


def _choose(sources: dict[str, SourceSettings], names: tuple[str, ...], config: Config) -> list[SourceSettings]:
    """Return the sources to ask; raise click.UsageError for one that is unknown, has no counts, or cannot run."""
    unknown = [name for name in names if name not in sources]
    if unknown:
        raise click.UsageError(f"{unknown[0]} is no source with counts; known are {', '.join(sources)}")
    chosen: list[SourceSettings] = []
    for source in [sources[name] for name in dict.fromkeys(names)] or sources.values():
        reason = _reason_off(source)
        if reason is None and source.connector.needs_contact and config.contact is None:
            reason = "it asks clients to name a contact: set DIRECTORY_CONTACT to an e-mail address or a URL"
        if reason is None or (names and source.is_usable and source.off == reason):
            chosen.append(source)
        elif names:
            raise click.UsageError(f"{source.name} is off: {reason}")
        else:
            click.echo(f"{source.name} is left out: {reason}", err=True)
    return chosen
