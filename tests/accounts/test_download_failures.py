"""What happens to a download when the database, the client or another writer interferes."""

import io
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg import Connection

from directory.accounts import routes
from directory.accounts.downloads import write_accounts
from directory.accounts.parameters import AccountQuery, Filter
from directory.accounts.queries.download import Format
from directory.database.revisions import begin_revision
from tests.accounts.conftest import Registry

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def newest_revision(registry: Registry) -> int:
    with psycopg.connect(registry.url) as conn:
        row = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    assert row is not None
    return int(row[0])


class Interrupting(io.BytesIO):
    """A file during whose first write something happens."""

    def __init__(self, happen: Callable[[], None]) -> None:
        super().__init__()
        self.happen: Callable[[], None] | None = happen

    def write(self, data: "ReadableBuffer", /) -> int:
        """Fail at the first write."""
        happen, self.happen = self.happen, None
        if happen is not None:
            happen()
        return super().write(data)


@pytest.fixture(scope="module")
def crowd(registry: Registry) -> None:
    """Insert so many accounts that they do not fit into the socket buffers between PostgreSQL and the client."""
    with psycopg.connect(registry.url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="a crowd")
        conn.execute(
            """INSERT INTO accounts (platform, handle, handle_key, description)
               SELECT 'x', 'crowd' || n, 'crowd' || n, repeat('x', 4900) FROM generate_series(1, 4000) AS n"""
        )
    while registry.database.revision < newest_revision(registry):
        time.sleep(0.01)


@pytest.mark.usefixtures("crowd")
def test_a_failure_midway_leaves_nothing_that_looks_whole(
    client: FlaskClient, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_the_copy() -> None:
        with psycopg.connect(registry.url, autocommit=True) as conn:
            ended = conn.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'directory export' AND datname = current_database()"""
            ).fetchall()
            assert ended == [(True,)]

    def write(conn: Connection, _: BinaryIO, form: Format, query: AccountQuery, account_filter: Filter) -> None:
        write_accounts(conn, Interrupting(end_the_copy), form, query, account_filter)

    monkeypatch.setattr(routes, "write_accounts", write)
    broken = client.get("/v1/accounts.ndjson")
    assert (broken.status_code, broken.mimetype) == (503, "application/problem+json")
    monkeypatch.undo()
    whole = client.get("/v1/accounts.ndjson")
    assert len(whole.get_data().splitlines()) == len(registry.documents) + 4000


def test_a_client_that_goes_away_leaves_no_connection_and_no_reader(client: FlaskClient, registry: Registry) -> None:
    response = client.get("/v1/accounts.csv", buffered=False)
    next(iter(response.response))
    response.close()
    with psycopg.connect(registry.url, autocommit=True) as conn:
        deadline = time.monotonic() + 10
        statement = """SELECT count(*) FROM pg_stat_activity
                        WHERE application_name = 'directory export' AND datname = current_database()"""
        while conn.execute(statement).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.usefixtures("crowd")
def test_a_download_is_of_one_state_whatever_is_written_meanwhile(registry: Registry) -> None:
    def write_more() -> None:
        with psycopg.connect(registry.url, autocommit=True) as conn, conn.transaction():
            begin_revision(conn, actor="test", reason="meanwhile")
            conn.execute("UPDATE accounts SET description = 'changed' WHERE name IS NOT NULL")

    file = Interrupting(write_more)
    with registry.database.export() as conn:
        write_accounts(conn, file, "json", AccountQuery(), Filter())
    body = json.loads(file.getvalue())
    assert "changed" not in {document["description"] for document in body["data"]}
    assert max(document["revision"] for document in body["data"]) <= body["revision"] < newest_revision(registry)
