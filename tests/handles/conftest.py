from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.accounts.queries.handles import Holding, select_holders, select_intervals
from directory.handles.commands import handle
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.imports.report import Report
from tests.imports.conftest import ndjson

UID = "2679652763"
OTHER = "1234567890"

Load = Callable[..., Report]
Run = Callable[..., Result]


def intervals(conn: psycopg.Connection, account_id: str) -> list[tuple[str, bool, bool]]:
    """Return the handles of an account, and whether each has a known beginning and an end."""
    return [
        (each.handle, each.valid_from is not None, each.valid_to is not None)
        for each in select_intervals(conn, account_id)
    ]


def holding(conn: psycopg.Connection, handle_key: str, platform: str = "weibo") -> Holding:
    """Return the holding of a handle."""
    (found,) = select_holders(conn, [(platform, handle_key)])
    return found


def account_of(conn: psycopg.Connection, user_id: str) -> str:
    """Return the id of the account with a user id on Weibo."""
    row = conn.execute("SELECT id FROM accounts WHERE platform_user_id = %s", (user_id,)).fetchone()
    assert row is not None
    return str(row[0])


def latest(conn: psycopg.Connection) -> tuple[Any, ...]:
    """Return number, actor and reason of the latest revision, and the numbers of intervals and exemptions."""
    row = conn.execute(
        """
        SELECT revision, actor, reason, (SELECT count(*) FROM handles), (SELECT count(*) FROM quarantine_exemptions)
          FROM revisions ORDER BY revision DESC LIMIT 1
        """
    ).fetchone()
    assert row is not None
    return row


@pytest.fixture(scope="session")
def shared_database_url(shared_database_url_of_few_regions: str) -> str:
    """Return the URL of the database of `conn`: each of the hundreds of imports reads all regions."""
    return shared_database_url_of_few_regions


@pytest.fixture
def load(conn: psycopg.Connection) -> Load:
    """Return a function that imports rows on Weibo, each as keywords, by default of source `s`."""

    def load_rows(*rows: dict[str, object], **options: Any) -> Report:  # noqa: ANN401 - the options of an import
        given = [{"platform": "weibo", "source": "s", **row} for row in rows]
        return import_files(conn, [ndjson(given)], Options(actor="test", reason="test", **options))

    return load_rows


@pytest.fixture
def run(conn: psycopg.Connection) -> Run:
    """Return a function that runs `directory handle` on the test's connection."""
    return lambda *words: CliRunner().invoke(
        handle, list(map(str, words)), obj=lambda: nullcontext(conn), catch_exceptions=False
    )
