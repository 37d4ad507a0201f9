"""A registry with three accounts, a client of it, and tokens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.cli import main
from directory.database.connections import connect
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from tests.handles.conftest import OTHER, UID, load, shared_database_url  # noqa: F401 - fixtures
from tests.imports.conftest import ndjson
from tests.serving import client_of

Send = Callable[..., TestResponse]
ROWS: list[dict[str, Any]] = [
    {"handle": "one", "platform_user_id": UID, "status": "active", "department": "Cars", "region": "US-OR"},
    {"handle": "two", "platform_user_id": OTHER, "status": "active", "department": "Ships", "region": "US-OH"},
    {"handle": "three", "department": "Ships", "region": "US-OH"},
]
PROPOSE = ("--scope", "propose", "--name", "Survey")
MODERATE = ("--scope", "moderate", "--name", "Desk")
EDIT = ("--scope", "edit", "--name", "Editor")


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return the template with few regions."""
    return template_of_few_regions


@pytest.fixture
def registry(database_url: str) -> str:
    """Return a registry with three accounts."""
    with connect(database_url) as conn:
        rows = [{"platform": "weibo", "source": "s", **row} for row in ROWS]
        import_files(conn, [ndjson(rows)], Options(actor="test", reason="test"))
    return database_url


@pytest.fixture
def ids(registry: str) -> list[str]:
    """Return the ids of the three accounts."""
    return [values(registry, "SELECT id FROM accounts WHERE handle = %s", row["handle"])[0] for row in ROWS]


@pytest.fixture
def settings() -> dict[str, Any]:
    """Return settings of the service that are not the default."""
    return {}


@pytest.fixture
def client(registry: str, tmp_path: Path, settings: dict[str, Any]) -> Iterator[FlaskClient]:
    """Yield a client of the registry."""
    with client_of(registry, tmp_path, **settings) as client:
        yield client


@pytest.fixture
def create_token(registry: str) -> Callable[..., str]:
    """Return a function that returns the token of options of `directory token create`, one for equal ones."""
    tokens: dict[tuple[str, ...], str] = {}

    def create(*options: str) -> str:
        if options not in tokens:
            made = CliRunner().invoke(main, ["token", "create", *options], env={"DATABASE_URL": registry})
            tokens[options] = made.stdout.strip()
        return tokens[options]

    return create


@pytest.fixture
def send(client: FlaskClient, create_token: Callable[..., str]) -> Send:
    """Return a function that sends a request with a token, by its options, and the members of its body."""

    def open_url(options: tuple[str, ...], method: str, path: str, **members: object) -> TestResponse:
        return client.open(
            path,
            method=method,
            headers={"Authorization": f"Bearer {create_token(*options)}"},
            json=members if method == "POST" else None,
        )

    return open_url


@pytest.fixture
def propose(send: Send) -> Send:
    """Return a function that proposes an operation on an account."""

    def post(account: str, operation: str, *options: str, query: str = "", **body: object) -> TestResponse:
        path = f"/v1/proposals{query}"
        members = {"account": account, "operation": operation, "body": body, "reason": "they say so"}
        return send(options or PROPOSE, "POST", path, **members)

    return post


def values(url: str, query: LiteralString, *parameters: object) -> list[str]:
    """Return the first column of a query."""
    with psycopg.connect(url) as conn:
        return [str(row[0]) for row in conn.execute(query, parameters).fetchall()]
