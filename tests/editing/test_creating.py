"""Accounts that editors create by HTTP, once, whatever happens to the connection."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.database.migrations import downgrade, migrate
from directory.editing.schemas import CreatedAccountSchema
from tests.editing.test_correcting import PATCHED, load, patch, read, withdraw
from tests.tokens.conftest import Registry


def create(
    client: FlaskClient, token: str, body: object, key: str | None = None, query: str = "reason=new"
) -> TestResponse:
    """Create an account."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key is not None else {})
    data = body if isinstance(body, str) else json.dumps(body)
    return client.post(f"/v1/accounts?{query}", headers=headers, data=data, content_type="application/json")


def count(registry: Registry, table: str = "accounts") -> int:
    """Return how many rows a table has."""
    with psycopg.connect(registry.url) as conn:
        found = conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()  # noqa: S608 - a table of ours
    return int(found[0][0])


def test_a_created_account_is_as_stated_whatever_a_source_says_of_it_later(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    stated = {**PATCHED, "department": {"id": registry.own.department}}
    done = create(client, token, {"platform": "weibo", "handle": "created", **stated})
    assert done.status_code == 201, done.get_json()
    assert CreatedAccountSchema().validate(done.get_json()) == {}
    account = done.get_json()["id"]
    assert done.headers["Location"] == f"/v1/accounts/{account}"
    assert read(registry, account) == stated
    document = client.get(done.headers["Location"]).get_json()
    assert (document["url"], document["sources"], document["verification"]["level"]) == (
        "https://weibo.com/created",
        ["editors"],
        "source",
    )
    assert account in [each["id"] for each in client.get("/v1/accounts?q=改名").get_json()["data"]]
    row = {"platform": "weibo", "handle": "created", "name": "Stated", "department": "Bureau", "region": "US-CA"}
    assert load(registry, row) == account
    assert read(registry, account) == stated
    # The tag is that of the account: it is for the next change.
    assert patch(client, account, token, {"language": "en"}, done.headers["ETag"]).status_code == 412
    assert withdraw(client, account, token, "name").status_code == 200
    assert read(registry, account)["name"] == "Stated"


def test_the_region_is_that_of_the_department_and_the_tag_is_for_the_next_change(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    done = create(client, token, {"url": "https://weibo.com/bytheurl", "department": {"id": registry.own.department}})
    account = done.get_json()["id"]
    assert read(registry, account)["region"] == {"code": registry.own.region}
    assert patch(client, account, token, {"language": "en"}, done.headers["ETag"]).status_code == 200
    assert withdraw(client, account, token, "department").status_code == 200
    assert read(registry, account)["department"] == {"id": registry.own.department}


def test_an_account_that_exists_or_was_deleted_is_named(client: FlaskClient, create_token: Callable[..., str]) -> None:
    token = create_token("--scope", "edit")
    body = {"platform": "weibo", "handle": "twice", "platform_user_id": "2679652763"}
    account = create(client, token, body).get_json()["id"]
    for same in (body, {"platform": "weibo", "handle": "Twice"}, {"url": "https://weibo.com/u/2679652763"}):
        failed = create(client, token, same).get_json()
        assert (failed["status"], failed["code"], failed["existing"]) == (409, "already-exists", account)
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
    assert client.delete(f"/v1/accounts/{account}?reason=wrong", headers=headers).status_code == 200
    failed = create(client, token, body).get_json()
    assert (failed["status"], failed["code"], failed["existing"]) == (409, "deleted", account)


def test_a_handle_in_quarantine_is_nobodys(client: FlaskClient, create_token: Callable[..., str]) -> None:
    token = create_token("--scope", "edit")
    body = {"platform": "weibo", "handle": "released", "platform_user_id": "1234567890"}
    account = create(client, token, body).get_json()["id"]
    headers = {"Authorization": f"Bearer {token}"}
    renamed = client.post(f"/v1/accounts/{account}/rename", json={"handle": "another", "reason": "x"}, headers=headers)
    assert renamed.status_code == 200
    failed = create(client, token, {"platform": "weibo", "handle": "released"}).get_json()
    assert (failed["status"], failed["code"], failed["existing"]) == (409, "quarantined", account)


def test_a_key_gives_the_same_answer_again_to_the_same_request_alone(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    token, other = create_token("--scope", "edit"), create_token("--scope", "edit")
    body = {"platform": "weibo", "handle": "once"}
    dry = create(client, token, body, "k", "reason=new&dry_run=true")
    assert (dry.status_code, dry.get_json()["revision"], "Location" in dry.headers) == (200, None, False)
    first = create(client, token, body, "k")
    again = create(client, token, body, "k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    for name in ("Location", "ETag"):
        assert first.headers[name] == again.headers[name]
    assert create(client, token, {**body, "name": "other"}, "k").status_code == 422
    assert create(client, token, body, "k", "reason=other").status_code == 422
    # The key is this token's, and a token that is no longer one gets no answer.
    assert create(client, other, body, "k").get_json()["code"] == "already-exists"
    assert create(client, "dir_x", body, "k").status_code == 401
    for key in ("", "a b", "k" * 256):
        assert create(client, token, body, key).status_code == 400
    with psycopg.connect(registry.url) as conn:
        conn.execute("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
    assert create(client, token, body, "k").get_json()["code"] == "already-exists"
    assert create(client, token, {**body, "handle": "onemore"}, "next").status_code == 201
    assert count(registry, "idempotency_keys") == 1


def test_what_was_refused_is_tried_again_under_its_key(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    body = {"platform": "weibo", "handle": "laterone"}
    before = count(registry)
    assert create(client, token, {**body, "region": {"code": "XX"}}, "r").status_code == 422
    assert count(registry) == before
    assert create(client, token, body, "r").status_code == 201


def test_of_two_requests_with_a_key_at_once_one_creates(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    body = {"platform": "weibo", "handle": "atonce"}
    with psycopg.connect(registry.url) as conn:
        # Another writer holds the first request up, so that it runs when the second one comes.
        conn.execute("SELECT begin_revision('test', 'test')")
        with ThreadPoolExecutor(2) as threads:
            clients = [client.application.test_client() for _ in range(2)]
            running = [threads.submit(create, each, token, body, "same") for each in clients]
            while not any(each.done() for each in running):
                pass
            conn.rollback()
            done = [each.result() for each in running]
    assert sorted(each.status_code for each in done) == [201, 409]
    (waiting,) = (each.get_json() for each in done if each.status_code == 409)
    assert waiting["code"] == "request-in-progress"
    assert create(client, token, body, "same").status_code == 201


def test_a_narrowed_token_creates_in_its_place_alone(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit", "--department", registry.own.department)
    body = {"platform": "weibo", "handle": "placed"}
    assert create(client, token, body).status_code == 403
    assert create(client, token, {**body, "department": {"id": registry.foreign.department}}).status_code == 403
    assert create(client, token, {**body, "department": {"id": registry.own.department}}).status_code == 201
    region = create_token("--scope", "edit", "--region", registry.own.region)
    elsewhere = {"department": {"id": registry.own.department}, "region": {"code": "US-CA"}}
    assert create(client, region, {"platform": "weibo", "handle": "placedtwo", **elsewhere}).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "a"}, "/handle"),
        ({"platform": "none", "handle": "a"}, "/platform"),
        ({"platform": "weibo", "handle": 1}, "/handle"),
        ({"platform": "weibo", "handle": "a" * 501}, "/handle"),
        ('{"platform": "weibo", "handle": "\\ud800"}', "/handle"),
        ({"platform": "weibo", "handle": "valid", "status": "closed"}, "/status"),
        ({"platform": "weibo", "handle": "valid", "department": {"id": "0000000"}}, "/department/id"),
        ({"platform": "weibo", "handle": "valid", "name": " "}, "/name"),
    ],
)
def test_what_is_no_account_is_told_by_its_place(
    client: FlaskClient, create_token: Callable[..., str], body: object, pointer: str
) -> None:
    failed = create(client, create_token("--scope", "edit"), body)
    assert failed.status_code == 422, failed.get_json()
    assert [error["pointer"] for error in failed.get_json()["errors"]] == [pointer]


def test_a_registry_with_keys_goes_down_and_up(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    assert create(client, token, {"platform": "weibo", "handle": "downandup"}, "d").status_code == 201
    downgrade(registry.url, "0062")
    migrate(registry.url)
    assert count(registry, "idempotency_keys") == 0
