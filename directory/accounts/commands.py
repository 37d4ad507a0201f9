"""Commands: `export` writes a download to a file, `history prune` limits `as_of`, `explain` prints SQL."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar
from urllib.parse import quote, urlsplit

import click

from directory.accounts.downloads import FORMATS, compressed, write_accounts
from directory.accounts.explain import RecordingDatabase, Statement
from directory.accounts.parameters import CsvQuerySchema, DownloadQuerySchema, build_filter
from directory.accounts.queries.download import Format
from directory.accounts.queries.history_pruning import drop_retired_eras, retire_eras
from directory.accounts.search_pages import expand_search_if_few
from directory.database import advisory_locks
from directory.database.connections import Database
from directory.database.point_in_time import select_oldest_readable
from directory.http.problems import Problem
from directory.registry_opener import RegistryOpener

if TYPE_CHECKING:
    from psycopg import Connection


_EXPLAINED: Final = re.compile(r"/v1/accounts(/[^/.]+(/followers)?)?")
_ENCODINGS: Final = {".gz": "gzip", ".zst": "zstd"}
_SCHEMAS: Final = {"csv": CsvQuerySchema, "json": DownloadQuerySchema, "ndjson": DownloadQuerySchema}

Command = TypeVar("Command", bound=Callable[..., Any])


def export_options(command: Command) -> Command:
    """Decorate a command with the arguments and options of an export, under the names that `run_export` takes.

    Each parameter of the download is an option of the same name, which may be repeated.
    """
    for name, field in reversed(CsvQuerySchema().load_fields.items()):
        command = click.option(
            f"--{name.replace('_', '-')}", name, multiple=True, metavar="VALUE", help=getattr(field, "description", "")
        )(command)
    form = click.option("--format", "form", type=click.Choice(FORMATS), help="Form [what the name ends in, or ndjson].")
    return click.argument("target", metavar="FILE")(form(command))


@click.command()
@export_options
@click.pass_obj
def export(opens: RegistryOpener, /, target: str, form: str | None, **filters: tuple[str, ...]) -> None:
    """Write all matching accounts to FILE (-: standard output), as the API's downloads do."""
    config = opens.settings()
    with opens.registry(config) as url:
        database = Database(url, statement_timeout_ms=config.statement_timeout_ms)
        try:
            run_export(database, target, form=form, **filters)
        finally:
            database.close()


def run_export(database: Database, target: str, *, form: str | None, **filters: tuple[str, ...]) -> None:
    """Write all accounts that match to the file `target`, or to standard output for `-`.

    The file is written whole or not at all; one of the same name is replaced at the end. Its name determines the form,
    unless `form` does, and by `.gz` or `.zst` at its end the compression. Raises click.ClickException.
    """
    path = Path(target)
    encoding = _ENCODINGS.get(path.suffix, "identity")
    chosen = _form(path, form)
    pairs = tuple((name, value) for name, values in filters.items() for value in values)
    try:
        query = _SCHEMAS[chosen]().parse(pairs)
        account_filter = expand_search_if_few(database, build_filter(database, query))
    except Problem as problem:
        faults = "".join(f"\n  --{error['parameter'].replace('_', '-')}: {error['detail']}" for error in problem.errors)
        raise click.ClickException(f"{problem.title}.{faults}") from problem
    try:
        with _opened(target) as file, compressed(file, encoding) as writer, database.export() as conn:
            write_accounts(conn, writer, chosen, query, account_filter)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            # The reader has closed the pipe, as `head` does. That is no error of the export, so nothing is printed.
            _close_output()
            raise click.exceptions.Exit(1) from error
        raise click.ClickException(f"{target} cannot be written: {error.strerror}") from error
    if account_filter.dropped:
        click.echo(f"No account has all words of --q; left out: {', '.join(account_filter.dropped)}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def history() -> None:
    """Limit how far back `as_of` reaches."""


@history.command("prune")
@click.option(
    "--days", type=click.IntRange(min=1), help="Days that `as_of` has to reach back [DIRECTORY_HISTORY_DAYS]."
)
@click.pass_obj
def history_prune(opens: RegistryOpener, /, days: int | None) -> None:
    """Drop states of accounts that only `as_of` needs, for times long ago.

    Histories and changes stay. States are stored in eras. An era of which every revision is older than so many days is
    retired: `as_of` no longer reaches it. The next run frees its disk space, when no request reads it any more. Run
    this daily.
    """
    history_days = days or opens.settings().history_days
    if not history_days:
        raise click.UsageError("nothing is pruned by default: give --days, or set DIRECTORY_HISTORY_DAYS")
    with opens() as conn:
        run_history_prune(conn, history_days)


def run_history_prune(conn: Connection[Any], days: int) -> None:
    """Retire eras that ended more than `days` days ago, drop those retired before, and print what `as_of` reaches."""
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    with conn.transaction():
        # A concurrent writer may be starting an era.
        advisory_locks.lock_writes(conn)
        dropped = drop_retired_eras(conn)
        retired = retire_eras(conn, before)
        oldest = select_oldest_readable(conn)
    click.echo(f"eras         {retired} retired, {dropped} retired before were dropped")
    if oldest is not None:
        click.echo(f"oldest       revision {oldest.number} of {oldest.at.astimezone(dt.UTC).isoformat()}")


def run_explain(database: RecordingDatabase, get: Callable[[str], Any], url: str, *, analyze: bool = False) -> None:
    """Print the statements that a GET of `url` runs, each with its plan as a comment; raise click.ClickException.

    `get` sends a request to an application on `database` and returns its response.
    """
    path = urlsplit(url).path
    if not _EXPLAINED.fullmatch(path):
        message = (
            f"{path or url} cannot be explained; expected /v1/accounts, /v1/accounts/ID or /v1/accounts/ID/followers"
        )
        raise click.ClickException(message)
    statements = record_statements(database, get, url)
    for number, statement in enumerate(statements, 1):
        click.echo(f"-- statement {number} of {len(statements)}")
        click.echo(f"{statement.literal_sql()};\n")
        for line in database.explain(statement, analyze=analyze):
            click.echo(f"-- {line}")
        click.echo()


def record_statements(database: RecordingDatabase, get: Callable[[str], Any], url: str) -> list[Statement]:
    """Return the statements of a request; raise click.ClickException where it fails."""
    address = urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl()
    # Twice: what the process then has in its caches, such as the region of a code, is read by no other request.
    for _ in range(2):
        database.statements.clear()
        response = get(quote(address, safe="/?&=%:;,+-._~@!$'()*"))
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            problem = response.get_json()
            errors = "".join(f"\n  {error['parameter']}: {error['detail']}" for error in problem.get("errors", ()))
            raise click.ClickException(f"{problem['title']}. {problem.get('detail', '')}{errors}")
    return list(database.statements)


def _close_output() -> None:
    """Discard what is still buffered for standard output: Python would flush it at exit, and fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _form(path: Path, option: str | None) -> Format:
    """Return the form of the option, else the one that the name ends in, else NDJSON."""
    suffix = (path.with_suffix("") if path.suffix in _ENCODINGS else path).suffix
    named = option or suffix.removeprefix(".")
    for form in FORMATS:
        if named == form:
            return form
    if str(path) == "-" or not suffix:
        return "ndjson"
    message = f"{suffix} is no form of a download; choose one with --format: {', '.join(FORMATS)}"
    raise click.ClickException(message)


@contextmanager
def _opened(target: str) -> Iterator[BinaryIO]:
    """Yield a file to write to, which gets its name only after the last byte is on the disk."""
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        part = Path(file.name)
        try:
            yield file  # type: ignore[misc]
            file.flush()
            os.fsync(file.fileno())
            # The mode of any new file: temporary ones are private to the user.
            umask = os.umask(0)
            os.umask(umask)
            part.chmod(0o666 & ~umask)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
