"""`directory snapshot`: build, list, verify and prune snapshots, and show the public key of their signatures.

Exit codes: 0, done or nothing to do, and for `verify`: the snapshot is valid; 1, failed, or the snapshot is invalid
(one line per error on standard error); 2, wrong usage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from directory.config import Config
from directory.database.connections import connect
from directory.fetching.network import TransferError
from directory.registry_opener import CONTEXT_KEY, RegistryOpener
from directory.snapshots import queries
from directory.snapshots.publish.build import configured_storage, load_signing_key, publish
from directory.snapshots.publish.manifest import ManifestError
from directory.snapshots.publish.retention import drop as drop_snapshots
from directory.snapshots.publish.retention import prune as prune_snapshots
from directory.snapshots.publish.schedule import BUILD_ERRORS
from directory.snapshots.publish.signature import PublicKey, SignatureError
from directory.snapshots.terminal import error_message, printable
from directory.snapshots.verify.verification import VerificationReport, verify_folder, verify_url

_MAX_LISTED: Final = 1000


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def snapshot() -> None:
    """Publish the whole registry as files, and verify published snapshots.

    A snapshot is the registry at one revision: every table as NDJSON, JSON, CSV and Parquet, each plain, .gz and .zst,
    all observations by year and month, and a signed manifest.
    """


@snapshot.command()
@click.option(
    "--prune/--no-prune", default=True, show_default=True, help="Remove snapshots that are no longer retained."
)
@click.pass_context
def build(context: click.Context, *, prune: bool) -> None:
    """Publish the latest revision, unless it is already published."""
    with _open_registry(context) as (config, url), _click_errors("the snapshot cannot be built"):
        report = publish(config, url, lambda step: click.echo(f"… {step}", err=True))
        if not report.is_new:
            click.echo(f"revision {report.revision} is already published")
        else:
            click.echo(f"revision {report.revision}: {report.files} files, {report.bytes / 1e6:,.1f} MB")
            for table, rows in report.counts.items():
                click.echo(f"  {table:12} {rows:,}")
            click.echo(f"in {report.seconds:.1f} s, {report.bytes / 1e6 / report.seconds:,.0f} MB/s")
        if prune:
            _print_pruned(prune_snapshots(url, configured_storage(config)))


@snapshot.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """List the snapshots, the newest first."""
    with _open_registry(context) as (_, url), connect(url) as conn:
        click.echo(f"{'revision':>10}  {'time':32}  {'built':32}  {'files':>5}  {'MB':>10}")
        for text, _ in queries.select_snapshots(conn, limit=_MAX_LISTED):
            row: dict[str, Any] = json.loads(text)
            megabytes = row["bytes"] / 1e6
            click.echo(
                f"{row['revision']:>10}  {row['at']:32}  {row['built_at']:32}  {row['files']:>5}  {megabytes:>10,.1f}"
            )


@snapshot.command()
@click.pass_context
def prune(context: click.Context) -> None:
    """Remove old snapshots: all of 7 days are retained, then one a week for 13 weeks, then one a month."""
    with _open_registry(context) as (config, url), _click_errors("nothing was removed"):
        _print_pruned(prune_snapshots(url, configured_storage(config)))


@snapshot.command()
@click.argument("revisions", metavar="REVISION...", nargs=-1, required=True, type=click.IntRange(min=1))
@click.pass_context
def drop(context: click.Context, revisions: tuple[int, ...]) -> None:
    """Remove the snapshots of these revisions permanently, for example after an account was erased."""
    with _open_registry(context) as (config, url), _click_errors("nothing was removed"):
        removed = drop_snapshots(url, configured_storage(config), revisions)
    for revision in removed:
        click.echo(f"removed the snapshot of revision {revision}")
    if missing := sorted(set(revisions) - set(removed)):
        message = f"there is no snapshot of revision {', '.join(map(str, missing))}"
        raise click.ClickException(message)


@snapshot.command()
@click.pass_context
def key(context: click.Context) -> None:
    """Print the minisign public key; a key pair is generated at the first use."""
    config = _opener(context).settings()
    with _click_errors("the key cannot be read"):
        click.echo(load_signing_key(config).public.file_text, nl=False)
    click.echo(f"The secret key is in {config.signing_key_path}: back it up and keep it secret.", err=True)


@snapshot.command()
@click.argument("target", metavar="DIR|URL")
@click.option("--key", "key_text", metavar="FILE|KEY", help="Public key to trust [the one in the snapshot].")
def verify(target: str, key_text: str | None) -> None:
    """Verify a snapshot in a folder, or at the URL of a registry or a snapshot: signature, digests, contents.

    A snapshot at a URL is downloaded into a temporary folder, never more than its signed manifest lists.
    """
    try:
        trusted = _read_key(key_text) if key_text else None
        if target.startswith(("http://", "https://")):
            report = verify_url(target, trusted)
        else:
            report = verify_folder(Path(target), trusted)
    except (TransferError, ManifestError, SignatureError, OSError) as error:
        message = f"{printable(target)} cannot be verified: {error_message(error)}"
        raise click.ClickException(message) from error
    _print_report(report)
    if report.errors:
        message = f"{target} does not match its manifest"
        raise click.ClickException(message)


def _print_report(report: VerificationReport) -> None:
    click.echo(printable(f"revision {report.revision} of {report.at}, signed by {report.key.name}"))
    for note in report.notes:
        click.echo(printable(f"note: {note}"))
    for error in report.errors:
        click.echo(printable(f"WRONG: {error}"), err=True)
    if not report.errors:
        click.echo(f"{report.files} files, {report.bytes / 1e6:,.1f} MB, {report.records:,} records: valid")


def _read_key(text: str) -> PublicKey:
    path = Path(text)
    return PublicKey.parse(path.read_text("utf-8") if path.is_file() else text)


def _print_pruned(revisions: list[int]) -> None:
    for revision in revisions:
        click.echo(f"revision {revision} was pruned")


def _opener(context: click.Context) -> RegistryOpener:
    opener: RegistryOpener = context.meta[CONTEXT_KEY]
    return opener


@contextmanager
def _open_registry(context: click.Context) -> Iterator[tuple[Config, str]]:
    opener = _opener(context)
    config = opener.settings()
    with opener.registry(config) as url:
        yield config, url


@contextmanager
def _click_errors(failure: str) -> Iterator[None]:
    try:
        yield
    except BUILD_ERRORS as error:
        message = f"{failure}: {error_message(error)}"
        raise click.ClickException(message) from error
