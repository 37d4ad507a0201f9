"""A registry that is written to while it is read, and a client of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revisions import begin_revision
from tests.changes.reading import wait_for

Write = Callable[..., int]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return the way to a registry of the test's own."""
    opened = Database(database_url, statement_timeout_ms=10_000)
    yield opened
    opened.close()


@pytest.fixture
def client(database: Database, tmp_path: Path) -> FlaskClient:
    """Return a client of the application on that registry."""
    config = Config(
        data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache", public_url="https://example.org/registry"
    )
    return create_app(config, database).test_client()


@pytest.fixture
def write(database_url: str, database: Database) -> Write:
    """Return a function that runs statements, or another function, in one revision and returns its number."""

    def run(
        *statements: LiteralString | Callable[[psycopg.Connection], object],
        source: str | None = None,
        **parameters: object,
    ) -> int:
        with psycopg.connect(database_url, autocommit=True) as conn, conn.transaction():
            revision = begin_revision(conn, actor="editor", reason="a change", source=source)
            for statement in statements:
                if callable(statement):
                    statement(conn)
                else:
                    conn.execute(statement, parameters)
        wait_for(database, revision)
        return revision

    return run
