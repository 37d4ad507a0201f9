"""`directory snapshot`: build, list, verify and prune snapshots, and show the key that they are signed with.

Exit codes: 0, done (also when it was so already), and for `verify`: all is well; 1, it could not be done, or something
is wrong with the snapshot, said line by line; 2, wrong usage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import click

from directory.config import Config
from directory.database.connections import connect
from directory.snapshots import queries
from directory.snapshots.fetch.network import TransferError
from directory.snapshots.publish.manifest import ManifestError
from directory.snapshots.publish.pruning import drop as drop_snapshots
from directory.snapshots.publish.pruning import prune as prune_snapshots
from directory.snapshots.publish.publication import key_of, publish, storage_of
from directory.snapshots.publish.schedule import FAILURES
from directory.snapshots.publish.signature import PublicKey, SignatureError
from directory.snapshots.terminal import explain, printable
from directory.snapshots.verify.verification import Verdict, verify_folder, verify_url

# Under this name the command line puts into the context what opens the registry: its settings and its address.
REGISTRY: Final = "directory.snapshots.registry"
_MANY: Final = 1000


class Opens(Protocol):
    """What the command line gives to commands that need settings beside the registry."""

    def settings(self) -> Config:
        """Read the settings."""
        ...

    def registry(self, config: Config) -> AbstractContextManager[str]:
        """Return the address of the registry, brought up to this program."""
        ...


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def snapshot() -> None:
    """Publish the whole registry as files, and check what was published.

    A snapshot is the registry at one revision: every table as NDJSON, JSON, CSV and Parquet, each plain, .gz and .zst,
    with a signed manifest.
    """


@snapshot.command()
@click.option("--prune/--no-prune", default=True, show_default=True, help="Remove afterwards what is no longer kept.")
@click.pass_context
def build(context: click.Context, *, prune: bool) -> None:
    """Publish the latest revision, unless it is published already."""
    with _opened(context) as (config, url), _failures_said("the snapshot cannot be built"):
        report = publish(config, url, lambda step: click.echo(f"… {step}", err=True))
        if not report.is_new:
            click.echo(f"revision {report.revision} is published already")
        else:
            click.echo(f"revision {report.revision}: {report.files} files, {report.bytes / 1e6:,.1f} MB")
            for table, rows in report.counts.items():
                click.echo(f"  {table:12} {rows:,}")
            click.echo(f"in {report.seconds:.1f} s, {report.bytes / 1e6 / report.seconds:,.0f} MB/s")
        if prune:
            _say_pruned(prune_snapshots(url, storage_of(config)))


@snapshot.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """List the snapshots that can be read, the newest first."""
    with _opened(context) as (_, url), connect(url) as conn:
        click.echo(f"{'revision':>10}  {'of':32}  {'built':32}  {'files':>5}  {'MB':>10}")
        for text, _ in queries.select_snapshots(conn, limit=_MANY):
            one: dict[str, Any] = json.loads(text)
            size = one["bytes"] / 1e6
            click.echo(
                f"{one['revision']:>10}  {one['at']:32}  {one['built_at']:32}  {one['files']:>5}  {size:>10,.1f}"
            )


@snapshot.command()
@click.pass_context
def prune(context: click.Context) -> None:
    """Remove what is no longer kept: all of 7 days is, then one a week for 13 weeks, and one a month for good."""
    with _opened(context) as (config, url), _failures_said("nothing was removed"):
        _say_pruned(prune_snapshots(url, storage_of(config)))


@snapshot.command()
@click.argument("revisions", metavar="REVISION...", nargs=-1, required=True, type=click.IntRange(min=1))
@click.pass_context
def drop(context: click.Context, revisions: tuple[int, ...]) -> None:
    """Remove the snapshots of these revisions for good, as after an account was erased."""
    with _opened(context) as (config, url), _failures_said("nothing was removed"):
        gone = drop_snapshots(url, storage_of(config), revisions)
    for revision in gone:
        click.echo(f"the snapshot of revision {revision} is removed")
    if missing := sorted(set(revisions) - set(gone)):
        message = f"there is no snapshot of revision {', '.join(map(str, missing))}"
        raise click.ClickException(message)


@snapshot.command()
@click.pass_context
def key(context: click.Context) -> None:
    """Show the public key, as minisign takes it; a key pair is made at the first use."""
    config = _opens(context).settings()
    with _failures_said("there is no key"):
        click.echo(key_of(config).public.text, nl=False)
    click.echo(f"The secret key is in {config.signing_key_path}: back it up, and keep it to yourself.", err=True)


@snapshot.command()
@click.argument("target", metavar="DIR|URL")
@click.option("--key", "key_text", metavar="FILE|KEY", help="Public key to trust [the one that the snapshot brings].")
def verify(target: str, key_text: str | None) -> None:
    """Check a snapshot in a folder, or at the address of a registry or a snapshot: signature, digests, contents.

    What is at an address is downloaded into a temporary folder, never more than its signed manifest announces.
    """
    try:
        trusted = _read_key(key_text) if key_text else None
        if target.startswith(("http://", "https://")):
            verdict = verify_url(target, trusted)
        else:
            verdict = verify_folder(Path(target), trusted)
    except (TransferError, ManifestError, SignatureError, OSError) as error:
        message = f"{printable(target)} is not verified: {explain(error)}"
        raise click.ClickException(message) from error
    _say_verdict(verdict)
    if verdict.faults:
        message = f"{target} is not as its manifest says"
        raise click.ClickException(message)


def _say_verdict(verdict: Verdict) -> None:
    click.echo(printable(f"revision {verdict.revision} of {verdict.at}, signed by {verdict.key.name}"))
    for note in verdict.notes:
        click.echo(printable(f"note: {note}"))
    for fault in verdict.faults:
        click.echo(printable(f"WRONG: {fault}"), err=True)
    if not verdict.faults:
        click.echo(f"{verdict.files} files, {verdict.bytes / 1e6:,.1f} MB, {verdict.records:,} records: all is well")


def _read_key(text: str) -> PublicKey:
    path = Path(text)
    return PublicKey.parse(path.read_text("utf-8") if path.is_file() else text)


def _say_pruned(revisions: list[int]) -> None:
    for revision in revisions:
        click.echo(f"revision {revision} is no longer kept")


def _opens(context: click.Context) -> Opens:
    opens: Opens = context.meta[REGISTRY]
    return opens


@contextmanager
def _opened(context: click.Context) -> Iterator[tuple[Config, str]]:
    opens = _opens(context)
    config = opens.settings()
    with opens.registry(config) as url:
        yield config, url


@contextmanager
def _failures_said(what: str) -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        message = f"{what}: {explain(error)}"
        raise click.ClickException(message) from error
