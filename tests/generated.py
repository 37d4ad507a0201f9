"""Files that are generated and committed: the contract, schemas, SQL of requests, help of commands, an evaluation set.

`python -m tests.generated` writes all of it (`make generate`); `tests/test_generated.py` compares it.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg

from directory.app import create_app
from directory.catalog.records import RECORDS, schema_text
from directory.cli import main as command
from directory.config import Config
from directory.database.connections import Database
from directory.database.migrations import migrate
from directory.embedded.owner import find_owner
from directory.embedded.programs import find_programs
from directory.embedded.server import running
from directory.openapi.document import OPENAPI, dump_document
from directory.reference_data import sync_reference_data
from tests import schema_map, translations
from tests.accounts import statements
from tests.search.evaluation import evaluation_set

ROOT = Path(__file__).parent.parent
CONTRACT = ROOT / "openapi" / "openapi.json"
SCHEMA = ROOT / "migrations" / "schema.sql"
SCHEMA_MAP = ROOT / "docs" / "schema.md"
RECORD_SCHEMAS = ROOT / "openapi" / "schemas"
COMMANDS = ROOT / "docs" / "commands.md"
STATEMENTS = statements.FOLDER
EVALUATION = evaluation_set.PATH
WIDTH = 100
COMMANDS_HEADING = """# Commands

The commands' own help, written by `make generate`. [Settings](configuration.md) come from the environment."""
SCHEMA_HEADING = """-- The schema at head, to read and never to run: `make generate` writes it from the migrations.
-- docs/schema.md explains it: what each table is for, and which trigger fires when and writes what."""


def contract() -> str:
    """Return the OpenAPI document of the code as it stands, under no settings; asks no database."""
    database = Database("postgresql://nowhere.invalid/", statement_timeout_ms=1)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config.from_environment({"DIRECTORY_DATA_DIR": folder}), database)
    document: dict[str, object] = json.loads(app.extensions[OPENAPI].text)
    return dump_document(document)


def record_schemas() -> dict[str, str]:
    """Return the JSON Schemas of the records by the names of their files, under no settings."""
    base_url = Config.from_environment({}).base_url
    return {f"{name}.json": schema_text(name, base_url) for name in RECORDS}


def schema() -> str:
    """Return the schema of a migrated embedded database as plain SQL, without what differs from run to run."""
    programs = find_programs(find_owner(ROOT))
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "registry") as server:
        migrate(server.url)
        dump: list[str | Path] = [
            programs.folder / "pg_dump",
            "--schema-only",
            "--no-owner",
            "--no-privileges",
            "-T",
            "alembic_version",
            # Eras come and go with what is written; each is made like `account_states`.
            "-T",
            "account_states_*",
        ]
        text = subprocess.run([*dump, server.url], check=True, capture_output=True, text=True).stdout
    settings = ("--", "\\", "SET ", "SELECT pg_catalog.set_config")
    told = "\n".join(line for line in text.splitlines() if not line.startswith(settings))
    statements = re.sub(r"\n{2,}", "\n\n", told).strip()
    return f"{SCHEMA_HEADING}\n\n{statements}\n"


def schema_page() -> str:
    """Return the page about the schema, from the catalog of a migrated embedded database."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "registry") as server:
        migrate(server.url)
        with psycopg.connect(server.url) as conn:
            return schema_map.describe(schema_map.read_catalog(conn))


def commands() -> str:
    """Return the page of all commands: their own help."""
    helps = [f"## {context.command_path}\n\n```\n{context.get_help()}\n```" for context in walk(command, "directory")]
    return "\n\n".join([COMMANDS_HEADING, *helps]) + "\n"


def account_statements(url: str) -> dict[str, str]:
    """Return the SQL of typical requests by the names of its files, on a migrated database without accounts."""
    return statements.write_statements(url)


def evaluation() -> str:
    """Return the evaluation set of the search, as the rules make it of the starter data."""
    return evaluation_set.write_lines(evaluation_set.questions())


def walk(found: click.Command, name: str, parent: click.Context | None = None) -> Iterator[click.Context]:
    """Return the context of a command and of all below it, as they are when someone calls them by these words."""
    settings = {**found.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(found, info_name=name, parent=parent, **settings)
    yield context
    if isinstance(found, click.Group):
        for below, command_below in sorted(found.commands.items()):
            yield from walk(command_below, below, context)


def main() -> None:
    """Write everything."""
    CONTRACT.parent.mkdir(exist_ok=True)
    CONTRACT.write_text(contract())
    RECORD_SCHEMAS.mkdir(exist_ok=True)
    for name, text in record_schemas().items():
        (RECORD_SCHEMAS / name).write_text(text, encoding="utf-8")
    COMMANDS.write_text(commands())
    SCHEMA.write_text(schema())
    SCHEMA_MAP.write_text(schema_page())
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "registry") as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            sync_reference_data(conn)
        for name, text in account_statements(server.url).items():
            (STATEMENTS / name).write_text(text, encoding="utf-8")
    EVALUATION.write_text(evaluation(), encoding="utf-8")
    translations.write()


if __name__ == "__main__":
    main()
