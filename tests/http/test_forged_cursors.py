"""Cursors that are no page's: whatever stands in one, every list says that it is not valid, or gives a page."""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from directory.http.pagination import fingerprint
from tests.serving import client_of

LISTS = [
    "/v1/accounts",
    "/v1/accounts?sort=name",
    "/v1/accounts?sort=-followers",
    "/v1/accounts?sort=opened_on",
    "/v1/accounts?sort=-updated_at,name",
    "/v1/accounts?q=police",
    "/v1/accounts?q=police&sort=-followers",
    "/v1/accounts?q=police&count=exact",
    "/v1/accounts?as_of=1",
    "/v1/accounts?as_of=1&q=police",
    "/v1/accounts/{account}/history",
    "/v1/accounts/{account}/followers",
    "/v1/changes",
    "/v1/changes.atom",
    "/v1/observations",
    "/v1/departments",
    "/v1/department-types",
    "/v1/platforms",
    "/v1/regions",
    "/v1/reports/closed-platforms",
    "/v1/reports/coverage",
    "/v1/reports/coverage/CN/county-government/missing",
    "/v1/reports/dormancy",
    "/v1/reports/dormancy/accounts",
    "/v1/reports/duplicates",
    "/v1/reports/freshness",
    "/v1/reports/freshness/observations",
    "/v1/reports/names",
    "/v1/reports/names?kind=shared_name",
    "/v1/reports/verification",
    "/v1/snapshots",
    "/v1/sources",
]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from([2**31, 2**63 - 1, 2**63, -(2**63), 10**30, 10**300])
    | st.text()
    | st.sampled_from(
        [
            "\0",
            "\ud800",
            "-1",
            "1e5",
            "٣",
            "10" * 20,
            "-infinity",
            "infinity",
            "NaN",
            "None",
            "2020-13-45",
            "0001-01-01",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "2024-06-30 12:00:00+00",
            "0000000",
            "police",
            " ",
        ]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
# As many values as some order has, so that more than their number is wrong with them.
VALUES = st.lists(ANYTHING, max_size=7)


@pytest.fixture(scope="module")
def client(starter_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of the registry of the starter data, which turns no failure into an exception."""
    with client_of(starter_database_url, tmp_path_factory.mktemp("application")) as client:
        client.application.config["PROPAGATE_EXCEPTIONS"] = False
        client.application.testing = False
        yield client


def forge(payload: bytes) -> str:
    """Return a cursor with a payload and the check that fits it, which anybody can compute."""
    check = hashlib.blake2b(payload, digest_size=6).digest()
    return base64.urlsafe_b64encode(check + payload).rstrip(b"=").decode()


def answers(client: FlaskClient, payload_of: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of the list's fingerprint
    """Return the answers of all lists to a cursor."""
    account = client.get("/v1/accounts?limit=1").get_json()["data"][0]["id"]
    found = {}
    for pattern in LISTS:
        url = pattern.format(account=account)
        with client.application.test_request_context(url):
            mark = fingerprint()
        cursor = forge(payload_of(mark))
        found[url] = client.get(f"{url}{'&' if '?' in url else '?'}cursor={cursor}")
    return found


def outcome_of(response: Any) -> tuple[int, str | None]:  # noqa: ANN401 - werkzeug's TestResponse
    """Return the status of an answer, and its type if it is a problem."""
    if response.status_code == 200:
        return 200, None
    document = response.get_json()
    return response.status_code, document["type"] if document else None


ALLOWED = {(200, None), (400, "/problems/invalid-cursor"), (400, "/problems/revision-not-yet-written")}
ALLOWED |= {(400, "/problems/invalid-parameters"), (410, "/problems/revision-pruned")}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
@example([])
@example(["\0", "\0"])
@example(["\ud800"])
@example([True, True])
@example([2**63, 2**63])
@example(["99999999999", "1", "1", "1", "0000000"])
@example(["1", "99999999999999999999", "1", "1", "0000000"])
@example(["1", "1", "1", "1", "0000000", "police"])
@example(["1", "1", "1", "1", "0000000", 0])
@example(["infinity", "0000000"])
@example(["0001-01-01T00:00:00+23:59", "x"])
@example([None, None])
def test_no_values_in_a_cursor_make_a_list_fail(client: FlaskClient, values: list[Any]) -> None:
    found = answers(client, lambda mark: json.dumps([mark, *values]).encode())
    assert {url: outcome_of(response) for url, response in found.items() if outcome_of(response) not in ALLOWED} == {}


@pytest.mark.parametrize(
    "payload", [b"5", b"[]", b"{}", b"null", b'"x"', b"", b"[", b"\xff", b"[" * 2900, b"1" * 2900, b"NaN", b"[[],1]"]
)
def test_what_is_no_list_of_values_is_no_cursor(client: FlaskClient, payload: bytes) -> None:
    found = answers(client, lambda _: payload)
    assert {outcome_of(response) for response in found.values()} == {(400, "/problems/invalid-cursor")}


def test_the_cursors_that_the_lists_give_lead_on(client: FlaskClient) -> None:
    account = client.get("/v1/accounts?limit=1&sort=-updated_at").get_json()["data"][0]["id"]
    for pattern in LISTS:
        url = pattern.format(account=account)
        join = "&" if "?" in url else "?"
        first = client.get(f"{url}{join}limit=2")
        after = first.headers["Link"].partition('rel="first", <')[2].partition(">")[0]
        if after:
            second = client.get(after)
            assert second.status_code == 200, (after, second.get_data(as_text=True))
            assert second.get_data() != first.get_data()
