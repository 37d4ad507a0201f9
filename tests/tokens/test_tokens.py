"""Tokens: how they are made, listed and ended, and what they are narrowed to."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.revisions import begin_revision
from directory.http.bearer_tokens import digest
from directory.http.problems import PlaceNotAllowed
from directory.tokens.authentication import require_place, require_places
from directory.tokens.queries import Place, Token, select_token
from tests.serving import client_of
from tests.tokens.conftest import Registry, run_command


@pytest.fixture
def client(registry: Registry, tmp_path: Path) -> Iterator[FlaskClient]:
    """Yield a client of the registry."""
    with client_of(registry.url, tmp_path) as client:
        yield client


def read(registry: Registry, secret: str) -> Token:
    """Return a token as the registry has it."""
    with psycopg.connect(registry.url) as conn:
        found = select_token(conn, digest(secret))
    assert found is not None
    return found


def status(client: FlaskClient, token: str) -> tuple[int, str]:
    """Return the status and the detail of a request with a token."""
    response = client.post("/v1/observations", json={"data": []}, headers={"Authorization": f"Bearer {token}"})
    return response.status_code, response.get_json().get("detail", "")


def test_a_token_is_shown_once_and_its_use_is_noted_by_the_day(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    secret = create_token("--scope", "observe", "--scope", "edit", "--region", "CN-510000", "--expires", "90d")
    token = read(registry, secret)
    assert (token.scopes, token.regions, token.departments) == (["edit", "observe"], ["CN-510000"], [])
    assert token.expires_at is not None
    assert token.expires_at - token.created_at == dt.timedelta(days=90)
    assert token.used_on is None
    assert status(client, secret)[0] == 200
    assert read(registry, secret).used_on == dt.datetime.now(dt.UTC).date()
    (line,) = (line for line in run_command(registry.url, "list") if token.id in line)
    assert "valid" in line
    assert "edit,observe in CN-510000, until" in line
    assert secret not in line


def test_a_revoked_and_an_expired_token_end_at_once(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    revoked, expired = create_token("--scope", "admin"), create_token("--scope", "admin", "--expires", "12h")
    assert status(client, revoked)[0] == status(client, expired)[0] == 200
    assert run_command(registry.url, "revoke", read(registry, revoked).id)[0].endswith("is revoked")
    assert run_command(registry.url, "revoke", read(registry, revoked).id)[0].endswith("was revoked before")
    with psycopg.connect(registry.url) as conn:
        conn.execute("UPDATE tokens SET expires_at = now() WHERE digest = %s", (digest(expired),))
    assert status(client, revoked) == (401, "The token was revoked.")
    assert status(client, expired) == (401, "The token has expired.")
    run_command(registry.url, "revoke", "0000000", status=1)


def test_a_place_or_a_time_that_does_not_exist_makes_no_token(registry: Registry) -> None:
    for option, value, code in (
        ("--region", "ZZ-1", 1),
        ("--department", "0000000", 1),
        ("--expires", "0d", 2),
        ("--expires", "90", 2),
        ("--expires", "99999d", 2),
        ("--name", " ", 2),
    ):
        run_command(registry.url, "create", "--scope", "edit", "--name", "Desk", option, value, status=code)


def test_tokens_of_a_restored_backup_are_suspended_until_they_are_confirmed(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str]
) -> None:
    first, second = create_token("--scope", "admin"), create_token("--scope", "admin")
    with psycopg.connect(registry.url) as conn:
        # As pg_restore makes it: another index of the same name.
        conn.execute("ALTER TABLE tokens DROP CONSTRAINT tokens_pkey, ADD CONSTRAINT tokens_pkey PRIMARY KEY (id)")
    code, detail = status(client, first)
    assert code == 401
    assert "restored from a backup" in detail
    assert any("suspended" in line for line in run_command(registry.url, "list"))
    run_command(registry.url, "confirm", read(registry, first).id)
    assert (status(client, first)[0], status(client, second)[0]) == (200, 401)
    run_command(registry.url, "confirm", "0000000", status=1)
    run_command(registry.url, "confirm", status=2)
    run_command(registry.url, "confirm", "--all")
    assert status(client, second)[0] == 200
    assert run_command(registry.url, "confirm", "--all") == ["no token is suspended"]


def test_places_are_judged_by_the_trees_of_today(registry: Registry, create_token: Callable[..., str]) -> None:
    own, foreign = registry.own, registry.foreign
    region = read(registry, create_token("--scope", "edit", "--region", own.region))
    department = read(registry, create_token("--scope", "edit", "--department", own.above))
    everywhere = read(registry, create_token("--scope", "edit"))
    with psycopg.connect(registry.url) as conn:
        # The region of a department is that of a record which has none.
        require_place(conn, region, region=None, department=own.department)
        require_places(conn, everywhere, [Place(None, None), Place("US", foreign.department)])
        require_places(conn, department, [Place("US", own.department), Place(None, own.above)])
        for token, place in (
            (region, Place(None, None)),
            (region, Place("CN", own.department)),
            (region, Place("no such", None)),
            (department, Place(own.region, None)),
            (department, Place(own.region, foreign.department)),
        ):
            with pytest.raises(PlaceNotAllowed) as refused:
                require_places(conn, token, [Place(own.region, own.department), place])
            assert refused.value.members == {"region": place.region, "department": place.department}
        begin_revision(conn, actor="test", reason="merge")
        conn.execute(
            "INSERT INTO tombstones SELECT 'department', %s, %s, current_revision()",
            (own.above, foreign.above),
        )
        require_place(conn, department, region=None, department=foreign.department)
        conn.rollback()
