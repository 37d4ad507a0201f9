"""The `directory` command: all subcommands, on the registry that the environment configures.

Exit codes: 0, done; 1, failed, with a message on standard error; 2, wrong usage; others are specific to a command.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Final

import click
from psycopg import Connection

from directory import service
from directory.config import Config
from directory.console import exit_on_signal, one_line_errors, print_message, tolerate_closed_pipes
from directory.database import migrations
from directory.database.connections import connect
from directory.overview.queries import select_disguised, select_overview
from directory.registry_opener import CONTEXT_KEY

# The sections of `directory --help`, in this order; a command that is in none is listed in the last.
SECTIONS: Final = {
    "Service": ("serve", "status", "migrate"),
    "Import and export": (
        "import",
        "import-sources",
        "expected-counts",
        "sync",
        "observe",
        "collect",
        "export",
        "sample",
    ),
    "Checks": ("probe", "proof", "dormancy"),
    "Corrections": ("account", "feedback", "handle", "delete", "readmit"),
    "Writing by HTTP": ("token",),
    "Messages": ("webhook",),
    "Snapshots": ("snapshot", "mirror"),
    "Maintenance": ("jobs", "history", "observations", "explain"),
}


# Commands of features, by module and name. Only the one that runs is imported: all of them together, with Flask,
# SQLAlchemy and the dictionaries of pinyin, take more than a second of the processor, and 100 MB.
_FEATURES: Final = {
    "account": ("directory.lifecycle.commands", "account"),
    "collect": ("directory.collect.commands", "collect"),
    "delete": ("directory.deletions.commands", "delete"),
    "dormancy": ("directory.quality.commands", "dormancy"),
    "expected-counts": ("directory.reports.commands", "expected_counts"),
    "export": ("directory.accounts.commands", "export"),
    "feedback": ("directory.feedback.commands", "feedback"),
    "handle": ("directory.handles.commands", "handle"),
    "history": ("directory.accounts.commands", "history"),
    "import": ("directory.imports.commands", "import_"),
    "import-sources": ("directory.imports.commands", "import_sources_"),
    "jobs": ("directory.jobs.commands", "jobs"),
    "mirror": ("directory.mirror.commands", "mirror"),
    "observe": ("directory.followers.commands", "observe"),
    "observations": ("directory.followers.commands", "observations"),
    "probe": ("directory.probe.commands", "probe"),
    "proof": ("directory.verification.commands", "proof"),
    "readmit": ("directory.deletions.commands", "readmit"),
    "sample": ("directory.sample.commands", "sample"),
    "snapshot": ("directory.snapshots.commands", "snapshot"),
    "token": ("directory.tokens.commands", "token"),
    "sync": ("directory.sync.commands", "sync"),
    "webhook": ("directory.webhooks.commands", "webhook"),
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
        signal.signal(number, exit_on_signal)
    tolerate_closed_pipes()
    # Errors of the settings or the database are one line, not a traceback.
    context.with_resource(one_line_errors())
    # How commands that other modules define open the registry.
    context.obj = context.meta[CONTEXT_KEY] = _RegistryOpener()


@main.command()
def serve() -> None:
    """Start PostgreSQL, migrate, load the starter data into an empty registry, and serve."""
    from directory.serving import serve as serve_requests  # noqa: PLC0415 - see _FEATURES

    config = _config()
    with service.reserved_address(config), service.running_database_and_server(config, print_message) as (url, server):
        if not service.is_prepared(url, config.seed_data):
            from directory.first_start import prepare_in_child  # noqa: PLC0415 - see _FEATURES

            prepare_in_child(config, url)
        serve_requests(config, url, server, lambda: _print_urls(config))
    # Everything is stopped. Skip the finalization of the interpreter, which takes seconds on a busy machine.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@main.command()
def migrate() -> None:
    """Migrate the database to the schema and reference data of this program."""
    with _prepared(_config()) as url:
        print_message(f"schema {migrations.current(url)}, with the reference data of this program")


@main.command()
def status() -> None:
    """Show where the registry is, its revision and its size."""
    config = _config()
    with service.running_database(config, print_message) as url:
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


@contextmanager
def _prepared(config: Config) -> Iterator[str]:
    """Yield the connection URL of the registry after migrating it."""
    with service.running_database(config, print_message) as url:
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


def _print_urls(config: Config) -> None:
    address = config.base_url
    print_message(
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
