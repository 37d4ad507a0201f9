"""`directory import` and `directory import-sources`: from files into the registry, with a report a person can act on.

Exit codes: 0, done (also when nothing was new, and with rows left out: by --skip-invalid, or as pages of a platform);
2, wrong usage; 3, rows are rejected and nothing was written; 4, a file cannot be read as a whole; 5, a complete list
would withdraw, or a kind of body lose, more than is allowed and nothing was written.
"""

import json
import math
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn, TypeVar

import click
from psycopg import Connection

from directory.imports.errors import InvalidValue, OlderList, SyntheticMixed, UnreadableFile, UnwritableFile
from directory.imports.options import WITHDRAWALS_ALLOWED, Options
from directory.imports.pipeline import import_files
from directory.imports.read.files import printable_name
from directory.imports.read.records import FORMATS, Format
from directory.imports.report import LossesRefused, Report, RowsRejected, WithdrawalsRefused, show_progress
from directory.imports.sources import import_sources
from directory.imports.validate import fields
from directory.registry_opener import RegistryOpener

ROWS_REJECTED: Final = 3
UNREADABLE: Final = 4
TOO_MUCH_WITHDRAWN: Final = 5

Command = TypeVar("Command", bound=Callable[..., Any])


def _percent(value: object) -> float:
    """Return a share from 0 to 100, written with or without the sign."""
    try:
        share = float(str(value).strip().removesuffix("%").rstrip())
    except ValueError:
        # NaN fails every comparison, so it is refused below, as is the "nan" that float() reads.
        share = math.nan
    if not 0 <= share <= 100:  # noqa: PLR2004 - percent
        raise click.BadParameter(f"{value} is no share in percent; write it as 25%")
    return share


_FILE: Final = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_OUT: Final = click.Path(dir_okay=False, writable=True, path_type=Path)
_OPTIONS: Final = (
    click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE),
    click.option("--format", "form", type=click.Choice(FORMATS), help="Form of the files, if it is not found out."),
    click.option("--encoding", metavar="NAME", help="Encoding of files that are not UTF-8: gb18030, windows-1252 …"),
    click.option(
        "--column",
        "--map",
        "columns",
        multiple=True,
        metavar="HEADING=COLUMN",
        help="What a heading of the file stands for; may be given again.",
    ),
    click.option(
        "--ignore-unknown", is_flag=True, help="Leave out columns whose headings look like a slip in a known name, too."
    ),
    click.option(
        "--set",
        "constants",
        multiple=True,
        metavar="FIELD=VALUE",
        help="Value of a field for all rows that leave it empty: platform=x, region=DE; may be given again.",
    ),
    click.option(
        "--fill-down",
        multiple=True,
        metavar="COLUMN",
        help="Column whose empty cells repeat the one above, as merged cells mean it; may be given again.",
    ),
    click.option(
        "--header-line", type=click.IntRange(1, 10_000), metavar="N", help="Line that names the columns [found out]."
    ),
    click.option(
        "--sheet", metavar="NAME", help="Sheet of a workbook, by its name or number [the first with a table]."
    ),
    click.option(
        "--source", "default_source", metavar="ID", help="Source of rows that name none [made of the file's name]."
    ),
    click.option("--skip-invalid", is_flag=True, help="Import the valid rows though others are rejected."),
    click.option(
        "--strict",
        is_flag=True,
        help="Import nothing if a handle is a page of the platform (login) or a word for nothing (None, null), or if "
        "an optional field is not understood.",
    ),
    click.option(
        "--replace",
        is_flag=True,
        help="Take the rows for all that their source says of these accounts: columns that the files do not have are "
        "emptied, and not left as they are.",
    ),
    click.option(
        "--complete",
        is_flag=True,
        help="The files are the whole list of their sources: what these listed before and list no longer is withdrawn.",
    ),
    click.option(
        "--allow-withdrawals",
        type=_percent,
        default=WITHDRAWALS_ALLOWED,
        metavar="PERCENT",
        help="With --complete: import nothing if a source would lose more of what it lists [10%].",
    ),
    click.option(
        "--list-date",
        type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]),
        metavar="DATE",
        help="Date of the list, if it is an older release: what it lists first is listed since then, and what it no "
        "longer lists was listed until then [now].",
    ),
    click.option(
        "--allow-losses",
        type=_percent,
        metavar="PERCENT",
        help="Import nothing if more of the bodies of a type in a country would have no account any more [10%, or as "
        "much as may be withdrawn].",
    ),
    click.option("--dry-run", is_flag=True, help="Report row by row what would change, and write nothing."),
    click.option("--rejected", type=_OUT, help="File for rejected rows [next to the input; none at a dry run]."),
    click.option("--report", "report_path", type=_OUT, help="Write the report as JSON, too."),
    click.option("--actor", default="directory import", show_default=True, help="Who makes the change."),
    click.option("--reason", help="Why [import of the files]."),
)


def import_options(command: Command) -> Command:
    """Decorate a command with the arguments and options of an import, under the names that `run_import` takes."""
    # Decorators apply from the last to the first, and --help lists options in the order of the tuple.
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("import")
@import_options
@click.pass_obj
def import_(opens: RegistryOpener, /, **options: Any) -> None:  # noqa: ANN401 - click passes them by the names of `run_import`
    """Import accounts from CSV, NDJSON or workbooks (XLSX, ODS) in one transaction."""
    with opens() as conn:
        run_import(conn, options.pop("files"), **options)


@click.command("import-sources")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--actor", default="directory import-sources", show_default=True, help="Who makes the change.")
@click.option("--reason", help="Why [sources of the file].")
@click.pass_obj
def import_sources_(opens: RegistryOpener, file: Path, actor: str, reason: str | None) -> None:
    """Import sources from a CSV with id, title, publisher, licence, origin, retrieved and note."""
    with opens() as conn:
        run_import_sources(conn, file, actor=actor, reason=reason)


def run_import(  # noqa: PLR0913 - the options of the command line
    conn: Connection,
    files: tuple[Path, ...],
    *,
    form: Format | None,
    encoding: str | None,
    columns: tuple[str, ...],
    ignore_unknown: bool,
    constants: tuple[str, ...],
    fill_down: tuple[str, ...],
    header_line: int | None,
    sheet: str | None,
    default_source: str | None,
    skip_invalid: bool,
    strict: bool,
    replace: bool,
    complete: bool,
    allow_withdrawals: float,
    list_date: datetime | None,
    allow_losses: float | None,
    dry_run: bool,
    rejected: Path | None,
    report_path: Path | None,
    actor: str,
    reason: str | None,
) -> None:
    """Import `files` (`-`: standard input) and print the report; leave with an exit code of the module's list."""
    _check_paths(files, rejected)
    _require_writable(report_path)
    names = ", ".join("standard input" if str(path) == "-" else printable_name(path.name) for path in files)
    with show_progress() as progress:
        options = Options(
            actor=actor,
            reason=reason or f"import of {names}{', the whole list of its source' if complete else ''}",
            default_source=_parse_source(default_source),
            source_required=True,
            form=form,
            encoding=encoding,
            columns=_parse_pairs("--column", "HEADING=COLUMN", columns),
            constants=_parse_pairs("--set", "FIELD=VALUE", constants),
            fill_down=fill_down,
            header_line=header_line,
            sheet=sheet,
            ignore_unknown=ignore_unknown,
            skip_invalid=skip_invalid,
            strict=strict,
            replace=replace,
            complete=complete,
            allow_withdrawals=allow_withdrawals,
            list_date=_parse_list_date(list_date),
            allow_losses=allow_losses,
            dry_run=dry_run,
            rejected=rejected or (None if dry_run else "auto"),
            progress=progress,
        )
        try:
            report, refusal = import_files(conn, [_open(path) for path in files], options), ""
        except RowsRejected as error:
            report, refusal = error.report, f"{error}; {_REMEDIES[complete]}"
        except (WithdrawalsRefused, LossesRefused) as error:
            _publish(error.report, report_path, str(error), TOO_MUCH_WITHDRAWN)
            return
        except (SyntheticMixed, OlderList) as error:
            _leave(f"Error: {error}", ROWS_REJECTED)
        except UnreadableFile as error:
            _leave(f"Error: {error}", UNREADABLE)
        except UnwritableFile as error:
            raise click.ClickException(str(error)) from error
    _publish(report, report_path, refusal)


def run_import_sources(conn: Connection, file: Path, *, actor: str, reason: str | None) -> None:
    """Bring the sources up to the table in `file`, and say how many were written."""
    try:
        written, revision = import_sources(conn, file, actor=actor, reason=reason or f"sources of {file.name}")
    except UnreadableFile as error:
        _leave(f"Error: {error}", UNREADABLE)
    click.echo(f"sources: {written:,} written" + (f", revision {revision}" if revision else "; nothing to change"))


_REMEDIES: Final = {
    False: "correct them, or import the others with --skip-invalid",
    True: "correct them first: of a complete list what they list would be withdrawn",
}


def _publish(report: Report, path: Path | None, refusal: str, code: int = ROWS_REJECTED) -> None:
    for line in report.lines(refused=bool(refusal)):
        click.echo(line, err=bool(refusal))
    if path is not None:
        try:
            path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            # Half of a report is no JSON. A device such as /dev/stdout is left alone.
            if path.is_file():
                path.unlink(missing_ok=True)
            # The import itself is over, and has said what it did.
            message = f"the report cannot be written to {path} ({error.strerror}); what it would say stands above"
            raise click.ClickException(message) from error
    if refusal:
        _leave(f"Error: {refusal}", code)


def _check_paths(files: tuple[Path, ...], rejected: Path | None) -> None:
    if rejected is not None and len(files) > 1:
        raise click.UsageError("--rejected names one file; import several files one by one, or leave it out")
    if rejected is not None and any(path.resolve() == rejected.resolve() for path in files):
        raise click.UsageError("--rejected is the file that is being read; give another name")
    if sum(str(path) == "-" for path in files) > 1:
        raise click.UsageError("standard input can be read once only; give - once")


def _require_writable(report: Path | None) -> None:
    """Raise click.ClickException for a report that cannot be written, before anything is imported."""
    if report is None:
        return
    existed = report.exists()
    try:
        # Appending leaves an earlier report as it is until there is a new one.
        with report.open("a"):
            pass
    except OSError as error:
        message = f"--report {report} cannot be written ({error.strerror}): nothing was imported; name another file"
        raise click.ClickException(message) from error
    if not existed:
        report.unlink()


def _parse_pairs(option: str, form: str, given: tuple[str, ...]) -> dict[str, str]:
    """Return what stands before each `=`, and behind it; a heading may have one of its own, a field has not."""
    pairs: dict[str, str] = {}
    for pair in given:
        key, separator, value = pair.rpartition("=") if option == "--column" else pair.partition("=")
        if not separator or not key:
            raise click.UsageError(f"{option} {pair}: write it as {form}")
        key = key.strip("'\"") if option == "--column" else key.strip()
        if pairs.setdefault(key, value) != value:
            raise click.UsageError(f"{option} {key} is given twice, as {pairs[key]!r} and as {value!r}; keep one")
    return pairs


def _parse_list_date(given: datetime | None) -> datetime | None:
    """Return a time with offset; one that has none is in UTC."""
    if given is None:
        return None
    at = given if given.tzinfo is not None else given.replace(tzinfo=UTC)
    if at > datetime.now(UTC):
        raise click.UsageError(f"--list-date {given:%Y-%m-%d} is in the future; leave it out for a list of today")
    return at


def _parse_source(given: str | None) -> str | None:
    """Return the id of a source as rows spell it."""
    if given is None:
        return None
    try:
        found = fields.parse_source(given)
    except InvalidValue as invalid:
        raise click.UsageError(f"--source {given}: {invalid.message}; {invalid.remedy}") from invalid
    if found is None:
        raise click.UsageError(f"--source {given!r}: it is empty, or a mark for none; leave the option out")
    return found


def _open(path: Path) -> Path | BinaryIO:
    return sys.stdin.buffer if str(path) == "-" else path


def _leave(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    raise click.exceptions.Exit(code)
