"""Observations that programs send by HTTP, with a token: all of a request or none of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.cli import main
from directory.database.revisions import begin_revision
from directory.http.bearer_tokens import digest, make_token
from directory.http.request_body import CHUNKED
from directory.observations.schemas import ROWS_MAX, RecordedSchema
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.serving import client_of

AT = "2024-07-01T08:00:00+08:00"


@pytest.fixture(scope="module")
def account_id(module_database_url: str) -> str:
    """Return the id of an account on Weibo."""
    with psycopg.connect(module_database_url) as conn:
        begin_revision(conn, actor="test", reason="accounts")
        insert_account(conn, 0, {"name": "北京急救中心"})
        index_pending(conn)
        row = conn.execute("SELECT id FROM accounts").fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture
def client(module_database_url: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """Yield a client of the registry."""
    with client_of(module_database_url, tmp_path) as client:
        yield client


def command(url: str, *arguments: str) -> list[str]:
    """Return the lines that `directory token` prints on standard output."""
    result = CliRunner().invoke(main, ["token", *arguments], env={"DATABASE_URL": url}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


@pytest.fixture
def token(module_database_url: str) -> str:
    """Return a new token."""
    (token,) = command(module_database_url, "create", "--scope", "observe", "--name", "City survey")
    return token


def post(client: FlaskClient, body: object, token: str, path: str = "/v1/observations?source=s1") -> TestResponse:
    """Send observations."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if isinstance(body, str):
        return client.post(path, data=body.encode(), content_type="application/x-ndjson", headers=headers)
    return client.post(path, json=body, headers=headers)


def count(url: str) -> int:
    """Return how many observations the registry has."""
    with psycopg.connect(url) as conn:
        return int(conn.execute("SELECT count(*) FROM observation_series").fetchall()[0][0])


def test_observations_are_recorded_once_by_the_name_of_the_token(
    client: FlaskClient, module_database_url: str, account_id: str, token: str
) -> None:
    row = {"account": account_id, "observed_at": AT, "followers": 60_000}
    body = post(client, {"data": [row, {"url": "https://weibo.com/handle0", "observed_at": AT, "posts": -1}]}, token)
    assert body.status_code == 200
    found = body.get_json()
    assert RecordedSchema().validate(found) == {}
    assert (found["rows"], found["recorded"], found["contradictions"], found["no_counts"]) == (2, 1, 0, 1)
    with psycopg.connect(module_database_url) as conn:
        actors = conn.execute("SELECT actor FROM revisions WHERE revision = %s", (found["revision"],)).fetchall()
    assert actors == [("City survey",)]
    again = post(client, json.dumps(row | {"followers": 7}) + "\n", token, "/v1/observations.ndjson?source=s2")
    assert (again.get_json()["recorded"], again.get_json()["sources_created"]) == (1, ["s2"])
    once_more = post(client, json.dumps(row | {"followers": 7}), token, "/v1/observations.ndjson?source=s2")
    assert (once_more.get_json()["recorded"], once_more.get_json()["revision"]) == (0, None)


def test_a_request_with_a_row_that_cannot_be_recorded_writes_nothing_and_names_its_place(
    client: FlaskClient, module_database_url: str, account_id: str, token: str
) -> None:
    before = count(module_database_url)
    good = {"account": account_id, "observed_at": "2024-07-05T00:00:00Z", "followers": 1}
    response = post(client, {"data": [good, good | {"observed_at": "2024-07-05T00:00:00"}, 5]}, token)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/data/1", "/data/2"]
    assert "it has no time zone" in response.get_json()["errors"][0]["detail"]
    lines = "\n".join([json.dumps(good), "", "{", json.dumps(good | {"account": "0000000"})])
    response = post(client, lines, token, "/v1/observations.ndjson?source=s1")
    assert [error["line"] for error in response.get_json()["errors"]] == [3, 4]
    assert post(client, [good], token).status_code == 422
    assert post(client, "{}\n" * ROWS_MAX + "{}", token, "/v1/observations.ndjson").get_json()["errors"] == [
        {"detail": f"has {ROWS_MAX + 1} lines; at most {ROWS_MAX} are taken", "line": ROWS_MAX + 1}
    ]
    assert count(module_database_url) == before


def test_without_a_valid_token_nothing_is_read(client: FlaskClient, module_database_url: str, token: str) -> None:
    missing = post(client, {"data": []}, "")
    assert missing.status_code == 401
    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="registry"'
    for wrong in (token[:-1], "dir_x", make_token()):
        refused = post(client, {"data": []}, wrong)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    # Not even looked at: anybody can write a token of this form.
    assert post(client, "{}\n" * (ROWS_MAX + 1), make_token(), "/v1/observations.ndjson").status_code == 401
    assert post(client, {"data": []}, "", f"/v1/observations?access_token={token}").status_code == 401
    assert post(client, {"data": []}, token).status_code == 200
    assert not any(token in line for line in command(module_database_url, "list"))
    with psycopg.connect(module_database_url) as conn:
        (token_id,) = conn.execute("SELECT id FROM tokens WHERE digest = %s", (digest(token),)).fetchall()[0]
    command(module_database_url, "revoke", token_id)
    revoked = post(client, {"data": []}, token)
    assert revoked.status_code == 401
    assert revoked.get_json()["detail"] == "The token was revoked."


def test_a_token_without_the_scope_is_told_which_one_it_needs(
    client: FlaskClient, module_database_url: str, token: str
) -> None:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("UPDATE tokens SET scopes = '{edit}'")
    refused = post(client, {"data": []}, token)
    assert refused.status_code == 403
    assert 'scope="observe"' in refused.headers["WWW-Authenticate"]
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("UPDATE tokens SET scopes = '{observe}', expires_at = now() - interval '1 day'")
    assert post(client, {"data": []}, token).get_json()["detail"] == "The token has expired."


def test_lines_whose_end_nobody_announced_are_not_taken(
    client: FlaskClient, module_database_url: str, account_id: str, token: str
) -> None:
    # As the worker marks a chunked body: cut between two lines it looks whole.
    row = json.dumps({"account": account_id, "observed_at": "2024-09-01", "followers": 1}) + "\n"
    before = count(module_database_url)
    response = client.post(
        "/v1/observations.ndjson?source=s1",
        data=row.encode(),
        content_type="application/x-ndjson",
        headers={"Authorization": f"Bearer {token}"},
        environ_overrides={CHUNKED: True},
    )
    assert (response.status_code, "Content-Length" in response.get_json()["detail"]) == (400, True)
    assert count(module_database_url) == before


def test_a_long_body_is_taken_with_a_token_alone(client: FlaskClient, account_id: str, token: str) -> None:
    row = json.dumps({"account": account_id, "observed_at": "2024-08-01", "followers": 1}) + "\n"
    body = row * 20_000
    assert post(client, body, "", "/v1/observations.ndjson?source=s1").status_code == 413
    response = post(client, body, token, "/v1/observations.ndjson?source=s1")
    assert (response.status_code, response.get_json()["unchanged"]) == (200, 19_999)
