"""A registry with a mayor's account and a town's, and what asks it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.imports.report import Report
from tests.imports.conftest import ndjson

Load = Callable[..., Report]

MAYOR: dict[str, Any] = {
    "platform": "x",
    "handle": "MayorExample",
    "platform_user_id": "98765432198",
    "name": "Zeruiah Example",
    "name_zh": "艾达",
    "description": "Zeruiah Example, mayor",
    "subject": "person",
    "department": "Mayor of Exampleton",
    "region": "US",
    "followers": 7654321,
    "opened_on": "2015-01-01",
    "tags": ["mayor"],
    "source": "cities",
}
TOWN: dict[str, Any] = {
    "platform": "x",
    "handle": "exampleton",
    "name": "Exampleton",
    "source": "cities",
    "region": "US",
}
TELLING = ("MayorExample", "mayorexample", "zeruiah", "Zeruiah", "艾达", "98765432198", "7654321")


def load_rows(conn: psycopg.Connection, *rows: dict[str, Any], complete: bool = False) -> Report:
    """Import rows."""
    return import_files(conn, [ndjson(rows)], Options(actor="test", reason="test", complete=complete))


def id_of(conn: psycopg.Connection, handle: str) -> str:
    """Return the id of the account that holds a handle."""
    row = conn.execute("SELECT id FROM accounts WHERE handle = %s", (handle,)).fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture(scope="session")
def shared_database_url(shared_database_url_of_few_regions: str) -> str:
    """Return the URL of the database of `conn`: each import reads all regions."""
    return shared_database_url_of_few_regions


@pytest.fixture
def load(conn: psycopg.Connection) -> Load:
    """Return a function that imports rows on the test's connection."""
    return lambda *rows, **options: load_rows(conn, *rows, **options)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return the way to a registry of the test's own."""
    opened = Database(database_url, statement_timeout_ms=10_000)
    yield opened
    opened.close()


@pytest.fixture
def client(database: Database, tmp_path: Path) -> FlaskClient:
    """Return a client of the application on that registry."""
    config = Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache")
    return create_app(config, database).test_client()
