"""Real PostgreSQL for every test: one migrated template database a session, copies of it for whoever writes."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from directory import reference_data
from directory.database.migrations import migrate
from directory.embedded import running
from directory.imports.pipeline import load_starter


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a server on which databases can be created: the one of the environment, else an embedded one."""
    given = os.environ.get("DIRECTORY_TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
    with nullcontext(given) if given else _embedded(tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """Give the name of a migrated database with reference data, to copy and never to connect to."""
    with _database(server_url) as (name, url):
        migrate(url)
        with psycopg.connect(url) as conn:
            reference_data.sync_reference_data(conn)
        yield name


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """Give a migrated database of the test's own, with reference data and no accounts."""
    with _database(server_url, template) as (_, url):
        yield url


@pytest.fixture(scope="module")
def module_database_url(server_url: str, template: str) -> Iterator[str]:
    """Give what `database_url` gives, but one for all tests of the module."""
    with _database(server_url, template) as (_, url):
        yield url


@pytest.fixture(scope="session")
def starter_database_url(server_url: str, template: str) -> Iterator[str]:
    """Give a database with the starter data, for tests that only read."""
    with _database(server_url, template) as (_, url):
        with psycopg.connect(url, autocommit=True) as conn:
            load_starter(conn)
        yield url


@pytest.fixture
def bare_database_url(server_url: str) -> Iterator[str]:
    """Give a database with nothing in it: no schema."""
    with _database(server_url) as (_, url):
        yield url


@pytest.fixture(scope="session")
def _shared_url(server_url: str, template: str) -> Iterator[str]:
    with _database(server_url, template) as (_, url):
        yield url


@pytest.fixture
def conn(_shared_url: str) -> Iterator[psycopg.Connection]:
    """Give a connection inside a transaction that is rolled back after the test."""
    with psycopg.connect(_shared_url, options="-c timezone=UTC") as connection:
        # Begun here, so that `conn.transaction()` in what is tested is a savepoint and commits nothing.
        connection.execute("SELECT 1")
        try:
            yield connection
        finally:
            connection.rollback()


@contextmanager
def _database(server_url: str, template: str = "template0") -> Iterator[tuple[str, str]]:
    """Create a database as a copy of `template`, give its name and URL, and drop it."""
    name = f"directory_test_{secrets.token_hex(6)}"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(statement)
    try:
        yield name, urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start embedded PostgreSQL for this session; pytest-xdist's workers share one."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with running(Path(folder) / "registry") as server:
        yield server.superuser_url
