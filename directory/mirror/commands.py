"""`directory mirror`: a verified copy of a registry's snapshots on this machine, kept in step.

Exit codes: 0, the copy is in step; 1, it could not be brought there now, and the next call goes on; 2, wrong usage; 3,
what the registry gives is refused, and somebody has to look: a signature, a manifest, an older revision.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import click

from directory.mirror.local_copy import CopyError
from directory.mirror.sync import RefusedError, Report, Wanted, keep_in_step
from directory.snapshots.fetch.network import TransferError
from directory.snapshots.publish.manifest import ManifestError
from directory.snapshots.publish.signature import PublicKey, SignatureError
from directory.snapshots.terminal import explain, printable

_REFUSED: Final = 3
_MIN_SECONDS: Final = 5
# By the next time they may be over.
_PASSING: Final = (CopyError, TransferError, OSError)
_LASTING: Final = (RefusedError, SignatureError)


class _Refusal(click.ClickException):
    """Something is wrong that no later call mends."""

    exit_code = _REFUSED


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("address", metavar="URL")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--key", "key_text", metavar="FILE|KEY", help="Public key to trust from now on [that of DIR, else URL's]."
)
@click.option("--also", metavar="SUFFIX", multiple=True, help="Files beside the NDJSON: csv, parquet, json.gz, …")
@click.option("--allow-older", is_flag=True, help="Follow a registry that was restored from a backup.")
@click.option("--allow-smaller", is_flag=True, help="Take over tables that lost more than half of what they had.")
@click.option("--once", is_flag=True, help="End when the copy is in step [unless --every is given].")
@click.option("--every", metavar="SECONDS", type=click.IntRange(_MIN_SECONDS), help="Look again so often.")
def mirror(  # noqa: PLR0913 - the options of the command line
    address: str,
    folder: Path,
    *,
    key_text: str | None,
    also: tuple[str, ...],
    allow_older: bool,
    allow_smaller: bool,
    once: bool,
    every: int | None,
) -> None:
    """Keep a verified copy of the registry at URL in DIR.

    DIR/current leads to the NDJSON of every table. The first time all of it is downloaded, later only what changed;
    each file is held to the signed manifest before `current` leads to it. What broke off or was killed goes on at the
    next call. Needs no database.
    """
    if once and every is not None:
        message = "--once and --every exclude each other"
        raise click.UsageError(message)
    wanted = Wanted(
        address=address,
        root=folder.absolute(),
        key=_read_key(key_text) if key_text else None,
        allow_older=allow_older,
        allow_smaller=allow_smaller,
        also=tuple(suffix.removeprefix(".") for suffix in also),
    )
    while True:
        try:
            _keep(wanted)
        except click.ClickException as error:
            if every is None or isinstance(error, _Refusal):
                raise
            error.show()
        if every is None:
            return
        time.sleep(every)


def _keep(wanted: Wanted) -> None:
    try:
        report = keep_in_step(wanted, lambda step: click.echo(f"… {printable(step)}", err=True))
    except ManifestError as error:
        message = printable(f"the manifest of {wanted.address} is refused, and the copy is as it was: {error}")
        raise _Refusal(message) from error
    except _LASTING as error:
        raise _Refusal(printable(str(error))) from error
    except _PASSING as error:
        message = f"the copy is as it was: {explain(error)}"
        raise click.ClickException(message) from error
    if report.is_first_use:
        click.echo(
            f"trusted from now on, because it is the first: the key {report.trusted.name}; compare it with one that "
            f"you have from elsewhere\n  {report.trusted.line}",
            err=True,
        )
    click.echo(describe(report))


def describe(report: Report) -> str:
    """Return in a line where the copy is now, and how it came there."""
    if not report.is_new:
        return f"revision {report.revision}: nothing new"
    tally = report.tally
    ways = [
        f"{number} {way}"
        for number, way in (
            (tally.replayed, f"from {tally.changes:,} changes"),
            (tally.kept, "unchanged"),
            (tally.downloaded, "downloaded"),
        )
        if number
    ]
    came = f" (before: {report.before})" if report.before not in {None, report.revision} else ""
    return (
        f"revision {report.revision}{came}: {report.records:,} records; files: {', '.join(ways) or 'as they were'}; "
        f"{report.bytes / 1e6:,.2f} MB came in {report.seconds:.1f} s"
    )


def _read_key(text: str) -> PublicKey:
    path = Path(text)
    try:
        return PublicKey.parse(path.read_text("utf-8") if path.is_file() else text)
    except (SignatureError, OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(str(error), param_hint="--key") from error
