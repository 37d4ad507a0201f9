"""`directory probe`: are the accounts still there?

Exit codes: 0, done; 1, a platform gave no answer at all, or its run stopped; 2, wrong usage; 5, so many accounts of a
platform would be gone that the platform may be at fault, and `--accept` takes it.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from directory.fetching.servers import read_servers
from directory.fetching.user_agent import user_agent
from directory.imports.report import show_progress
from directory.platforms.reference import find_platform
from directory.probe.queries import select_accounts
from directory.probe.report import PlatformReport
from directory.probe.run import ProbeOptions, probe_platform
from directory.registry_opener import RegistryOpener
from directory.snapshots.terminal import printable
from directory.sync.run import ConnectionOpener, connected

# Those that answer without a key.
_OWN: Final = ("mastodon", "bluesky", "youtube")
_TOO_MANY_GONE: Final = 5
_LIMIT_MAX: Final = 100_000


@click.command()
@click.argument("names", metavar="[PLATFORM]...", nargs=-1)
@click.option("--account", "account_ids", multiple=True, metavar="ID", help="Only this account; may be given again.")
@click.option(
    "--limit",
    type=click.IntRange(1, _LIMIT_MAX),
    default=1000,
    show_default=True,
    metavar="N",
    help="Ask for N accounts of each platform at most.",
)
@click.option(
    "--older-than",
    type=click.IntRange(0, 3650),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="Ask for accounts that were not asked for in these days.",
)
@click.option(
    "--hours",
    type=click.FloatRange(0.01, 24),
    default=1.0,
    show_default=True,
    help="Ask for no more accounts of a platform after these hours.",
)
@click.option("--server", "servers", multiple=True, metavar="HOST=URL", help="Ask at URL in place of HOST.")
@click.option("--dry-run", is_flag=True, help="Ask, report what would change, and write nothing.")
@click.option("--accept", is_flag=True, help="Take it even if many accounts of a platform are gone.")
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the reports as JSON, too.",
)
@click.option("--first-wait", type=click.FloatRange(0.001, 300), default=2.0, hidden=True)
@click.pass_context
def probe(  # noqa: PLR0913 - the options of the command line
    context: click.Context,
    names: tuple[str, ...],
    *,
    account_ids: tuple[str, ...],
    limit: int,
    older_than: int,
    hours: float,
    servers: tuple[str, ...],
    dry_run: bool,
    accept: bool,
    report_path: Path | None,
    first_wait: float,
) -> None:
    """Ask platforms whether accounts are still there, and store what they answer.

    Without PLATFORM those that answer without a key: mastodon, bluesky and youtube. Of others the profile pages are
    asked for where robots.txt allows it. Those that were never asked for come first, then the oldest.
    """
    opener: RegistryOpener = context.obj
    config = opener.settings()
    by_host = read_servers(servers)
    folder = config.data_dir / "probe"
    folder.mkdir(parents=True, exist_ok=True)
    reports: list[PlatformReport] = []
    with opener.registry(config) as url:
        opens = partial(connected, url, config.write_wait)
        for platform in _choose(names) or _platforms_of(account_ids, opens) or _OWN:
            with show_progress() as progress:
                options = ProbeOptions(
                    folder=folder,
                    user_agent=user_agent(config),
                    dormant_days=config.dormant_days,
                    older_than=older_than,
                    limit=limit,
                    hours=hours,
                    account_ids=account_ids,
                    servers=by_host,
                    trusted_hosts=frozenset(urlsplit(server).hostname or "" for server in by_host.values()),
                    first_wait_seconds=first_wait,
                    dry_run=dry_run,
                    accept=accept,
                    progress=progress,
                    tell=lambda line: click.echo(f"… {printable(line)}", err=True),
                )
                report = probe_platform(platform, options, opens)
            reports.append(report)
            for line in report.lines():
                click.echo(printable(line), err=bool(report.message))
    if report_path is not None:
        content = json.dumps([report.as_json() for report in reports], ensure_ascii=False, indent=2)
        report_path.write_text(content + "\n", encoding="utf-8")
    is_stopped = any(not report.is_done or (report.message and not report.refused) for report in reports)
    context.exit(1 if is_stopped else _TOO_MANY_GONE if any(report.refused for report in reports) else 0)


def _choose(names: tuple[str, ...]) -> list[str]:
    """Return the slugs of the platforms; raise click.UsageError for an unknown one."""
    chosen: dict[str, None] = {}
    for name in names:
        platform = find_platform(name)
        if platform is None:
            raise click.UsageError(f"{name} is no platform; /v1/platforms lists them")
        chosen[platform.slug] = None
    return list(chosen)


def _platforms_of(account_ids: tuple[str, ...], opens: ConnectionOpener) -> list[str]:
    """Return the platforms of the accounts; raise click.UsageError for an id that no account has."""
    if not account_ids:
        return []
    with opens() as conn:
        accounts = select_accounts(conn, account_ids)
    for unknown in sorted({*account_ids} - {account.id for account in accounts}):
        raise click.UsageError(f"no account has the id {unknown}")
    return sorted({account.platform for account in accounts})
