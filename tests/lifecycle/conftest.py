"""A registry of the tests of one connection, and what its accounts look like."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.handles.changes import AuditNote
from directory.lifecycle.commands import account
from tests.handles.conftest import load, shared_database_url  # noqa: F401 - fixtures

Run = Callable[..., Result]

WHY = AuditNote("test", "test")


def state(conn: psycopg.Connection, account_id: str) -> dict[str, Any]:
    """Return what the public document of an account says of what operations change."""
    row = conn.execute("SELECT document::jsonb FROM accounts WHERE id = %s", (account_id,)).fetchone()
    assert row is not None
    document = row[0]
    return {
        "status": document["status"],
        "closed_on": document["closed_on"],
        "department": document["department"] and document["department"]["name"],
        "region": document["region"] and document["region"]["code"],
        "handle": document["handle"],
        "replaced_by": document["replaced_by"],
    }


@pytest.fixture
def run(conn: psycopg.Connection) -> Run:
    """Return a function that runs `directory account` on the test's connection."""
    return lambda *words: CliRunner().invoke(
        account, list(map(str, words)), obj=lambda: nullcontext(conn), catch_exceptions=False
    )
