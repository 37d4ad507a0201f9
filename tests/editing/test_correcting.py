"""Accounts that editors correct by HTTP: what they state ranks above all sources until it is withdrawn."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.database.migrations import downgrade, migrate
from directory.editing.fields import FIELDS
from directory.editing.schemas import CorrectedAccountSchema, CorrectionListSchema
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from tests.editing.conftest import read_tag, write
from tests.imports.conftest import ndjson
from tests.tokens.conftest import Registry

PATCHED: dict[str, Any] = {
    "name": "Renamed",
    "names": [{"name": "改名", "language": "zh"}, {"name": "Renommé", "language": None}],
    "description": "What it is.\nTwo lines.",
    "region": {"code": "CN-510000"},
    "subject": "person",
    "language": "fr",
    "tags": ["a", "b"],
    "opened_on": "2011-11-14",
}
STATED: dict[str, Any] = {
    "platform": "weibo",
    "handle": "stated",
    "name": "Stated",
    "names": [{"name": "Other", "language": "en"}],
    "description": "Stated.",
    "department": "Bureau of Statements",
    "region": "CN-510100",
    "subject": "body",
    "language": "zh",
    "tags": ["s"],
    "opened_on": "2010-01-01",
}


def patch(
    client: FlaskClient, account: str, token: str, body: object, tag: str | None = "*", query: str = "reason=wrong"
) -> TestResponse:
    """Patch an account."""
    headers = {"Authorization": f"Bearer {token}"} | ({"If-Match": tag} if tag is not None else {})
    data = body if isinstance(body, str) else json.dumps(body)
    return client.patch(
        f"/v1/accounts/{account}?{query}", headers=headers, data=data, content_type="application/merge-patch+json"
    )


def withdraw(client: FlaskClient, account: str, token: str, field: str, tag: str = "*") -> TestResponse:
    """Withdraw the corrections of a field."""
    headers = {"Authorization": f"Bearer {token}", "If-Match": tag}
    return client.delete(f"/v1/accounts/{account}/corrections/{field}?reason=right", headers=headers)


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an account's public JSON as a patch has them."""
    found = {field: document[field] for field in FIELDS}
    found["department"] = document["department"] and {"id": document["department"]["id"]}
    found["region"] = document["region"] and {"code": document["region"]["code"]}
    return found


def read(registry: Registry, account: str) -> dict[str, Any]:
    """Return the fields of an account as it is now."""
    with psycopg.connect(registry.url) as conn:
        rows = conn.execute("SELECT document::jsonb FROM accounts WHERE id = %s", (account,)).fetchall()
    return shown(rows[0][0])


def load(registry: Registry, *rows: dict[str, Any], source: str = "s", **options: Any) -> str:  # noqa: ANN401 - of an import
    """Import rows of a source, and return the account of the first one."""
    with psycopg.connect(registry.url) as conn:
        import_files(
            conn, [ndjson([{"source": source, **row} for row in rows])], Options(actor="t", reason="t", **options)
        )
        found = conn.execute("SELECT id FROM accounts WHERE handle = %s", (rows[0]["handle"],)).fetchall()
    return str(found[0][0])


@pytest.fixture
def listed(registry: Registry, client: FlaskClient, create_token: Callable[..., str]) -> Iterator[str]:
    """Yield an account that a source lists, and withdraw what was corrected of it."""
    account = load(registry, STATED)
    yield account
    token = create_token("--scope", "edit")
    for field in FIELDS:
        withdraw(client, account, token, field)
    load(registry, STATED)


def test_an_edit_outlives_imports_and_the_source_is_back_once_it_is_withdrawn(
    client: FlaskClient, registry: Registry, listed: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    before = read(registry, listed)
    patched = {**PATCHED, "department": {"id": registry.own.department}}
    done = patch(client, listed, token, patched, read_tag(client, listed))
    assert (done.status_code, shown(done.get_json()["after"])) == (200, patched), done.get_json()
    assert CorrectedAccountSchema().validate(done.get_json()) == {}
    assert shown(done.get_json()["before"]) == before
    other = {**STATED, "name": "Stated again", "names": [], "tags": ["t"], "language": "en", "description": "Again."}
    load(registry, {**other, "department": "Bureau of Others", "region": "US-CA", "opened_on": "2012-01-01"})
    load(registry, {**other, "department": "Bureau of More", "region": "US"}, source="second")
    assert read(registry, listed) == patched
    for field in FIELDS:
        assert withdraw(client, listed, token, field).status_code == 200
    load(registry, {**STATED, "name": "Stated"})
    found = read(registry, listed)
    assert (found["name"], found["language"], found["region"]) == ("Stated", "zh", {"code": "CN-510100"})
    assert found["department"] not in (None, {"id": registry.own.department})
    assert withdraw(client, listed, token, "name").status_code == 404
    assert withdraw(client, listed, token, "handle").status_code == 404


def test_null_is_known_to_be_empty_and_holds(
    client: FlaskClient, registry: Registry, listed: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    nullable = [name for name, field in FIELDS.items() if field.is_nullable]
    assert patch(client, listed, token, dict.fromkeys(nullable)).status_code == 200
    load(registry, {**STATED, "description": "Another."})
    empty: dict[str, object] = {name: [] if name in {"names", "tags"} else None for name in nullable}
    assert {name: read(registry, listed)[name] for name in nullable} == empty
    for name in ("department", "subject"):
        failed = patch(client, listed, token, {name: None})
        assert (failed.status_code, failed.get_json()["errors"][0]["pointer"]) == (422, f"/{name}")


def test_corrections_are_listed_with_the_name_of_the_token(
    client: FlaskClient, registry: Registry, listed: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    body = {"name": "Listed", "department": {"id": registry.own.department}}
    done = patch(client, listed, token, body)
    found = client.get(f"/v1/accounts/{listed}/corrections").get_json()
    assert CorrectionListSchema().validate(found) == {}
    assert [(each["field"], each["value"], each["actor"], each["reason"]) for each in found["data"]] == [
        ("department", body["department"], "Desk", "wrong"),
        ("name", "Listed", "Desk", "wrong"),
    ]
    assert {each["revision"] for each in found["data"]} == {done.get_json()["revision"]}
    history = client.get(f"/v1/accounts/{listed}/history").get_json()["data"]
    assert ("Desk", "wrong") in [(each["actor"], each["reason"]) for each in history]
    assert client.get("/v1/accounts/0000000/corrections").status_code == 404


def test_an_account_that_no_source_lists_is_as_before_once_a_correction_is_withdrawn(
    client: FlaskClient, registry: Registry, account: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    before = read(registry, account)
    for name in ("One", "Two"):
        patch(client, account, token, {**PATCHED, "name": name, "department": {"id": registry.own.department}})
    assert read(registry, account)["name"] == "Two"
    for field in FIELDS:
        assert withdraw(client, account, token, field).status_code == 200
    assert read(registry, account) == before
    found = client.get(f"/v1/accounts?q={before['name']}").get_json()["data"]
    assert account in [each["id"] for each in found]


def test_the_tag_of_an_answer_is_for_the_next_change(
    client: FlaskClient, account: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    tag = read_tag(client, account)
    first = patch(client, account, token, {"language": "zh"}, tag)
    stale = patch(client, account, token, {"language": "en"}, tag)
    assert (stale.status_code, stale.get_json()["current"]["language"]) == (412, "zh")
    assert patch(client, account, token, {"language": "en"}, None).status_code == 428
    second = patch(client, account, token, {"language": "en"}, first.headers["ETag"])
    assert second.status_code == 200
    assert withdraw(client, account, token, "language", first.headers["ETag"]).status_code == 412
    assert withdraw(client, account, token, "language", second.headers["ETag"]).status_code == 200


def test_a_dry_run_and_what_is_so_already_write_nothing(
    client: FlaskClient, registry: Registry, account: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    before = read(registry, account)
    dry = patch(client, account, token, PATCHED, query="reason=wrong&dry_run=true")
    assert (dry.get_json()["revision"], dry.get_json()["after"]["name"]) == (None, "Renamed")
    assert "ETag" not in dry.headers
    same = patch(client, account, token, {"name": before["name"], "names": [], "region": before["region"]})
    assert (same.status_code, same.get_json()["revision"]) == (200, None)
    assert same.get_json()["before"] == same.get_json()["after"]
    assert read(registry, account) == before
    assert client.get(f"/v1/accounts/{account}/corrections").get_json() == {"data": []}


def test_a_narrowed_token_moves_no_account_out_of_its_place_and_none_into_it(
    client: FlaskClient, registry: Registry, account: str, create_token: Callable[..., str]
) -> None:
    own = {"department": {"id": registry.own.department}}
    assert patch(client, account, create_token("--scope", "edit"), own).status_code == 200
    before = read(registry, account)
    for option, place in (("--region", registry.own.region), ("--department", registry.own.department)):
        token = create_token("--scope", "edit", option, place)
        assert patch(client, account, token, {"department": {"id": registry.foreign.department}}).status_code == 403
        assert patch(client, registry.foreign.account, token, own).status_code == 403
        assert withdraw(client, account, token, "department").status_code == 403
        assert read(registry, account) == before
    token = create_token("--scope", "edit", "--region", registry.own.region)
    assert patch(client, account, token, {"region": {"code": "US-CA"}}).status_code == 403
    # Nor does it name a department elsewhere for one that stays where it is.
    elsewhere = {"department": {"id": registry.foreign.department}, "region": {"code": "CN-510000"}}
    assert patch(client, account, create_token("--scope", "edit", "--region", "CN"), elsewhere).status_code == 403
    assert read(registry, account) == before


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ("{", 400, None),
        ('{"name": "a", "name": "b"}', 400, None),
        ("[]", 422, ""),
        ("{}", 422, ""),
        ({"name": 1}, 422, "/name"),
        ({"name": " "}, 422, "/name"),
        ({"name": "a\x00"}, 422, "/name"),
        ('{"name": "\\ud800"}', 422, "/name"),
        ({"name": "a" * 501}, 422, "/name"),
        ({"names": "a"}, 422, "/names"),
        ({"names": [{"name": "a", "key": "b"}]}, 422, "/names"),
        ({"names": ["a"] * 51}, 422, "/names"),
        ({"tags": [1]}, 422, "/tags"),
        ({"region": "CN"}, 422, "/region"),
        ({"region": {"code": "XX"}}, 422, "/region/code"),
        ({"region": {"code": 1}}, 422, "/region"),
        ({"department": {"id": "0000000"}}, 422, "/department/id"),
        ({"department": {"id": "0000000", "name": "a"}}, 422, "/department"),
        ({"language": "no language"}, 422, "/language"),
        ({"subject": "dog"}, 422, "/subject"),
        ({"subject": ["body"]}, 422, "/subject"),
        ({"opened_on": "soon"}, 422, "/opened_on"),
        ({"handle": "a"}, 422, "/handle"),
        ({"status": "closed"}, 422, "/status"),
        ({"a/b": 1}, 422, "/a~1b"),
    ],
)
def test_what_cannot_be_set_is_told_by_its_place(
    client: FlaskClient, account: str, create_token: Callable[..., str], body: object, status: int, pointer: str | None
) -> None:
    failed = patch(client, account, create_token("--scope", "edit"), body)
    assert failed.status_code == status
    assert pointer is None or [error["pointer"] for error in failed.get_json()["errors"]] == [pointer]


def test_the_operations_are_named_for_what_they_change_and_the_token_comes_first(
    client: FlaskClient, account: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    failed = patch(client, account, token, {"handle": "a"})
    assert "/rename" in failed.get_json()["errors"][0]["detail"]
    assert client.patch(f"/v1/accounts/{account}", data="{").status_code == 401
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
    other = client.patch(f"/v1/accounts/{account}?reason=x", json={"name": "a"}, headers=headers)
    assert other.status_code == 415
    assert patch(client, "0000000", token, {"name": "a"}).status_code == 404
    assert patch(client, "0000001", token, {"name": "a"}).status_code == 400
    assert patch(client, account, token, {"name": "a"}, query="dry_run=true").status_code == 400


def test_no_date_of_the_opening_is_after_that_of_the_end(
    client: FlaskClient, registry: Registry, listed: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    assert patch(client, listed, token, {"opened_on": "2015-01-01"}).status_code == 200
    load(registry, {**STATED, "status": "closed", "closed_on": "2014-01-01"})
    assert read(registry, listed)["opened_on"] is None
    failed = patch(client, listed, token, {"opened_on": "2016-01-01"})
    assert failed.get_json()["errors"][0]["pointer"] == "/opened_on"
    load(registry, {**STATED, "status": "active", "closed_on": None})
    assert read(registry, listed)["opened_on"] == "2015-01-01"


def test_the_later_of_a_department_and_a_region_says_where_an_account_is(
    client: FlaskClient, registry: Registry, listed: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    patch(client, listed, token, {"region": {"code": "US-OH"}})
    patch(client, listed, token, {"department": {"id": registry.foreign.department}})
    load(registry, {**STATED, "description": "One"})
    assert read(registry, listed)["region"] == {"code": "US-CA"}
    patch(client, listed, token, {"region": {"code": "US-OR"}})
    load(registry, {**STATED, "description": "Two"})
    assert read(registry, listed)["region"] == {"code": "US-OR"}
    headers = {"Authorization": f"Bearer {token}"}
    back = {"department": None, "reason": "mistake"}
    assert client.post(f"/v1/accounts/{listed}/transfer", json=back, headers=headers).status_code == 200
    assert read(registry, listed)["region"] == {"code": "US-OR"}


def test_of_two_editors_at_once_one_edits_and_the_other_gets_what_that_one_wrote(
    client: FlaskClient, account: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    tag = read_tag(client, account)
    with ThreadPoolExecutor(2) as threads:
        clients = [client.application.test_client() for _ in range(2)]
        done = [
            *threads.map(
                lambda each: patch(each[1], account, token, {"name": f"By {each[0]}"}, tag), enumerate(clients)
            )
        ]
    assert sorted(each.status_code for each in done) == [200, 412]
    (won,) = (each.get_json()["after"]["name"] for each in done if each.status_code == 200)
    (lost,) = (each.get_json()["current"]["name"] for each in done if each.status_code == 412)
    assert won == lost


def test_a_registry_with_corrections_goes_down_and_up(
    client: FlaskClient, registry: Registry, account: str, create_token: Callable[..., str]
) -> None:
    assert patch(client, account, create_token("--scope", "edit"), {"name": "Corrected"}).status_code == 200
    downgrade(registry.url, "0053")
    migrate(registry.url)
    assert read(registry, account)["name"] == "Corrected"
    write(registry, lambda conn: conn.execute("SELECT statement FROM decisions_in_force"), "")
