import json
import re
import tempfile
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.changes.schemas import ChangeListSchema
from directory.database.connections import Database
from directory.database.revisions import State
from tests.accounts.conftest import insert_account
from tests.changes.conftest import Write
from tests.changes.reading import dump, get, places, read_on

NAME = "UPDATE accounts SET name = %(name)s WHERE handle = %(handle)s"
DELETE = """
    WITH dead AS (
        INSERT INTO tombstones SELECT 'account', id, NULL, current_revision() FROM accounts WHERE handle = 'a'
    )
    DELETE FROM accounts WHERE handle = 'a'
"""


def account(handle: str, **values: object) -> Any:  # noqa: ANN401 - a function of a connection
    """Return a function that inserts an account."""
    return lambda conn: insert_account(conn, 0, {"handle": handle, **values})


def mark_of(client: FlaskClient, revision: int) -> str | None:
    """Return the mark of a revision."""
    database: Database = client.application.extensions["directory.database"]
    return database.mark_of(revision)


def count_queries(database: Database, client: FlaskClient, path: str, etag: str = "") -> tuple[int, int]:
    """Ask; give the status and the number of queries that PostgreSQL was sent meanwhile."""
    with database.read() as conn, tempfile.TemporaryFile() as log:
        conn.pgconn.trace(log.fileno())
        status = client.get(path, headers={"If-None-Match": etag}).status_code
        conn.pgconn.untrace()
        log.seek(0)
        return status, len(re.findall(rb"\tF\t\d+\t(?:Query|Execute)\b", log.read()))


def test_a_change_has_the_record_before_and_after_and_says_who_and_why(client: FlaskClient, write: Write) -> None:
    made = write(account("a", name="Old"), source="s1.csv")
    renamed = write(NAME, handle="a", name='新名 "x"')
    page = get(client, since=made - 1, kind="account")
    assert ChangeListSchema().validate(page) == {}
    create, update = page["data"]
    assert (create["revision"], create["action"], create["before"], create["source"]) == (
        made,
        "create",
        None,
        "s1.csv",
    )
    assert (update["revision"], update["action"], update["before"]) == (renamed, "update", create["after"])
    assert (update["actor"], update["reason"], update["source"]) == ("editor", "a change", None)
    assert update["after"] == {
        **create["after"], "name": '新名 "x"', "revision": renamed, "updated_at": update["at"]
    }  # fmt: skip
    assert list(update) == [
        "revision", "sequence", "at", "actor", "reason", "source", "action", "kind", "id", "before", "after"
    ]  # fmt: skip


def test_what_went_is_told_as_a_tombstone(client: FlaskClient, write: Write) -> None:
    since = write(account("a"), account("b"))
    write(DELETE)
    (gone, handle), _ = read_on(client, since)
    assert (gone["kind"], gone["action"], gone["after"]) == ("account", "delete", None)
    assert gone["before"]["handle"] == "a"
    assert "replaced_by" not in gone
    assert (handle["kind"], handle["action"]) == ("handle", "update")
    assert handle["before"]["valid_to"] is None
    assert handle["after"]["valid_to"] == gone["at"]


def test_a_handle_is_a_record_of_its_own(client: FlaskClient, write: Write) -> None:
    since = write(account("a"))
    revision = write("UPDATE accounts SET (handle, handle_key) = ('c', 'c') WHERE handle = 'a'")
    (ended, begun), _ = read_on(client, since, kind="handle")
    assert {ended["action"], begun["action"]} == {"update", "create"}
    account_id = ended["after"]["account"]
    assert begun["after"] == {
        "id": begun["id"],
        "account": account_id,
        "platform": "weibo",
        "handle": "c",
        "valid_from": begun["at"],
        "valid_to": None,
        "revision": revision,
    }
    assert client.get(f"/v1/accounts/{account_id}").get_json()["handle"] == "c"


def test_pages_of_any_size_are_the_whole_in_order(client: FlaskClient, write: Write) -> None:
    for handle in "abcde":
        write(account(handle), account(f"{handle}2"))
    whole, end = read_on(client, 0, limit=1000)
    assert places(whole) == sorted(set(places(whole)))
    since = end - 5
    for limit in (1, 2, 3, 7, 1000):
        assert read_on(client, since, limit=limit) == ([change for change in whole if change["revision"] > since], end)


def test_a_page_says_how_far_it_read_also_when_filters_leave_nothing(client: FlaskClient, write: Write) -> None:
    since = write(account("a"), account("b"))
    latest = write(NAME, handle="a", name="A")
    page = get(client, since=since - 1, limit=1)
    assert page["through"] == {"revision": since, "sequence": 1, "mark": mark_of(client, since)}
    assert get(client, since=since, kind="source") == {
        "data": [],
        "page": {"limit": 100, "next": None},
        "through": {"revision": latest, "sequence": None, "mark": mark_of(client, latest)},
    }


def test_a_reader_that_stops_goes_on_by_its_cursor_after_others_wrote(client: FlaskClient, write: Write) -> None:
    since = write(account("a"), account("b")) - 1
    first = get(client, since=since, limit=2)
    write(account("c"))
    second = get(client, since=since, limit=1000, cursor=first["page"]["next"])
    assert [*first["data"], *second["data"]] == read_on(client, since)[0]
    assert second["page"]["next"] is None


def test_until_ends_the_reading_with_that_revision(client: FlaskClient, write: Write) -> None:
    revisions = [write(account(handle)) for handle in "abc"]
    page = get(client, since=revisions[0], until=revisions[1])
    assert {change["revision"] for change in page["data"]} == {revisions[1]}
    assert (page["through"]["revision"], page["through"]["sequence"]) == (revisions[1], None)
    contradicted = client.get(f"/v1/changes?since={revisions[2]}&until={revisions[0]}")
    assert contradicted.get_json()["errors"][0]["parameter"] == "since"


@pytest.mark.parametrize("path", ["/v1/changes", "/v1/changes.ndjson", "/v1/changes.atom"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_a_revision_that_is_yet_to_come_is_refused(
    client: FlaskClient, database: Database, path: str, name: str
) -> None:
    assert client.get(f"{path}?{name}={database.revision}").status_code == 200
    refused = client.get(f"{path}?{name}={database.revision + 1}")
    assert refused.status_code == 400
    problem = refused.get_json()
    assert problem["type"].endswith("/problems/revision-not-yet-written")
    assert problem["latest"] == database.revision
    assert problem["errors"][0]["parameter"] == name


def test_a_cursor_of_a_registry_that_was_ahead_is_refused(
    client: FlaskClient, write: Write, database_url: str, database: Database
) -> None:
    write(account("a"), account("b"))
    cursor = get(client, since=1, limit=1)["page"]["next"]
    with psycopg.connect(database_url) as conn:
        for statement in ("DELETE FROM versions WHERE revision > 1", "DELETE FROM revisions WHERE revision > 1"):
            conn.execute(statement)
    restored = Database(database_url, statement_timeout_ms=1000)
    client.application.extensions["directory.database"] = restored
    refused = client.get(f"/v1/changes?since=1&cursor={cursor}")
    restored.close()
    assert refused.get_json()["type"].endswith("/problems/revision-not-yet-written")
    assert refused.get_json()["errors"][0]["parameter"] == "cursor"
    assert database.revision > 1


def test_what_a_worker_has_not_heard_of_yet_is_no_error(
    client: FlaskClient, write: Write, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = write(account("a"))
    monkeypatch.setattr(type(database), "revision", property(lambda _: revision - 1))
    assert get(client, since=revision)["data"] == []


def test_what_the_connection_does_not_see_yet_is_left_for_the_next_poll(
    client: FlaskClient, write: Write, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = write(account("a")) - 1
    monkeypatch.setattr(type(database), "state", property(lambda _: State(since + 2, "0123456789ab")))
    page = get(client, since=since)
    assert (page["through"]["revision"], page["through"]["sequence"]) == (since + 1, None)
    assert len(page["data"]) == 2
    for path in (f"/v1/changes.ndjson?since={since}", f"/v1/changes?since={since + 2}&until={since + 2}"):
        assert client.get(path).status_code == (503 if "ndjson" in path else 200)
    monkeypatch.setattr(type(database), "state", property(lambda _: State(since + 3, "0123456789ab")))
    behind = client.get(f"/v1/changes?since={since + 2}")
    assert (behind.status_code, behind.headers["Retry-After"]) == (503, "5")


def test_a_poll_that_finds_nothing_new_asks_the_database_nothing(
    client: FlaskClient, database: Database, write: Write
) -> None:
    since = write(account("a"))
    for path in (f"/v1/changes?since={since}", f"/v1/changes?since={since}&region=CN&kind=account"):
        etag = client.get(path).headers["ETag"]
        assert count_queries(database, client, path, etag) == (304, 0)
        assert count_queries(database, client, path) == (200, 0)
        # The latest revision, and the changes up to it.
        assert count_queries(database, client, path.replace(f"={since}", f"={since - 1}")) == (200, 2)
    write(account("b"))
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_the_download_is_the_pages_and_says_what_comes_after_it(client: FlaskClient, write: Write) -> None:
    since = write(account("a"), account("b"))
    end = write(NAME, handle="b", name="back\\slash")
    response = client.get(f"/v1/changes.ndjson?platform=weibo&since={since - 1}")
    lines = response.get_data(as_text=True).splitlines()
    assert lines == [dump(change) for change in read_on(client, since - 1, platform="weibo")[0]]
    assert response.headers["Content-Disposition"].endswith(f'"changes-{since - 1}-{end}.ndjson"')
    address = f"/v1/changes.ndjson?since={end}-{mark_of(client, end)}&platform=weibo"
    assert response.headers["Link"] == f'<https://example.org/registry{address}>; rel="next"'
    assert client.get(address).data == b""
    write(NAME, handle="b", name="C")
    assert [json.loads(line)["after"]["name"] for line in client.get(address).data.splitlines()] == ["C"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("regoin=CN", "regoin"),
        ("since=-1", "since"),
        ("since=3.5", "since"),
        ("kind=accounts", "kind"),
        ("action=rename", "action"),
        ("region=ZZ", "region"),
        ("platform=weebo", "platform"),
        ("department=0000000", "department"),
        ("platform=x,-twitter", "platform"),
        ("cursor=abc", "cursor"),
    ],
)
def test_nothing_is_ignored_in_silence(client: FlaskClient, query: str, parameter: str) -> None:
    refused = client.get(f"/v1/changes?{query}")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.get_json()["errors"]] == [parameter]


def test_a_cursor_goes_with_its_own_query(client: FlaskClient, write: Write) -> None:
    since = write(account("a"), account("b")) - 1
    cursor = get(client, since=since, limit=1)["page"]["next"]
    for query in (f"since={since}&kind=account", "since=0"):
        assert (
            client.get(f"/v1/changes?{query}&cursor={cursor}").get_json()["type"].endswith("/problems/invalid-cursor")
        )
