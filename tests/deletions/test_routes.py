"""What is answered of what was deleted, and of what was erased."""

from typing import Any

from flask.testing import FlaskClient

from directory.database.connections import Database, connect
from directory.deletions.changes import DeletionNote, delete
from tests.changes.reading import wait_for
from tests.deletions.conftest import MAYOR, TELLING, TOWN, id_of, load_rows

WHY = DeletionNote("test", "erasure_request", "whom it is about asked for it")


def take_down(url: str, database: Database, *, erasing: bool) -> tuple[str, int]:
    """Import both accounts and delete the mayor's; return its id and the revision before."""
    with connect(url) as conn:
        load_rows(conn, MAYOR, TOWN)
        account_id = id_of(conn, "MayorExample")
        deleted = delete(conn, account_id, WHY, with_erasure=erasing)
    wait_for(database, deleted.revision)
    return account_id, deleted.revision - 1


def verdict(client: FlaskClient, text: str) -> tuple[str, set[str]]:
    told: dict[str, Any] = client.get("/v1/resolve", query_string={"q": text}).get_json()
    return told["verdict"], {reason["code"] for reason in told["reasons"]}


def test_the_id_answers_410_with_the_category(client: FlaskClient, database: Database, database_url: str) -> None:
    account_id, before = take_down(database_url, database, erasing=False)
    answer = client.get(f"/v1/accounts/{account_id}")
    assert answer.status_code == 410
    tombstone = answer.get_json()["tombstone"]
    assert {key: tombstone[key] for key in ("id", "revision", "category", "reason")} == {
        "id": account_id,
        "revision": before + 1,
        "category": "erasure_request",
        "reason": WHY.reason,
    }
    assert client.get(f"/v1/accounts/{account_id}/followers").status_code == 410
    assert [each["handle"] for each in client.get("/v1/accounts?count=exact").get_json()["data"]] == ["exampleton"]
    assert client.get("/v1/accounts?q=Zeruiah").get_json()["data"] == []
    assert verdict(client, account_id) == ("formerly_official", {"account_deleted"})
    assert verdict(client, "https://x.com/MayorExample") == (
        "formerly_official",
        {"handle_released", "account_deleted"},
    )
    # Not erased: what it was stays readable.
    history = client.get(f"/v1/accounts/{account_id}/history").get_json()["data"]
    assert [each["action"] for each in history] == ["delete", "create"]
    assert client.get(f"/v1/accounts/{account_id}?as_of={before}").get_json()["name"] == "Zeruiah Example"


def test_of_an_erased_account_no_address_tells_whose_it_was(
    client: FlaskClient, database: Database, database_url: str
) -> None:
    with connect(database_url) as conn:
        load_rows(conn, MAYOR, TOWN)
        account_id = id_of(conn, "MayorExample")
        (revision,) = conn.execute("SELECT max(revision) FROM revisions").fetchone() or (0,)
    wait_for(database, revision)
    paths = (
        f"/v1/accounts/{account_id}?as_of={revision}",
        f"/v1/accounts?as_of={revision}",
        f"/v1/accounts.ndjson?as_of={revision}",
        f"/v1/accounts.csv?as_of={revision}",
        f"/v1/accounts?as_of={revision}&q=Zeruiah",
        f"/v1/accounts/{account_id}/history",
        "/v1/changes?since=0&limit=1000&kind=account,handle",
        f"/v1/changes.ndjson?since=0&until={revision}&kind=account,handle",
        "/v1/changes.atom?kind=account,handle",
        f"/v1/resolve?q=https://x.com/MayorExample&as_of={revision}",
    )

    def tells(path: str) -> bool:
        text = client.get(path).get_data(as_text=True).replace("q=Zeruiah", "").replace("x.com/MayorExample", "")
        return any(word in text for word in TELLING)

    assert [path for path in paths if not tells(path)] == []
    with connect(database_url) as conn:
        deleted = delete(conn, account_id, WHY, with_erasure=True)
    wait_for(database, deleted.revision)
    told = [path for path in paths if tells(path) and "/resolve" not in path]
    assert told == []
    assert verdict(client, "https://x.com/MayorExample") == ("unknown", {"not_registered"})
    # At that revision there were two, and there still are.
    listed = client.get(f"/v1/accounts?as_of={revision}&count=exact").get_json()
    assert (len(listed["data"]), listed["page"]["count"]["value"]) == (2, 2)
    emptied = next(each for each in listed["data"] if each["id"] == account_id)
    assert (emptied["handle"], emptied["department"]["name"]) == (None, "Mayor of Exampleton")


def test_a_copy_that_has_what_was_erased_is_not_said_to_be_good(
    client: FlaskClient, database: Database, database_url: str
) -> None:
    account_id, before = take_down(database_url, database, erasing=False)
    paths = (f"/v1/accounts/{account_id}?as_of={before}", f"/v1/accounts?as_of={before}")
    copies = {path: client.get(path) for path in paths}
    for path, copy in copies.items():
        assert "Zeruiah" in copy.get_data(as_text=True)
        assert client.get(path, headers={"If-None-Match": copy.headers["ETag"]}).status_code == 304
    with connect(database_url) as conn:
        erased = delete(conn, account_id, WHY, with_erasure=True)
    wait_for(database, erased.revision)
    for path, copy in copies.items():
        again = client.get(path, headers={"If-None-Match": copy.headers["ETag"]})
        assert again.status_code == 200
        assert "Zeruiah" not in again.get_data(as_text=True)
        assert client.get(path, headers={"If-None-Match": again.headers["ETag"]}).status_code == 304


def test_a_deleted_department_answers_410_with_its_reason(
    client: FlaskClient, database: Database, database_url: str
) -> None:
    take_down(database_url, database, erasing=True)
    with connect(database_url) as other:
        (department,) = other.execute("SELECT id FROM departments").fetchone() or ("",)
        deleted = delete(other, department, DeletionNote("test", "mistake", "there is none"))
    wait_for(database, deleted.revision)
    answer = client.get(f"/v1/departments/{department}")
    assert answer.status_code == 410
    assert answer.get_json()["tombstone"]["category"] == "mistake"
    assert answer.get_json()["tombstone"]["reason"] == "there is none"
