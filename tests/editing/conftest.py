"""The registry of the tests of tokens, whose accounts are changed here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.revisions import begin_revision
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.serving import client_of
from tests.tokens.conftest import Registry, create_token, registry, template

__all__ = ["create_token", "registry", "template"]


@pytest.fixture
def client(registry: Registry, tmp_path: Path) -> Iterator[FlaskClient]:
    """Yield a client of the registry."""
    with client_of(registry.url, tmp_path) as client:
        yield client


@pytest.fixture
def account(registry: Registry, request: pytest.FixtureRequest) -> str:
    """Return an account of the test's own."""
    name = request.node.name
    return write(
        registry,
        lambda conn: insert_account(conn, 9, {"name": name, "handle": name[-30:], "region_code": "CN"}),
        name,
    )


def write(registry: Registry, change: Callable[[psycopg.Connection], object], name: str) -> str:
    """Make a change in a revision, and return the account of a name."""
    with psycopg.connect(registry.url) as conn:
        begin_revision(conn, actor="test", reason="test")
        change(conn)
        index_pending(conn)
        rows = conn.execute("SELECT id FROM accounts WHERE name = %s", (name,)).fetchall()
    return str(rows[0][0]) if rows else ""


def read_tag(client: FlaskClient, account: str, encoding: str = "identity") -> str:
    """Return the tag of an account as a reader gets it."""
    response = client.get(f"/v1/accounts/{account}", headers={"Accept-Encoding": encoding})
    assert response.status_code == 200
    return response.headers["ETag"]
