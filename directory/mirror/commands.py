"""`directory mirror`: a verified local copy of a registry's latest snapshot.

Exit codes: 0, the copy is up to date; 1, it could not be updated now, and the next call resumes; 2, wrong usage; 3, the
snapshot is refused, and somebody has to decide: a signature, a manifest, an older revision.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import click

from directory.fetching.network import TransferError
from directory.mirror.local_copy import CopyError
from directory.mirror.sync import MirrorOptions, RefusedError, SyncReport, sync_copy
from directory.snapshots.publish.manifest import ManifestError
from directory.snapshots.publish.signature import PublicKey, SignatureError
from directory.snapshots.terminal import error_message, printable

_REFUSED: Final = 3
_MIN_SECONDS: Final = 5
# Errors that the next call may not have.
_TEMPORARY: Final = (CopyError, TransferError, OSError)
_PERMANENT: Final = (RefusedError, SignatureError)


class _PermanentError(click.ClickException):
    """An error that a later call does not resolve."""

    exit_code = _REFUSED


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("url")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--key", "key_text", metavar="FILE|KEY", help="Public key to trust from now on [that of DIR, else that of URL]."
)
@click.option("--also", metavar="SUFFIX", multiple=True, help="Additional files: csv, parquet, json.gz, …")
@click.option("--allow-older", is_flag=True, help="Accept a registry that was restored from a backup.")
@click.option("--allow-smaller", is_flag=True, help="Accept tables that lost more than half of their size.")
@click.option("--once", is_flag=True, help="Exit when the copy is up to date [default without --every].")
@click.option("--every", metavar="SECONDS", type=click.IntRange(_MIN_SECONDS), help="Update the copy at this interval.")
def mirror(  # noqa: PLR0913 - the options of the command line
    url: str,
    folder: Path,
    *,
    key_text: str | None,
    also: tuple[str, ...],
    allow_older: bool,
    allow_smaller: bool,
    once: bool,
    every: int | None,
) -> None:
    """Mirror the registry at URL into DIR, verified.

    DIR/current is a link to the folder with the NDJSON of every table. The first call downloads everything, later calls
    only what changed; each file is verified against the signed manifest before `current` points to it. The next call
    resumes an interrupted one. Needs no database.
    """
    if once and every is not None:
        message = "--once and --every exclude each other"
        raise click.UsageError(message)
    options = MirrorOptions(
        url=url,
        root=folder.absolute(),
        key=_read_key(key_text) if key_text else None,
        allow_older=allow_older,
        allow_smaller=allow_smaller,
        also=tuple(suffix.removeprefix(".") for suffix in also),
    )
    while True:
        try:
            _sync(options)
        except click.ClickException as error:
            if every is None or isinstance(error, _PermanentError):
                raise
            error.show()
        if every is None:
            return
        time.sleep(every)


def _sync(options: MirrorOptions) -> None:
    try:
        report = sync_copy(options, lambda step: click.echo(f"… {printable(step)}", err=True))
    except ManifestError as error:
        message = printable(f"the manifest of {options.url} is refused, and the copy is unchanged: {error}")
        raise _PermanentError(message) from error
    except _PERMANENT as error:
        raise _PermanentError(printable(str(error))) from error
    except _TEMPORARY as error:
        message = f"the copy is unchanged: {error_message(error)}"
        raise click.ClickException(message) from error
    if report.is_first_use:
        click.echo(
            f"trusted from now on, because it is the first: the key {report.trusted.name}; compare it with a key from "
            f"a trusted source\n  {report.trusted.base64}",
            err=True,
        )
    click.echo(describe(report))


def describe(report: SyncReport) -> str:
    """Return a line that states the revision of the copy and how its files were obtained."""
    if not report.is_new:
        return f"revision {report.revision}: nothing new"
    files = report.files
    ways = [
        f"{number} {way}"
        for number, way in (
            (files.replayed, f"from {files.changes:,} changes"),
            (files.reused, "unchanged"),
            (files.downloaded, "downloaded"),
        )
        if number
    ]
    previous = f" (before: {report.before})" if report.before not in {None, report.revision} else ""
    how = ", ".join(ways) or "unchanged"
    return (
        f"revision {report.revision}{previous}: {report.records:,} records; files: {how}; "
        f"{report.bytes / 1e6:,.2f} MB received in {report.seconds:.1f} s"
    )


def _read_key(text: str) -> PublicKey:
    path = Path(text)
    try:
        return PublicKey.parse(path.read_text("utf-8") if path.is_file() else text)
    except (SignatureError, OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(str(error), param_hint="--key") from error
