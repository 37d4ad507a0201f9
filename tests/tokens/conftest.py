"""A registry with a record in the region and department of a token, and one elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import psycopg
import pytest
from click.testing import CliRunner

from directory.cli import main
from directory.database.revisions import begin_revision
from directory.search.indexing import index_pending
from directory.tokens.queries import insert_token
from tests.accounts.conftest import insert_account

# Of each region, the id of a report about its account.
REPORTS = {"CN-510100": "4h6pd00", "US-CA": "4h6pd01"}
# And of a proposal.
PROPOSALS = {"CN-510100": "4h6pd02", "US-CA": "4h6pd03"}


class Place(NamedTuple):
    """An account with its department, the department above that, and its region."""

    account: str
    department: str
    above: str
    region: str


class Registry(NamedTuple):
    """What is inside of a narrowed token, and what is not."""

    url: str
    own: Place
    foreign: Place


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return the template with few regions."""
    return template_of_few_regions


@pytest.fixture(scope="module")
def registry(module_database_url: str) -> Registry:
    """Return the registry of the module: a city office in Chengdu, and one in California."""
    with psycopg.connect(module_database_url) as conn:
        begin_revision(conn, actor="test", reason="accounts")
        own = _insert(conn, 0, "CN-510100", "CN/CN-510000/CN-510100/")
        foreign = _insert(conn, 1, "US-CA", "US/US-CA/")
        index_pending(conn)
    return Registry(module_database_url, own, foreign)


@pytest.fixture
def create_token(registry: Registry) -> Callable[..., str]:
    """Return a function that creates a token with options of `directory token create`."""

    def create(*options: str) -> str:
        (token,) = run_command(registry.url, "create", "--name", "Desk", *options)
        return token

    return create


def run_command(url: str, *arguments: str, status: int = 0) -> list[str]:
    """Return the lines that `directory token` prints on standard output."""
    result = CliRunner().invoke(main, ["token", *arguments], env={"DATABASE_URL": url}, catch_exceptions=False)
    assert result.exit_code == status, result.output
    return (result.stdout if not status else result.stderr).splitlines()


def _insert(conn: psycopg.Connection, number: int, region: str, path: str) -> Place:
    above = _insert_department(conn, f"Ministry {number}", region, path, None)
    department = _insert_department(conn, f"Office {number}", region, path, above)
    insert_account(
        conn,
        number,
        {"name": f"Office {number}", "department_id": department, "region_code": region, "region_path": path},
    )
    row = conn.execute("SELECT id FROM accounts WHERE department_id = %s", (department,)).fetchone()
    assert row is not None
    conn.execute(
        "INSERT INTO feedback (id, kind, account_id, key_digest) VALUES (%s, 'other', %s, %s)",
        (REPORTS[region], row[0], b"k" * 32),
    )
    token = insert_token(conn, region.encode().ljust(32), name="Survey", scopes=["propose"], lifetime=timedelta(1))
    conn.execute(
        """
        INSERT INTO proposals (id, account_id, operation, body, digest, reason, token_id, proposer, read_at)
        VALUES (%s, %s, 'suspend', '{}', %s, 'test', %s, 'Survey', 1)
        """,
        (PROPOSALS[region], row[0], region.encode().ljust(32), token),
    )
    return Place(row[0], department, above, region)


def _insert_department(conn: psycopg.Connection, name: str, region: str, path: str, parent: str | None) -> str:
    row = conn.execute(
        """
        INSERT INTO departments (name, name_key, type, region_code, region_path, parent_id)
        VALUES (%s, lower(%s), 'other', %s, %s, %s) RETURNING id
        """,
        (name, name, region, path, parent),
    ).fetchone()
    assert row is not None
    return str(row[0])
