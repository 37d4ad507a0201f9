"""Who may do what: each route that needs a token, with each scope, inside and outside of the token's places."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.tokens.queries import SCOPES
from tests.serving import client_of
from tests.tokens.conftest import Place, Registry
from tests.tokens.routes import DIRECT_WRITES_OF_MODERATORS, NO_DIRECT_WRITES, ROUTES, Route

CONTRACT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text(encoding="utf-8"))
each_route = pytest.mark.parametrize("name", ROUTES)
REFUSED = (401, 403)


@pytest.fixture
def client(registry: Registry, tmp_path: Path) -> Iterator[FlaskClient]:
    """Yield a client of the registry."""
    with client_of(registry.url, tmp_path) as client:
        yield client


def send(client: FlaskClient, route: Route, place: Place, token: str, **changes: Any) -> TestResponse:  # noqa: ANN401 - parts of the request
    """Send the request of a route about a place."""
    request = route.request(place)._replace(**changes)
    headers = {**request.headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    return client.open(
        request.url, method=route.method, data=request.body.encode(), content_type=request.content_type, headers=headers
    )


def test_the_table_has_every_route_that_needs_a_token_with_its_method_and_scope() -> None:
    stated = {
        operation["operationId"]: (method.upper(), operation["x-scope"])
        for path in CONTRACT["paths"].values()
        for method, operation in path.items()
        if "security" in operation
    }
    assert stated == {name: (route.method, route.scope) for name, route in ROUTES.items()}
    assert {scope for _, scope in stated.values()} <= {*SCOPES}


@each_route
def test_every_scope_but_its_own_and_admin_is_refused_by_name(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str], name: str
) -> None:
    route = ROUTES[name]
    for scope in SCOPES:
        response = send(client, route, registry.own, create_token("--scope", scope))
        if scope in {route.scope, "admin"}:
            assert response.status_code not in REFUSED, (scope, response.get_json())
        else:
            assert response.status_code == 403, scope
            assert f"this needs {route.scope}" in response.get_json()["detail"]
            assert f'scope="{route.scope}"' in response.headers["WWW-Authenticate"]


@each_route
@pytest.mark.parametrize("is_own", [True, False])
def test_a_narrowed_token_is_for_its_region_and_department_with_all_below(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str], name: str, *, is_own: bool
) -> None:
    route = ROUTES[name]
    own, foreign = registry.own, registry.foreign
    narrowings = [
        (("--region", "CN"), "region", foreign.region),
        (("--region", own.region, "--region", "FR"), "region", foreign.region),
        (("--department", own.above), "department", foreign.department),
        (("--region", "CN-510000", "--department", own.department), "region", foreign.region),
    ]
    for options, kind, outside in narrowings:
        token = create_token("--scope", route.scope, *options)
        response = send(client, route, own if is_own else foreign, token)
        if is_own or not route.has_place:
            assert response.status_code not in REFUSED, (options, response.get_json())
        else:
            assert response.status_code == 403, options
            assert response.get_json()["type"].endswith("/problems/place-not-allowed")
            assert f"the {kind} {outside}" in response.get_json()["detail"]


@each_route
def test_a_region_and_a_department_have_to_fit_both(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str], name: str
) -> None:
    route = ROUTES[name]
    token = create_token("--scope", route.scope, "--region", "CN", "--department", registry.foreign.department)
    if route.has_place:
        assert send(client, route, registry.own, token).status_code == 403
        assert send(client, route, registry.foreign, token).status_code == 403


@each_route
def test_the_token_is_judged_before_anything_else_of_the_request(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str], name: str
) -> None:
    route = ROUTES[name]
    request = route.request(registry.own)
    path = request.url.partition("?")[0]
    other = create_token("--scope", next(scope for scope in SCOPES if scope not in {route.scope, "admin"}))
    for token, status in (("", 401), ("dir_x", 401), (other, 403)):
        for changes in (
            {"url": f"{path}?nonsense=1"},
            {"body": "{"},
            {"content_type": "image/png"},
            {"headers": {"If-Match": "x", "Accept": "image/png"}},
        ):
            if route.method == "GET" and "body" in changes:
                # Of whatever path, a GET with a body is refused before its route is known.
                continue
            response = send(client, route, registry.own, token, **changes)
            assert (response.status_code, changes) == (status, changes)
            assert response.headers["WWW-Authenticate"].startswith("Bearer ")


def test_with_four_eyes_no_token_changes_records_alone(
    registry: Registry, create_token: Callable[..., str], tmp_path: Path
) -> None:
    direct = {name for name, route in ROUTES.items() if route.scope == "edit"}
    direct = direct - NO_DIRECT_WRITES | DIRECT_WRITES_OF_MODERATORS
    stated = {
        operation["operationId"]
        for path in CONTRACT["paths"].values()
        for operation in path.values()
        if operation.get("x-four-eyes")
    }
    assert stated == direct
    scopes = {scope: create_token("--scope", scope) for scope in SCOPES}
    narrow = create_token("--scope", "admin", "--region", "US")
    with client_of(registry.url, tmp_path, four_eyes="on") as client:
        for name, route in ROUTES.items():
            for token in (scopes[route.scope], scopes["admin"]):
                response = send(client, route, registry.own, token)
                if name not in direct:
                    assert response.status_code not in REFUSED, name
                    continue
                assert response.status_code == 403, name
                assert response.get_json()["type"].endswith("/problems/four-eyes-required")
                assert response.get_json()["proposals"] == "/v1/proposals"
            if name in direct:
                # The token comes before the rule, and the rule before all else, so it tells nothing of the record.
                other = scopes["observe"]
                assert "this needs" in send(client, route, registry.own, other).get_json()["detail"]
                path = route.request(registry.own).url.partition("?")[0]
                refused = send(client, route, registry.own, narrow, url=f"{path}?nonsense=1", body="{")
                assert refused.get_json()["type"].endswith("/problems/four-eyes-required")


@each_route
def test_a_token_in_the_url_is_never_read(
    client: FlaskClient, registry: Registry, create_token: Callable[..., str], name: str
) -> None:
    route = ROUTES[name]
    token = create_token("--scope", route.scope)
    url = route.request(registry.own).url
    join = "&" if "?" in url else "?"
    response = send(client, route, registry.own, "", url=f"{url}{join}access_token={token}")
    assert response.status_code == 401
    assert "revoked" in response.get_json()["detail"]
    assert send(client, route, registry.own, token, url=f"{url}{join}token={token}").status_code == 400
