"""`directory proof`: prove that accounts are their departments'.

Exit codes: 0, done (also where nothing is proved); 1, an account is not known; 2, wrong usage.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Final

import click

from directory.config import Config
from directory.fetching.servers import read_servers
from directory.fetching.user_agent import user_agent
from directory.registry_opener import RegistryOpener
from directory.snapshots.terminal import printable
from directory.sync.run import connected
from directory.verification import queries
from directory.verification.evidence import METHODS, REASONS, Finding, Subject
from directory.verification.run import ProofOptions, check_accounts, check_due, expire

_LIMIT_MAX: Final = 100_000
_LISTED_MAX: Final = 100
_SERVER = click.option("--server", "servers", multiple=True, metavar="HOST=URL", help="Ask at URL in place of HOST.")
_NAME_SERVER = click.option("--name-server", metavar="ADDRESS:PORT", help="Ask this one for TXT records.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def proof() -> None:
    """Prove that accounts are their departments', by what these publish."""


@proof.command("check")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--method", "methods", type=click.Choice(METHODS), multiple=True, help="By this one [all that apply].")
@click.option("--dry-run", is_flag=True, help="Check, report, and write nothing.")
@_SERVER
@_NAME_SERVER
@click.pass_obj
def proof_check(
    opener: RegistryOpener,
    /,
    ids: tuple[str, ...],
    *,
    methods: tuple[str, ...],
    dry_run: bool,
    servers: tuple[str, ...],
    name_server: str | None,
) -> None:
    """Check the accounts with these ids, and keep the evidence."""
    config = opener.settings()
    with opener.registry(config) as url:
        options = _options(config, url, servers, name_server, dry_run=dry_run)
        known = set()
        for subject, findings in check_accounts(ids, dict.fromkeys(ids, methods), options):
            known.add(subject.id)
            _print(subject, findings)
    if unknown := sorted({*ids} - known):
        raise click.ClickException(f"no account has the id {unknown[0]}")


@proof.command("recheck")
@click.option("--limit", type=click.IntRange(1, _LIMIT_MAX), default=1000, show_default=True, help="At most so many.")
@_SERVER
@_NAME_SERVER
@click.pass_obj
def proof_recheck(opener: RegistryOpener, /, *, limit: int, servers: tuple[str, ...], name_server: str | None) -> None:
    """Check the accounts whose check is due, and end the proofs whose time is up."""
    config = opener.settings()
    with opener.registry(config) as url:
        options = _options(config, url, servers, name_server)
        checked = 0
        for subject, findings in check_due(options, limit=limit):
            checked += 1
            _print(subject, findings)
        with options.opens() as conn:
            expired = expire(conn)
    click.echo(f"{checked:,} accounts checked, {len(expired):,} proofs expired")


@proof.command("list")
@click.argument("account_id", metavar="ID")
@click.pass_obj
def proof_list(opens: RegistryOpener, /, account_id: str) -> None:
    """List the evidence of the account ID, the latest first."""
    with opens() as conn:
        if not queries.select_subjects(conn, [account_id]):
            raise click.ClickException(f"no account has the id {account_id}")
        for text, _ in queries.select_evidence(conn, account_id, after=None, limit=_LISTED_MAX):
            row = json.loads(text)
            until = f", holds until {row['expires_at'][:10]}" if row["result"] == "proved" else ""
            ended = f", ended on {row['ended']['at'][:10]}: {row['ended']['reason']}" if row["ended"] else ""
            line = f"{row['checked_at'][:10]}  {row['method']:10}  {row['result']:10}  {row['reason']}{until}{ended}"
            click.echo(printable(line))


def _options(
    config: Config, url: str, servers: tuple[str, ...], name_server: str | None, *, dry_run: bool = False
) -> ProofOptions:
    return ProofOptions(
        user_agent=user_agent(config),
        opens=partial(connected, url, config.write_wait),
        servers=read_servers(servers),
        name_server=_read_name_server(name_server) if name_server else None,
        dry_run=dry_run,
    )


def _read_name_server(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if not address or not port.isdecimal():
        raise click.UsageError(f"--name-server {text}: write ADDRESS:PORT, such as 192.0.2.53:53")
    return address.strip("[]"), int(port)


def _print(subject: Subject, findings: list[Finding]) -> None:
    where = subject.url or f"{subject.platform}/{subject.handle}"
    if not findings:
        click.echo(printable(f"{subject.id}  {where}: no method applies; its department has no website here"))
    for each in findings:
        line = f"{subject.id}  {where}: {each.method} {each.outcome}: {REASONS[each.outcome][each.reason]}"
        click.echo(printable(line))
