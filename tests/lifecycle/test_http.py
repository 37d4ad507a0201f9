"""Operations on accounts by HTTP: what they return, and how they refuse."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.cli import main
from directory.database.connections import connect
from directory.database.revisions import begin_revision
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.lifecycle.schemas import OperationResultSchema
from tests.handles.conftest import OTHER, UID
from tests.imports.conftest import ndjson
from tests.serving import client_of

Post = Callable[..., TestResponse]
ROWS: list[dict[str, Any]] = [
    {"handle": "one", "platform_user_id": UID, "status": "active", "department": "Cars", "region": "US-OR"},
    {"handle": "two", "platform_user_id": OTHER, "status": "active", "department": "Ships", "region": "US-OH"},
    {"handle": "three", "department": "Ships", "region": "US-OH"},
]


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return the template with few regions."""
    return template_of_few_regions


@pytest.fixture
def registry(database_url: str) -> str:
    """Return a registry with three accounts."""
    with connect(database_url) as conn:
        rows = [{"platform": "weibo", "source": "s", **row} for row in ROWS]
        import_files(conn, [ndjson(rows)], Options(actor="test", reason="test"))
    return database_url


@pytest.fixture
def client(registry: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """Yield a client of the registry."""
    with client_of(registry, tmp_path) as client:
        yield client


@pytest.fixture
def post(client: FlaskClient, registry: str) -> Post:
    """Return a function that sends an operation on an account with a token."""
    tokens: dict[tuple[str, ...], str] = {}

    def send(
        account: str, operation: str, *options: str, query: str = "", if_match: str | None = None, **members: object
    ) -> TestResponse:
        words = options or ("--scope", "admin")
        if words not in tokens:
            made = CliRunner().invoke(
                main, ["token", "create", "--name", "Desk", *words], env={"DATABASE_URL": registry}
            )
            tokens[words] = made.stdout.strip()
        return client.post(
            f"/v1/accounts/{account}/{operation}{query}",
            json={"reason": "why", **members},
            headers={"Authorization": f"Bearer {tokens[words]}", **({"If-Match": if_match} if if_match else {})},
        )

    return send


def values(url: str, query: LiteralString, *parameters: str) -> list[str]:
    """Return the first column of a query."""
    with psycopg.connect(url) as conn:
        return [str(row[0]) for row in conn.execute(query, parameters).fetchall()]


@pytest.fixture
def ids(registry: str) -> list[str]:
    """Return the ids of the three accounts."""
    return [values(registry, "SELECT id FROM accounts WHERE handle = %s", row["handle"])[0] for row in ROWS]


def test_each_operation_is_taken_back_by_the_inverse_that_it_names(
    client: FlaskClient, post: Post, registry: str, ids: list[str]
) -> None:
    (ships,) = values(registry, "SELECT id FROM departments WHERE name = 'Ships'")
    one, two, three = ids
    for account, operation, members in (
        (one, "suspend", {}),
        (one, "close", {}),
        (one, "close", {"on": "2020-05-01"}),
        (one, "close", {"on": None}),
        (one, "rename", {"handle": "other"}),
        (one, "release", {}),
        (one, "transfer", {"department": ships}),
        (one, "transfer", {"successor": two}),
        (one, "delete", {"category": "mistake"}),
        (three, "merge", {"into": two}),
    ):
        before = client.get(f"/v1/accounts/{account}").get_json()
        done = post(account, operation, **members)
        assert done.status_code == 200, done.get_json()
        assert OperationResultSchema().validate(done.get_json()) == {}
        assert done.headers["Cache-Control"] == "no-store"
        changed = client.get(f"/v1/accounts/{account}")
        assert changed.status_code != 200 or changed.get_json() != before
        inverse = done.get_json()["inverse"]
        back = post(account, inverse["operation"], **inverse["body"])
        assert back.status_code == 200, back.get_json()
        assert back.get_json()["after"] == done.get_json()["before"]
    actors = values(registry, "SELECT DISTINCT actor || ': ' || reason FROM revisions WHERE actor <> 'test'")
    assert "Desk: why" in actors


def test_what_is_not_valid_is_a_conflict_with_its_code_and_remedy(post: Post, ids: list[str]) -> None:
    one, two, three = ids
    for account, operation, members, code in (
        (one, "resume", {}, "not-suspended"),
        (one, "rename", {"handle": "two"}, "handle-taken"),
        (one, "transfer", {"department": "0000000"}, "unknown-department"),
        (one, "merge", {"into": two}, "other-user-id"),
        (three, "release", {}, "no-user-id"),
    ):
        refused = post(account, operation, **members)
        assert (refused.status_code, refused.get_json()["code"]) == (409, code)
        assert refused.get_json()["remedy"]
        assert refused.get_json()["detail"].endswith(".")
    assert post("0000000", "suspend").status_code == 404
    assert post("000000!", "suspend").status_code == 400


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    client: FlaskClient, post: Post, registry: str, ids: list[str]
) -> None:
    before = values(registry, "SELECT max(revision) FROM revisions")
    done = post(ids[0], "suspend", query="?dry_run=true").get_json()
    assert (done["revision"], done["after"]["status"]) == (None, "suspended")
    assert post(ids[0], "resume", query="?dry_run=true").status_code == 409
    assert values(registry, "SELECT max(revision) FROM revisions") == before
    assert client.get(f"/v1/accounts/{ids[0]}").get_json()["status"] == "active"
    assert post(ids[0], "suspend", query="?dry_run=maybe").status_code == 400


def test_an_operation_with_if_match_needs_the_account_as_it_was_read(
    client: FlaskClient, post: Post, ids: list[str]
) -> None:
    read = client.get(f"/v1/accounts/{ids[0]}").headers["ETag"]
    assert post(ids[0], "suspend", if_match='W/"1-0000000000000000"').status_code == 412
    assert post(ids[0], "suspend", if_match=read).status_code == 200
    late = post(ids[0], "close", if_match=read)
    assert (late.status_code, late.get_json()["current"]["status"]) == (412, "suspended")
    assert post(ids[0], "close", if_match="*").status_code == 200
    assert post("0000000", "close", if_match="*").status_code in {400, 404}


def test_a_narrowed_token_hands_no_account_to_another_place(post: Post, registry: str, ids: list[str]) -> None:
    one, two, three = ids
    (ships,) = values(registry, "SELECT id FROM departments WHERE name = 'Ships'")
    narrow = ("--scope", "edit", "--region", "US-OR")
    assert post(one, "transfer", *narrow, department=ships).status_code == 403
    assert post(three, "merge", *narrow, into=two).status_code == 403
    assert post(one, "suspend", *narrow).status_code == 200
    assert post(two, "suspend", *narrow).status_code == 403
    assert post(one, "delete", *narrow).status_code == 200
    assert post(one, "restore", *narrow).status_code == 200
    # Nor does it take one from there, though the deleted account has no place.
    assert post(two, "delete").status_code == 200
    assert post(two, "restore", *narrow).status_code == 403
    assert values(registry, "SELECT count(*) FROM accounts WHERE id = %s", two) == ["0"]


def test_a_narrowed_token_takes_nothing_from_an_account_elsewhere_by_an_unmerge(
    post: Post, registry: str, ids: list[str]
) -> None:
    row = {"platform": "weibo", "source": "t", "handle": "four", "department": "Cars", "region": "US-OR"}
    with connect(registry) as conn:
        import_files(conn, [ndjson([row])], Options(actor="test", reason="test"))
    (own,) = values(registry, "SELECT id FROM accounts WHERE handle = 'four'")
    assert post(own, "merge", into=ids[1]).status_code == 200
    assert post(own, "unmerge", "--scope", "edit", "--region", "US-OR").status_code == 403
    assert post(own, "unmerge").get_json()["after"]["region"] == "US-OR"


def test_a_narrowed_token_names_no_department_elsewhere_for_an_account_that_stays(
    post: Post, registry: str, ids: list[str]
) -> None:
    (ships,) = values(registry, "SELECT id FROM departments WHERE name = 'Ships'")
    with psycopg.connect(registry) as conn:
        begin_revision(conn, actor="test", reason="test")
        conn.execute("UPDATE departments SET region_code = 'US-OH' WHERE id = %s", (ships,))
        conn.execute("UPDATE accounts SET subject = 'person' WHERE id = %s", (ids[0],))
    assert post(ids[0], "transfer", "--scope", "edit", "--region", "US-OR", department=ships).status_code == 403
    assert post(ids[0], "transfer", department=ships).get_json()["after"]["region"] == "US-OR"


BODIES: list[tuple[bytes, int, str | None]] = [
    (b'{"reason": "why", "reason": "no"}', 400, None),
    (b'{"reason"', 400, None),
    (b"\xff{}", 400, None),
    (b"[" * 600, 422, ""),
    (b"[]", 422, ""),
    (b"{}", 422, "/reason"),
    (b'{"reason": 5}', 422, "/reason"),
    (b'{"reason": " "}', 422, "/reason"),
    (b'{"reason": "\\u0000"}', 422, "/reason"),
    (b'{"reason": "\\ud800"}', 422, "/reason"),
    (b'{"reason": "why", "on": "2020-02-30"}', 422, "/on"),
    (b'{"reason": "why", "on": 20200101}', 422, "/on"),
    (b'{"reason": "why", "status": "closed"}', 422, "/status"),
    (b'{"reason": "why", "~/x": 1}', 422, "/~0~1x"),
]


def test_a_body_that_is_not_understood_writes_nothing(client: FlaskClient, post: Post, ids: list[str]) -> None:
    headers = {"Authorization": post(ids[1], "suspend").request.headers["Authorization"]}
    path = f"/v1/accounts/{ids[0]}/close"
    for body, status, where in BODIES:
        refused = client.post(path, data=body, content_type="application/json", headers=headers)
        assert refused.status_code == status, (body[:50], refused.get_json())
        if where is not None:
            assert refused.get_json()["errors"][0]["pointer"] == where
    assert client.post(path, data=b"reason=why", headers=headers).status_code == 415
    assert client.get(f"/v1/accounts/{ids[0]}").get_json()["status"] == "active"
    assert post(ids[0], "delete", category="whim").status_code == 422
    assert post(ids[0], "transfer").status_code == 422
    assert post(ids[0], "rename", handle="x", at="yesterday").status_code == 422
    assert post(ids[0], "transfer", department=None, successor=None).status_code == 422
