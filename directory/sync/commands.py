"""`directory sync`: public sources into the registry.

Exit codes: 0, every source is in the registry; 1, one or more could not be fetched or used, and the others are in the
registry; 2, wrong usage; 5, a source lists much less than before, and `--accept` takes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from directory.config import Config
from directory.fetching.user_agent import user_agent
from directory.imports.report import show_progress
from directory.registry_opener import RegistryOpener
from directory.snapshots.terminal import printable
from directory.sync.connector import Connector
from directory.sync.errors import SettingsError
from directory.sync.report import SourceReport
from directory.sync.run import SyncOptions, connected, sync_source
from directory.sync.runs import SourceFolder
from directory.sync.sources import SourceSettings, read_sources

SHRUNK: Final = 5


@click.command()
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option("--list", "is_list", is_flag=True, help="List the sources, and fetch nothing.")
@click.option("--dry-run", is_flag=True, help="Fetch, report what would change, and write nothing to the registry.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Ask for what has changed since this day, where a source can be asked for that; nothing is withdrawn.",
)
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Import N rows of each source; nothing is withdrawn."
)
@click.option("--accept", is_flag=True, help="Import a list that is much shorter than the last one, too.")
@click.option(
    "--report", "report_path", type=click.Path(dir_okay=False, writable=True, path_type=Path), metavar="FILE",
    help="Write the reports as JSON, too.",
)  # fmt: skip
@click.pass_context
def sync(  # noqa: PLR0913 - the options of the command line
    context: click.Context,
    names: tuple[str, ...],
    *,
    is_list: bool,
    dry_run: bool,
    since: datetime | None,
    limit: int | None,
    accept: bool,
    report_path: Path | None,
) -> None:
    """Fetch public sources and import what they list, each in one revision.

    Without SOURCE all that are on, but for those that ask for DIRECTORY_CONTACT where it is not set. Responses are
    stored in the data folder, and an interrupted run continues where it was. What a source no longer lists is withdrawn
    from it.
    """
    opener: RegistryOpener = context.obj
    config = opener.settings()
    try:
        sources = read_sources(config.sync_config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    folder = config.data_dir / "sync"
    if is_list:
        for line in _describe(sources, folder):
            click.echo(line)
        return
    chosen = _choose(sources, names, config)
    reports: list[SourceReport] = []
    folder.mkdir(parents=True, exist_ok=True)
    with opener.registry(config) as url:
        for source in chosen:
            with show_progress() as progress:
                options = SyncOptions(
                    folder=folder,
                    user_agent=user_agent(config),
                    since=since.date() if since else None,
                    limit=limit,
                    dry_run=dry_run,
                    accept=accept,
                    progress=progress,
                    tell=lambda line: click.echo(f"… {printable(line)}", err=True),
                )
                report = sync_source(source, options, partial(connected, url, config.write_wait))
            reports.append(report)
            for line in report.lines():
                click.echo(printable(line), err=not report.is_done)
    if report_path is not None:
        content = json.dumps([report.as_json() for report in reports], ensure_ascii=False, indent=2)
        report_path.write_text(content + "\n", encoding="utf-8")
    outcomes = {report.outcome for report in reports}
    context.exit(1 if "stopped" in outcomes else SHRUNK if "refused" in outcomes else 0)


def _choose(sources: dict[str, SourceSettings], names: tuple[str, ...], config: Config) -> list[SourceSettings]:
    """Return the sources to run; raise click.UsageError for one that is unknown or cannot run."""
    unknown = [name for name in names if name not in sources]
    if unknown:
        raise click.UsageError(f"{unknown[0]} is no source; known are {', '.join(sources)}")
    chosen = [sources[name] for name in dict.fromkeys(names)]
    if not names:
        chosen = [source for source in sources.values() if source.off is None]
    ready: list[SourceSettings] = []
    for source in chosen:
        if not source.is_usable:
            raise click.UsageError(f"{source.name} is off: {source.off}")
        if source.connector.needs_contact and config.contact is None:
            reason = (
                f"{source.name} asks clients to name a contact: set DIRECTORY_CONTACT to an e-mail address or a URL"
            )
            if names:
                raise click.UsageError(reason)
            click.echo(f"{reason}; it is left out", err=True)
            continue
        ready.append(source)
    return ready


def _describe(sources: dict[str, SourceSettings], folder: Path) -> Iterator[str]:
    for name, source in sources.items():
        connector: Connector = source.connector
        last = SourceFolder(folder / name).last
        state = f"{last.rows:,} rows on {last.finished_at[:10]}" if last else "never run"
        if connector.expected and not last:
            state = f"some {connector.expected:,} accounts, never run"
        yield f"{name:12} {connector.title} ({connector.licence}); {source.off or state}"
