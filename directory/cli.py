"""The `directory` command: all subcommands, on the registry that the environment configures.

Exit codes: 0, done; 1, failed, with a message on standard error; 2, wrong usage; others are specific to a command.
"""

import io
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Final

import click
import psycopg
from psycopg import Connection

from directory import service
from directory.config import Config
from directory.database import migrations
from directory.database.advisory_locks import LockTimeoutError
from directory.database.connections import connect
from directory.embedded.errors import EmbeddedError
from directory.environment import ConfigError
from directory.overview.queries import select_disguised, select_overview
from directory.registry_opener import CONTEXT_KEY
from directory.worker.connection_limits import OpenFilesError

# The sections of `directory --help`, in this order; a command that is in none is listed in the last.
SECTIONS: Final = {
    "Service": ("serve", "status", "migrate"),
    "Import and export": ("import", "import-sources", "sync", "export", "sample"),
    "Corrections": ("handle", "delete", "readmit"),
    "Snapshots": ("snapshot", "mirror"),
    "Maintenance": ("history", "explain"),
}


# Commands of features, by module and name. Only the one that runs is imported: all of them together, with Flask,
# SQLAlchemy and the dictionaries of pinyin, take more than a second of the processor, and 100 MB.
_FEATURES: Final = {
    "delete": ("directory.deletions.commands", "delete"),
    "export": ("directory.accounts.commands", "export"),
    "handle": ("directory.handles.commands", "handle"),
    "history": ("directory.accounts.commands", "history"),
    "import": ("directory.imports.commands", "import_"),
    "import-sources": ("directory.imports.commands", "import_sources_"),
    "mirror": ("directory.mirror.commands", "mirror"),
    "readmit": ("directory.deletions.commands", "readmit"),
    "sample": ("directory.sample.commands", "sample"),
    "snapshot": ("directory.snapshots.commands", "snapshot"),
    "sync": ("directory.sync.commands", "sync"),
}


class SectionedGroup(click.Group):
    """A group of commands whose help lists them in SECTIONS; those of features are imported when they are looked up."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name in _FEATURES and cmd_name not in self.commands:
            module, name = _FEATURES[cmd_name]
            self.commands[cmd_name] = getattr(import_module(module), name)
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click declares it
        """Return the names of all commands in the order of the help."""
        known = {*self.commands, *_FEATURES}
        listed = [name for names in SECTIONS.values() for name in names if name in known]
        return [*listed, *sorted(known - set(listed))]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands section by section."""
        remaining = self.list_commands(ctx)
        commands = {name: command for name in remaining if (command := self.get_command(ctx, name)) is not None}
        width = max(map(len, remaining))
        for title, names in SECTIONS.items():
            is_last = title == list(SECTIONS)[-1]
            section = [name for name in remaining if is_last or name in names]
            remaining = [name for name in remaining if name not in section]
            help_width = formatter.width - 6 - width
            with formatter.section(title):
                formatter.write_dl(
                    [(name.ljust(width), commands[name].get_short_help_str(help_width)) for name in section]
                )


@click.group(cls=SectionedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="official-directory")
@click.pass_context
def main(context: click.Context) -> None:
    """Manage and serve a registry of official government accounts on social platforms.

    Settings come from the environment: DATABASE_URL (an embedded PostgreSQL starts if it is not set), PORT, and
    DIRECTORY_… for the rest.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Exit as after Ctrl-C: context managers stop what they started.
        signal.signal(number, _exit_on_signal)
    _tolerate_closed_pipes()
    # Errors of the settings or the database are one line, not a traceback.
    context.with_resource(_click_errors())
    # How commands that other modules define open the registry.
    context.obj = context.meta[CONTEXT_KEY] = _RegistryOpener()


@main.command()
def serve() -> None:
    """Start PostgreSQL, migrate, load the starter data into an empty registry, and serve."""
    from directory.serving import serve as serve_requests  # noqa: PLC0415 - see _FEATURES

    config = _config()
    with service.reserved_address(config), service.running_database_and_server(config, _print_stderr) as (url, server):
        if not service.is_prepared(url, config.seed_data):
            _prepare_in_child(config, url)
        serve_requests(config, url, server, lambda: _print_urls(config))
    # Everything is stopped. Skip the finalization of the interpreter, which takes seconds on a busy machine.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@main.command()
def migrate() -> None:
    """Migrate the database to the schema and reference data of this program."""
    with _prepared(_config()) as url:
        _print_stderr(f"schema {migrations.current(url)}, with the reference data of this program")


@main.command()
def status() -> None:
    """Show where the registry is, its revision and its size."""
    config = _config()
    with service.running_database(config, _print_stderr) as url:
        schema = migrations.current(url)
        with connect(url) as conn:
            click.echo(f"PostgreSQL   {conn.info.parameter_status('server_version')}")
            click.echo(f"data         {config.data_dir if config.database_url is None else conn.info.dbname}")
            click.echo(f"schema       {schema or 'none yet'} (this program: {migrations.head()})")
            if schema == migrations.head():
                _show_counts(conn)


@main.command()
@click.argument("url", metavar="URL")
@click.option("--analyze", is_flag=True, help="Also run each statement and show actual times, rows and buffers.")
def explain(url: str, analyze: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Print the SQL that a request for URL runs, with its plan.

    URL is that of a list, count, facets or record of accounts: '/v1/accounts?q=police&region=GB'. The statements have
    their parameters as literals and the plans are comments, so that all can be pasted into psql. Statements that a
    process runs only once, to look up a region or plan a search, are left out. Nothing is written: the transaction is
    read-only.
    """
    from directory.accounts.commands import run_explain  # noqa: PLC0415
    from directory.accounts.explain import RecordingDatabase  # noqa: PLC0415
    from directory.app import create_app  # noqa: PLC0415

    config = _config()
    with _prepared(config) as address:
        database = RecordingDatabase(address, statement_timeout_ms=config.statement_timeout_ms)
        try:
            run_explain(database, create_app(config, database).test_client().get, url, analyze=analyze)
        finally:
            database.close()


class _PipeTolerantStream(io.TextIOWrapper):
    """Standard output or error that drops messages once its reader has closed the pipe, so that the work continues.

    Exported data is written to `buffer` instead, where a closed pipe is an error.
    """

    def write(self, text: str, /) -> int:
        """Write text, or drop it."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._drop()
            return len(text)

    def flush(self) -> None:
        """Flush the buffer, or drop it."""
        try:
            super().flush()
        except BrokenPipeError:
            self._drop()

    def _drop(self) -> None:
        # Python flushes the stream once more when it ends, and would exit with code 120.
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, self.fileno())
        os.close(descriptor)


def _tolerate_closed_pipes() -> None:
    """Keep a command from ending half-way because `| head` has read enough of its messages."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        # Not if a test or another program has replaced the stream.
        if stream is getattr(sys, f"__{name}__") and isinstance(stream, io.TextIOWrapper):
            tolerant = _PipeTolerantStream(
                stream.buffer, stream.encoding, stream.errors, line_buffering=stream.line_buffering
            )
            setattr(sys, name, tolerant)


class _RegistryOpener:
    """Opens settings and registry for commands that other modules define."""

    def __call__(self) -> AbstractContextManager[Connection]:
        """Return a connection that writes to the registry, as a context."""
        return _writing()

    def settings(self) -> Config:
        """Return the settings."""
        return _config()

    def registry(self, config: Config) -> AbstractContextManager[str]:
        """Yield the connection URL of the registry after migrating it."""
        return _prepared(config)


def _config() -> Config:
    return Config.from_environment(os.environ)


def _exit_on_signal(number: int, _: object) -> None:
    # As shells report the end by a signal.
    raise SystemExit(128 + number)


def _print_stderr(line: str) -> None:
    click.echo(line, err=True)


@contextmanager
def _prepared(config: Config) -> Iterator[str]:
    """Yield the connection URL of the registry after migrating it."""
    with service.running_database(config, _print_stderr) as url:
        service.prepare(url, config.write_wait)
        yield url


@contextmanager
def _writing() -> Iterator[Connection]:
    """Yield a connection that writes to the registry."""
    config = _config()
    with _prepared(config) as url, connect(url, _command(), lock_wait=config.write_wait) as conn:
        yield conn


def _command() -> str:
    """Return the running command as it is typed; processes that wait for its lock show it."""
    words: list[str] = []
    context = click.get_current_context(silent=True)
    while context is not None and context.parent is not None:
        words.insert(0, context.info_name or "")
        context = context.parent
    return " ".join(("directory", *words))


def _prepare_in_child(config: Config, url: str) -> None:
    """Prepare a registry in a process that ends: this one would keep 94 MB of what a first start imports and reads."""
    process = multiprocessing.get_context("spawn").Process(target=_prepare_to_serve, args=(config, url))
    process.start()
    try:
        process.join()
    finally:
        process.terminate()
        process.join()
    if process.exitcode != 0:
        raise SystemExit(1)


def _prepare_to_serve(config: Config, url: str) -> None:
    from directory.worker.shutdown import exit_with_parent  # noqa: PLC0415 - see _FEATURES

    # Ctrl-C reaches both processes, and the parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=exit_with_parent, daemon=True).start()
    _tolerate_closed_pipes()
    try:
        with _click_errors():
            service.prepare(url, config.write_wait)
            if config.seed_data == "bundled":
                _load_starter_data(config, url)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _load_starter_data(config: Config, url: str) -> None:
    from directory.imports.report import show_progress  # noqa: PLC0415 - see _FEATURES
    from directory.sync.sources import describe_offer  # noqa: PLC0415 - see _FEATURES

    with show_progress() as progress:
        report = service.load_starter_data(url, progress)
    if report is not None:
        _print_stderr(
            "the registry was empty; the starter data was loaded into it (DIRECTORY_SEED_DATA=none leaves it empty)"
        )
        for line in report.lines():
            _print_stderr(line)
        if (offer := describe_offer(config.sync_config, has_contact=config.contact is not None)) is not None:
            _print_stderr(offer)


def _print_urls(config: Config) -> None:
    address = config.base_url
    _print_stderr(
        f"{config.title} is ready:\n"
        f"  {address}/       website\n"
        f"  {address}/docs   API documentation\n"
        f"  {address}/v1     API\n"
        "Ctrl-C stops it."
    )


def _show_counts(conn: Connection) -> None:
    overview = select_overview(conn)
    size = conn.execute("SELECT pg_database_size(current_database())").fetchone()
    click.echo(f"revision     {overview.revision} of {overview.updated_at or 'no time yet'}")
    for kind, count in overview.counts.items():
        click.echo(f"{kind:12} {count:,}")
    click.echo(f"size         {0 if size is None else size[0] / 1_000_000:,.1f} MB")
    disguised, first = select_disguised(conn)
    if disguised:
        click.echo(
            f"check        {disguised:,} accounts have names with bidirectional or invisible characters, the first "
            f"{first}: import them again without these characters"
        )


@contextmanager
def _click_errors() -> Iterator[None]:
    try:
        yield
    except (
        ConfigError,
        EmbeddedError,
        LockTimeoutError,
        migrations.MigrationError,
        service.AddressInUseError,
        OpenFilesError,
    ) as error:
        raise click.ClickException(str(error)) from error
    except psycopg.errors.IdleInTransactionSessionTimeout as error:
        message = "the database ended the transaction because it was idle for too long: nothing was written; try again"
        raise click.ClickException(message) from error
    except BrokenPipeError as error:
        raise click.ClickException("the reader closed the output before its end") from error
    except psycopg.OperationalError as error:
        raise click.ClickException(f"the database cannot be used: {error}".strip()) from error
