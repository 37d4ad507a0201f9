"""A registry that is restored from a backup under the running service, and written to since: numbers come again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg import sql

from directory.database.connections import Database
from directory.database.revision_listener import StaleRevisionError
from directory.database.revisions import State, begin_revision, select_state
from directory.service import prepare
from tests.serving import client_of

SECONDS = 30
ACCOUNT = "0000000"


def write(url: str, name: str) -> State:
    """Name the only account, in a revision of its own, and give that."""
    with psycopg.connect(url, autocommit=True) as conn:
        with conn.transaction():
            begin_revision(conn, actor="editor", reason="a change")
            conn.execute(
                """
                INSERT INTO accounts (id, platform, handle, handle_key, name, name_key)
                VALUES (%(id)s, 'x', 'probe', 'probe', %(name)s, %(name)s)
                    ON CONFLICT (id) DO UPDATE SET (name, name_key) = (EXCLUDED.name, EXCLUDED.name_key)
                """,
                {"id": ACCOUNT, "name": name},
            )
        return select_state(conn)


def wait_for(client: FlaskClient, state: State) -> None:
    """Wait until the service knows of a revision."""
    database: Database = client.application.extensions["directory.database"]
    until = time.monotonic() + SECONDS
    while database.state != state:
        assert time.monotonic() < until, (database.state, state)
        time.sleep(0.02)


@pytest.fixture
def restore(server_url: str, database_url: str) -> Iterator[Callable[[], None]]:
    """Yield a function that restores the registry: another database under its name."""
    write(database_url, "one")
    name = urlsplit(database_url).path[1:]
    backup = f"{name}_backup"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(copy.format(sql.Identifier(backup), sql.Identifier(name)))

        def run() -> None:
            admin.execute(drop.format(sql.Identifier(name)))
            admin.execute(copy.format(sql.Identifier(name), sql.Identifier(backup)))

        yield run
        admin.execute(drop.format(sql.Identifier(backup)))


@pytest.fixture
def history(
    restore: Callable[[], None], database_url: str, tmp_path: Path
) -> Iterator[tuple[FlaskClient, Callable[[], None], State]]:
    """Yield a client that has read a revision, a function that removes that and writes it again, and the revision."""
    with client_of(database_url, tmp_path) as client:
        lost = write(database_url, "two, which the restore takes back")
        wait_for(client, lost)

        def take_back() -> None:
            restore()
            found = write(database_url, "three, written after the restore")
            assert found.number == lost.number
            wait_for(client, found)

        yield client, take_back, lost


def name_in(response: Any) -> str:  # noqa: ANN401 - werkzeug's TestResponse
    """Return the name of the only account of an answer."""
    (record,) = response.get_json()["data"]
    return str(record["name"])


def test_old_tags_are_not_good_for_new_answers(history: tuple[FlaskClient, Callable[[], None], State]) -> None:
    client, take_back, lost = history
    addresses = ["/v1/accounts", f"/v1/accounts?as_of={lost.number}", "/v1"]
    before = {address: client.get(address).headers["ETag"] for address in addresses}
    assert [client.get(each, headers={"If-None-Match": tag}).status_code for each, tag in before.items()] == [304] * 3
    take_back()
    for address, tag in before.items():
        after = client.get(address, headers={"If-None-Match": tag})
        assert after.status_code == 200, address
        assert address == "/v1" or name_in(after).startswith("three")
        assert "immutable" not in after.headers["Cache-Control"]


def test_an_address_with_a_mark_has_one_answer_for_ever_and_another_history_none(
    history: tuple[FlaskClient, Callable[[], None], State],
) -> None:
    client, take_back, lost = history
    marked = f"/v1/accounts?as_of={lost.name}"
    before = client.get(marked)
    assert name_in(before).startswith("two")
    assert "immutable" in before.headers["Cache-Control"]
    assert before.get_json()["page"]["mark"] == lost.mark
    assert client.get(marked, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
    take_back()
    for headers in ({}, {"If-None-Match": before.headers["ETag"]}):
        after = client.get(marked, headers=headers)
        assert (after.status_code, after.get_json()["type"]) == (410, "/problems/revision-replaced")


def test_a_reader_of_changes_is_told_that_his_history_is_another(
    history: tuple[FlaskClient, Callable[[], None], State],
) -> None:
    client, take_back, lost = history
    through = client.get(f"/v1/changes?since={lost.number - 1}").get_json()["through"]
    assert State(through["revision"], through["mark"]) == lost
    cursor = client.get(f"/v1/changes?since={lost.number - 2}&limit=1").get_json()["page"]["next"]
    last = f"/v1/changes?since={lost.number - 1}&limit=1"
    assert client.get(f"/v1/changes?since={lost.name}").get_json()["data"] == []
    take_back()
    for name in ("changes", "changes.ndjson", "changes.atom"):
        refused = client.get(f"/v1/{name}?since={lost.name}")
        assert (refused.status_code, refused.get_json()["type"]) == (410, "/problems/revision-replaced"), name
        assert refused.get_json()["found"]["revision"] == lost.number
    # The revision before it is in both histories, so its reader goes on, and so does a cursor there.
    shared = client.get(f"/v1/changes?since={lost.number - 1}&limit=1").get_json()
    assert shared["data"][0]["after"]["name"].startswith("three")
    assert client.get(f"/v1/changes?since={lost.number - 2}&limit=1&cursor={cursor}").status_code == 200
    following = client.get(last.replace("changes", "changes.ndjson").replace("&limit=1", "")).headers["Link"]
    assert f"since={lost.number}-" in following


def test_a_cursor_of_a_revision_that_went_is_refused(history: tuple[FlaskClient, Callable[[], None], State]) -> None:
    client, take_back, lost = history
    # Of the reference data there are many changes, of the account's there is one in each revision.
    address = f"/v1/accounts/{ACCOUNT}/history?limit=1"
    cursor = client.get(address).get_json()["page"]["next"]
    assert client.get(f"{address}&cursor={cursor}").status_code == 200
    take_back()
    refused = client.get(f"{address}&cursor={cursor}")
    assert (refused.status_code, refused.get_json()["type"]) == (410, "/problems/revision-replaced")
    assert lost.name in refused.get_json()["detail"]


def test_copies_of_a_registry_have_the_marks_of_what_they_share(restore: Callable[[], None], database_url: str) -> None:
    two = write(database_url, "two")
    restore()
    three = write(database_url, "three")
    assert two.number == three.number
    assert two.mark != three.mark
    with psycopg.connect(database_url) as conn:
        marks = conn.execute("SELECT mark FROM revisions").fetchall()
    assert len(set(marks)) == len(marks)


def test_a_restore_of_the_same_revision_is_noticed_and_until_it_is_whole_nothing_is_told(database_url: str) -> None:
    database = Database(database_url, statement_timeout_ms=10_000)
    until = time.monotonic() + SECONDS

    def wait(holds: Callable[[], bool]) -> None:
        while not holds():
            assert time.monotonic() < until
            time.sleep(0.02)

    state = database.state
    with psycopg.connect(database_url, autocommit=True) as conn:
        watches = (
            "SELECT FROM pg_stat_activity WHERE application_name = 'directory listener' AND query ~ 'revisions_pkey'"
        )
        wait(lambda: conn.execute(watches).fetchone() is not None)
        assert (database.restore_count, database.is_stale) == (0, False)
        # As pg_restore does: keys go first and come last.
        conn.execute("CREATE UNIQUE INDEX again ON revisions (revision)")
        conn.execute("ALTER TABLE revisions DROP CONSTRAINT revisions_pkey CASCADE")
        wait(lambda: database.is_stale)
        with pytest.raises(StaleRevisionError), database.read():
            pass
        conn.execute("ALTER TABLE revisions ADD CONSTRAINT revisions_pkey PRIMARY KEY USING INDEX again")
        wait(lambda: not database.is_stale)
        assert (database.state, database.restore_count) == (state, 1)
    database.close()


def test_what_is_half_restored_is_no_state_of_the_registry(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        # As between the rows and the keys of pg_restore.
        conn.execute("ALTER TABLE revisions DROP CONSTRAINT revisions_pkey CASCADE")
        with pytest.raises(psycopg.OperationalError, match="being restored"):
            select_state(conn)
        conn.rollback()
        assert select_state(conn).number > 0
    prepare(database_url)
