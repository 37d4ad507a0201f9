"""`directory export`: the bytes of a download, into a file. `directory drop-states`: how far back `as_of` reaches."""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import click

from directory.accounts.downloads import compressed, write_accounts
from directory.accounts.formats import FORMATS, Format
from directory.accounts.history_pruning import delete_eras, drop_withdrawn
from directory.accounts.parameters import CsvQuerySchema, DownloadQuerySchema
from directory.accounts.search_pages import settle
from directory.accounts.vocabularies import resolve
from directory.database import revisions
from directory.database.connections import Database
from directory.database.point_in_time import select_oldest_readable
from directory.http.problems import Problem

if TYPE_CHECKING:
    from psycopg import Connection

_ENCODINGS: Final = {".gz": "gzip", ".zst": "zstd"}
_SCHEMAS: Final = {"csv": CsvQuerySchema, "json": DownloadQuerySchema, "ndjson": DownloadQuerySchema}

Command = TypeVar("Command", bound=Callable[..., Any])


def export_options(command: Command) -> Command:
    """Decorate a command with the arguments and options of an export, under the names that `run_export` takes.

    Each parameter of the download is an option of the same name, to be given once or several times.
    """
    for name, field in reversed(CsvQuerySchema().load_fields.items()):
        command = click.option(
            f"--{name.replace('_', '-')}", name, multiple=True, metavar="VALUE", help=getattr(field, "description", "")
        )(command)
    form = click.option("--format", "form", type=click.Choice(FORMATS), help="Form [what the name ends in, or ndjson].")
    return click.argument("target", metavar="FILE")(form(command))


def run_export(database: Database, target: str, *, form: str | None, **filters: tuple[str, ...]) -> None:
    """Write all accounts that match into the file `target`, or to standard output for `-`.

    The file is there whole or not at all; one of the same name stays until then. Its name says the form and, by
    `.gz` or `.zst` behind it, the compression, unless `form` does. Raises click.ClickException.
    """
    path = Path(target)
    encoding = _ENCODINGS.get(path.suffix, "identity")
    chosen = _form(path, form)
    pairs = tuple((name, value) for name, values in filters.items() for value in values)
    try:
        query = _SCHEMAS[chosen]().parse(pairs)
        wanted = settle(database, resolve(database, query))
    except Problem as problem:
        faults = "".join(f"\n  --{error['parameter'].replace('_', '-')}: {error['detail']}" for error in problem.errors)
        raise click.ClickException(f"{problem.title}.{faults}") from problem
    try:
        with _opened(target) as file, compressed(file, encoding) as writer, database.export() as conn:
            write_accounts(conn, writer, chosen, query, wanted)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            # Who reads has what it wants, as `head` does: no more can be said, and nothing is wrong with the file.
            _close_output()
            raise click.exceptions.Exit(1) from error
        raise click.ClickException(f"{target} cannot be written: {error.strerror}") from error
    if wanted.dropped:
        click.echo(f"No account has all words of --q; left out: {', '.join(wanted.dropped)}", err=True)


def run_drop_states(conn: Connection[Any], days: int) -> None:
    """Drop states by which nothing of the last `days` days is answered, and say how far back is answered now."""
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    with conn.transaction():
        # A writer may be about to begin an era.
        revisions.lock_writes(conn)
        dropped = drop_withdrawn(conn)
        withdrawn = delete_eras(conn, before)
        oldest = select_oldest_readable(conn)
    click.echo(f"eras         {withdrawn} withdrawn, {dropped} that were withdrawn before dropped")
    if oldest is not None:
        click.echo(f"oldest       revision {oldest.number} of {oldest.at.astimezone(dt.UTC).isoformat()}")


def _close_output() -> None:
    """Let what still waits for standard output go: at the end Python would try again, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _form(path: Path, given: str | None) -> Format:
    """Return the form that is asked for, else the one that the name ends in, else NDJSON."""
    suffix = (path.with_suffix("") if path.suffix in _ENCODINGS else path).suffix
    named = given or suffix.removeprefix(".")
    for form in FORMATS:
        if named == form:
            return form
    if str(path) == "-" or not suffix:
        return "ndjson"
    message = f"{suffix} is no form of a download; choose one with --format: {', '.join(FORMATS)}"
    raise click.ClickException(message)


@contextmanager
def _opened(target: str) -> Iterator[BinaryIO]:
    """Yield what to write to; a file takes its name only after the last byte is on the disk."""
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
            # As any new file: what the umask leaves, and not the privacy of a temporary one.
            umask = os.umask(0)
            os.umask(umask)
            part.chmod(0o666 & ~umask)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
