"""Accounts that editors delete by HTTP: only the state that they read, and with a reason."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.editing.schemas import AccountDeletionSchema
from tests.accounts.conftest import insert_account
from tests.editing.conftest import read_tag, write
from tests.tokens.conftest import Registry


def delete(client: FlaskClient, account: str, token: str, tag: str | None, query: str = "reason=wrong") -> TestResponse:
    """Delete an account."""
    headers = {"Authorization": f"Bearer {token}"} | ({"If-Match": tag} if tag is not None else {})
    return client.delete(f"/v1/accounts/{account}?{query}", headers=headers)


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_the_tag_of_any_coding_deletes_and_the_history_has_the_name_of_the_token(
    client: FlaskClient, registry: Registry, account: str, create_token: Callable[..., str], encoding: str
) -> None:
    token = create_token("--scope", "edit")
    tag = read_tag(client, account, encoding)
    dry = delete(client, account, token, tag, "reason=wrong&dry_run=true")
    assert (dry.status_code, dry.get_json()["revision"]) == (200, None)
    done = delete(client, account, token, tag, "reason=wrong&category=mistake")
    assert done.status_code == 200
    assert AccountDeletionSchema().validate(done.get_json()) == {}
    assert done.get_json()["before"]["id"] == account
    with psycopg.connect(registry.url) as conn:
        written = conn.execute(
            "SELECT actor, reason FROM revisions WHERE revision = %s", (done.get_json()["revision"],)
        ).fetchall()
    assert written == [("Desk", "wrong")]
    assert delete(client, account, token, tag).status_code == 410


def test_without_the_state_that_was_read_nothing_is_deleted(
    client: FlaskClient, registry: Registry, account: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    tag = read_tag(client, account)
    other = read_tag(client, registry.own.account)
    for stale in (other, "x", '"17"', 'W/"1-0000000000000000"', tag.replace("-", "9-")):
        failed = delete(client, account, token, stale)
        assert (failed.status_code, failed.get_json()["current"]["id"]) == (412, account)
    missing = delete(client, account, token, None)
    assert (missing.status_code, missing.get_json()["current"]["id"]) == (428, account)
    # What others write about other records does not matter, and what they write about this one does.
    write(registry, lambda conn: insert_account(conn, 8, {"name": f"Next to {account}", "handle": account}), "")
    assert delete(client, account, token, tag, "reason=wrong&dry_run=true").status_code == 200
    write(registry, lambda conn: conn.execute("UPDATE accounts SET language = 'zh' WHERE id = %s", (account,)), "")
    failed = delete(client, account, token, tag)
    assert (failed.status_code, failed.get_json()["current"]["language"]) == (412, "zh")


def test_a_reason_is_needed_and_unknown_ids_are_not_found(
    client: FlaskClient, account: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    assert delete(client, account, token, "*", "").status_code == 400
    assert delete(client, account, token, "*", "reason=x&category=none").status_code == 400
    assert delete(client, "0000001", token, "*").status_code == 400
    assert delete(client, "0000000", token, "*").status_code == 404


def test_of_two_editors_at_once_one_deletes_and_the_other_is_told(
    client: FlaskClient, account: str, create_token: Callable[..., str]
) -> None:
    token = create_token("--scope", "edit")
    tag = read_tag(client, account)
    with ThreadPoolExecutor(2) as threads:
        clients = [client.application.test_client() for _ in range(2)]
        found = [*threads.map(lambda each: delete(each, account, token, tag).status_code, clients)]
    assert sorted(found) == [200, 410]
