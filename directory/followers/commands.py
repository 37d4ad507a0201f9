"""`directory observe`: what is observed of accounts, from files into the registry; `observations prune`: retention.

Exit codes: 0, done (also when nothing was new, and with rows left out by --skip-invalid); 2, wrong usage; 3, rows are
refused and nothing was written; 4, the file cannot be read as a whole.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from directory.followers.packing import pack_months, vacuum
from directory.followers.reading import FORMS, Form, UnreadableError, read_blocks
from directory.followers.recording import RecordOptions, RecordReport, record_observations
from directory.followers.retention import thin_months
from directory.registry_opener import RegistryOpener

ROWS_REFUSED: Final = 3
UNREADABLE: Final = 4
_LISTED_MAX: Final = 20


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMS), help="Form of the file, if it is not found out.")
@click.option("--source", metavar="ID", help="Source of rows that name none.")
@click.option("--skip-invalid", is_flag=True, help="Record the other rows though some are refused.")
@click.option("--dry-run", is_flag=True, help="Report what would be recorded, and write nothing.")
@click.option(
    "--report", "report_path", type=click.Path(dir_okay=False, writable=True, path_type=Path), metavar="REPORT",
    help="Write the report as JSON, too.",
)  # fmt: skip
@click.option("--actor", default="directory observe", show_default=True, help="Who makes the change.")
@click.option("--reason", help="Why [observations of the file].")
@click.pass_context
def observe(
    context: click.Context, /, file: Path, *, form: Form | None, report_path: Path | None, **options: Any  # noqa: ANN401 - click passes them by the names of RecordOptions
) -> None:  # fmt: skip
    """Record what was observed of accounts: followers, following, posts, last post, the platform's own mark.

    FILE (-: standard input) is NDJSON or CSV, plain or gzipped, with the columns account (its id; or platform and
    handle, or url), observed_at (with its zone), source, followers, following, posts, last_post_at, verified. All of it
    is one revision. What is recorded already changes nothing, so a file can be sent again.
    """
    opens: RegistryOpener = context.obj
    name = "standard input" if str(file) == "-" else file.name
    options["reason"] = options["reason"] or f"observations of {name}"
    stream = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    try:
        with stream, opens() as conn:
            report = record_observations(conn, read_blocks(stream, form), RecordOptions(**options))
    except UnreadableError as error:
        click.echo(f"Error: {name}: {error}", err=True)
        context.exit(UNREADABLE)
    if report_path is not None:
        report_path.write_text(json.dumps(_as_json(report), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    refused = report.refused_rows > 0 and not options["skip_invalid"]
    for line in _lines(report, dry_run=options["dry_run"], refused=refused):
        click.echo(line, err=refused)
    context.exit(ROWS_REFUSED if refused else 0)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def observations() -> None:
    """Limit what the series of observations take."""


@observations.command("prune")
@click.option(
    "--days", type=click.IntRange(min=7), help="Days whose observations all stay [DIRECTORY_OBSERVATION_DAYS]."
)
@click.option("--actor", default="directory observations prune", show_default=True, help="Who makes the change.")
@click.pass_obj
def observations_prune(opens: RegistryOpener, /, days: int | None, actor: str) -> None:
    """Pack the months that are over, and thin what is older than so many days to weeks.

    Packing changes no answer. Of an older week the last value of everything stays, and all of a week in which a count
    jumped; without --days and DIRECTORY_OBSERVATION_DAYS nothing is thinned. Run this daily.
    """
    days = days or opens.settings().observation_days
    now = datetime.now(UTC)
    with opens() as conn:
        packed = pack_months(conn, now)
        vacuum(conn, packed)
        removed = thin_months(conn, now - timedelta(days=days), actor=actor) if days else 0
    click.echo(f"months       {len(packed):,} packed")
    click.echo(f"observations {removed:,} of earlier weeks removed")


def _as_json(report: RecordReport) -> dict[str, object]:
    batches = [{**batch._asdict(), "first": str(batch.first), "last": str(batch.last)} for batch in report.batches]
    return {**asdict(report), "batches": batches, "recorded": report.recorded, "unchanged": report.unchanged}


def _lines(report: RecordReport, *, dry_run: bool, refused: bool) -> Iterator[str]:
    for row in report.refused[:_LISTED_MAX]:
        yield str(row)
    if report.refused_rows > _LISTED_MAX:
        yield f"… and {report.refused_rows - _LISTED_MAX:,} more rows"
    if refused:
        yield (
            f"Error: {report.refused_rows:,} of {report.rows:,} rows are refused, and nothing was recorded; correct"
            " them, or record the others with --skip-invalid"
        )
        return
    for merged, successor in sorted(report.successors.items())[:_LISTED_MAX]:
        yield f"account {merged} was merged into {successor}: its rows are recorded there"
    if report.no_counts:
        yield f"{report.no_counts:,} rows have counts that are none, such as -1: stored as stated, and not counted"
    if report.contradictions:
        yield (
            f"{report.contradictions:,} rows contradict a later row about the same account, time and source: the later"
            " one counts, and has the earlier one under `replaced`"
        )
    for source in report.sources_created:
        yield f"source {source} is new; its licence is unknown: describe it with directory import-sources"
    left_out = f", {report.refused_rows:,} left out" if report.refused_rows else ""
    what = "would be recorded" if dry_run else "recorded"
    yield (
        f"observations: {report.recorded:,} {what}; {report.unchanged:,} known{left_out}"
        + (f"; revision {report.revision}" if report.revision else "")
    )
    for batch in report.batches[:_LISTED_MAX]:
        yield f"  {batch.source}: {batch.observations:,} of {batch.accounts:,} accounts, {batch.first} to {batch.last}"
