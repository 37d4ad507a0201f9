import json
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.revisions import begin_revision
from directory.ids import ALPHABET
from tests.accounts.conftest import Registry


def make_tombstone(url: str, account_id: str, successor_id: str | None) -> None:
    with psycopg.connect(url, autocommit=True) as conn, conn.transaction():
        revision = begin_revision(
            conn, actor="editor", reason="entered twice" if successor_id else "never was official"
        )
        conn.execute("INSERT INTO tombstones VALUES ('account', %s, %s, %s)", (account_id, successor_id, revision))
        conn.execute("DELETE FROM accounts WHERE id = %s", (account_id,))


def test_an_account_is_given_as_the_list_gives_it_with_its_handles(client: FlaskClient, registry: Registry) -> None:
    listed = registry.documents[0]
    held = [{"handle": listed["handle"], "valid_from": None, "valid_to": None}]
    document = {**listed, "handles": held if listed["handle"] else []}
    response = client.get(f"/v1/accounts/{document['id']}")
    assert response.get_json() == document
    assert response.get_data(as_text=True) == json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert response.headers["ETag"].startswith('W/"')


def test_a_mistyped_id_is_told_from_an_unknown_one(client: FlaskClient, registry: Registry) -> None:
    known = registry.documents[1]["id"]
    wrong = known[:-1] + ALPHABET[ALPHABET.index(known[-1]) - 1]
    mistyped = client.get(f"/v1/accounts/{wrong}")
    assert (mistyped.status_code, mistyped.get_json()["type"]) == (400, "/problems/malformed-id")
    unknown = client.get("/v1/accounts/0000000")
    assert (unknown.status_code, unknown.get_json()["type"]) == (404, "/problems/not-found")
    for path in ("history", "followers"):
        assert client.get(f"/v1/accounts/{wrong}/{path}").status_code == 400
        assert client.get(f"/v1/accounts/0000000/{path}").status_code == 404


def test_a_merged_account_leads_to_its_successor_and_a_deleted_one_is_gone(
    client: FlaskClient, registry: Registry
) -> None:
    merged, successor, deleted = (registry.documents[number]["id"] for number in (2, 3, 4))
    make_tombstone(registry.url, merged, successor)
    make_tombstone(registry.url, deleted, None)
    moved = client.get(f"/v1/accounts/{merged}")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/v1/accounts/{successor}")
    assert client.get(f"/v1/accounts/{merged}/followers").headers["Location"] == f"/v1/accounts/{successor}/followers"
    gone = client.get(f"/v1/accounts/{deleted}")
    assert gone.status_code == 410
    assert gone.get_json()["tombstone"]["id"] == deleted
    assert gone.get_json()["tombstone"]["reason"] == "never was official"


def test_observations_are_listed_the_newest_first(client: FlaskClient, registry: Registry) -> None:
    account = registry.documents[6]["id"]
    assert client.get(f"/v1/accounts/{account}/followers").get_json()["data"] == []
    with psycopg.connect(registry.url, autocommit=True) as conn:
        conn.execute(
            "SELECT create_observation_partition(day) FROM unnest('{2024-01-01Z,2024-02-01Z}'::timestamptz[]) AS day"
        )
        conn.execute(
            """INSERT INTO observations (account_id, observed_at, source, revision, followers, posts)
               VALUES (%(id)s, '2024-01-01Z', 's1', 0, 10, 2), (%(id)s, '2024-02-01Z', 's1', 0, 20, NULL)""",
            {"id": account},
        )
    # An observation that no revision tells of is not seen through an answer that was kept.
    first = client.get(f"/v1/accounts/{account}/followers?limit=1").get_json()
    second = client.get(f"/v1/accounts/{account}/followers?limit=1&cursor={first['page']['next']}").get_json()
    assert [seen["followers"] for seen in (*first["data"], *second["data"])] == [20, 10]
    assert second["data"][0] == {
        "observed_at": "2024-01-01T00:00:00+00:00",
        "source": "s1",
        "followers": 10,
        "posts": 2,
        "last_post_at": None,
        "following": None,
        "verified": None,
        "flags": [],
        "stated": None,
    }


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/accounts.ndjson", "/v1/accounts.csv"])
def test_head_answers_as_get_without_a_body(client: FlaskClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(get.data))


def test_fields_narrow_the_records_in_the_order_asked_for(client: FlaskClient) -> None:
    whole: list[dict[str, Any]] = client.get("/v1/accounts?limit=1000").get_json()["data"]
    response = client.get("/v1/accounts?limit=1000&fields=followers,id,names,department")
    narrowed = response.get_json()["data"]
    assert [list(document) for document in narrowed] == [["followers", "id", "names", "department"]] * len(whole)
    assert narrowed == [{key: document[key] for key in narrowed[0]} for document in whole]
    assert response.get_data(as_text=True).startswith('{"data":[{"followers":')
    lines = client.get("/v1/accounts.ndjson?fields=id,name").get_data(as_text=True).splitlines()
    short = {key: whole[0][key] for key in ("id", "name")}
    assert json.dumps(short, ensure_ascii=False, separators=(",", ":")) in lines


def test_an_unchanged_registry_answers_304_without_a_query(client: FlaskClient) -> None:
    tag = client.get("/v1/accounts?limit=3").headers["ETag"]
    again = client.get("/v1/accounts?limit=3", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
