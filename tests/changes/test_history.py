from typing import Any

from flask.testing import FlaskClient

from directory.changes.schemas import AccountHistorySchema
from tests.accounts.conftest import insert_account
from tests.changes.conftest import Write

INSERT = {"handle": "a", "name": "Old", "region_code": "CN-510100", "followers": 1, "followers_at": "2024-01-01Z"}


def make(write: Write, **values: object) -> tuple[int, str]:
    """Insert an account; give the revision and its id."""
    made: list[str] = []

    def insert(conn: Any) -> None:  # noqa: ANN401 - psycopg's connection
        insert_account(conn, 0, {**INSERT, **values})
        made.append(conn.execute("SELECT id FROM accounts ORDER BY created_at DESC LIMIT 1").fetchone()[0])

    return write(insert, source="list-2024"), made[0]


def history(client: FlaskClient, account: str, **query: object) -> Any:  # noqa: ANN401 - what JSON holds
    """Return a page of an account's history."""
    page = client.get(f"/v1/accounts/{account}/history", query_string=query).get_json()
    assert AccountHistorySchema().validate(page) == {}
    return page


def test_it_says_field_by_field_what_was_and_what_became_the_newest_first(client: FlaskClient, write: Write) -> None:
    made, account = make(write)
    moved = write("UPDATE accounts SET (name, region_code) = ROW ('新名', 'FR')")
    changed, created = history(client, account)["data"]
    assert changed["changes"] == [
        {"field": "name", "old": "Old", "new": "新名"},
        {"field": "region.code", "old": "CN-510100", "new": "FR"},
        {"field": "region.name", "old": "Chengdu", "new": "France"},
        {"field": "region.name_local", "old": "成都市", "new": None},
    ]
    assert (changed["revision"], changed["action"], changed["actor"], changed["reason"], changed["source"]) == (
        moved, "update", "editor", "a change", None
    )  # fmt: skip
    assert (created["revision"], created["action"], created["source"]) == (made, "create", "list-2024")
    assert {"field": "handle", "old": None, "new": "a"} in created["changes"]
    assert not {"revision", "created_at", "updated_at", "links.self"} & {each["field"] for each in created["changes"]}


def test_its_pages_are_the_whole(client: FlaskClient, write: Write) -> None:
    _, account = make(write)
    for number in range(3):
        write("UPDATE accounts SET name = %(name)s", name=f"N{number}")
    whole = history(client, account)["data"]
    assert [change["changes"][0]["new"] for change in whole] == ["N2", "N1", "N0", account]
    page = history(client, account, limit=1)
    pages = page["data"]
    while page["page"]["next"] is not None:
        write("UPDATE accounts SET name = name || '!'")
        page = history(client, account, limit=1, cursor=page["page"]["next"])
        pages += page["data"]
    assert pages == whole


def test_a_change_of_its_department_is_a_change_of_the_account(client: FlaskClient, write: Write) -> None:
    write("INSERT INTO departments (name, name_key, type) VALUES ('Bureau', 'bureau', 'police')")
    _, account = make(write)
    write("UPDATE accounts SET department_id = (SELECT id FROM departments)")
    write("UPDATE departments SET name = 'Office'")
    renamed, joined, _ = history(client, account)["data"]
    assert renamed["changes"] == [{"field": "department.name", "old": "Bureau", "new": "Office"}]
    assert [each["field"] for each in joined["changes"]] == ["department.id", "department.name", "department.type"]


def test_that_of_an_account_that_went_stays_readable(client: FlaskClient, write: Write) -> None:
    (_, deleted), (_, merged), (_, successor) = (make(write, handle=handle) for handle in "abc")
    dead = "INSERT INTO tombstones VALUES ('account', %(id)s, %(successor)s, current_revision())"
    for account, to in ((deleted, None), (merged, successor)):
        write(dead, "DELETE FROM accounts WHERE id = %(id)s", id=account, successor=to)
    last, first = history(client, deleted)["data"]
    assert (last["action"], last["changes"], last["actor"]) == ("delete", [], "editor")
    assert "replaced_by" not in last
    assert first["action"] == "create"
    last, _ = history(client, merged)["data"]
    assert (last["action"], last["replaced_by"]) == ("merge", successor)
    assert client.get(f"/v1/accounts/{deleted}").status_code == 410
    assert client.get(f"/v1/accounts/{merged}").status_code == 301


def test_an_id_that_never_was_has_none(client: FlaskClient) -> None:
    assert client.get("/v1/accounts/0000000/history").status_code == 404
    mistyped = client.get("/v1/accounts/0000001/history")
    assert (mistyped.status_code, mistyped.get_json()["title"]) == (400, "Malformed id")
