"""Values that no client means: in no parameter, no part of a path, no header and no body do they make us fail."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.serving import client_of

# As they are in a URL.
VALUES = [
    "%00",
    "%ED%A0%80",
    "%FF",
    "%",
    "%F0%9F%98%80",
    "%D9%A3",
    "-",
    "0",
    "1e5",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 400,
    "9999-12-31T23:59:59.999999999-23:59",
    "0001-01-01T00:00:00%2B00:00",
    "1-0123456789ab",
    "999999999999999999-0123456789ab",
    "a,,b",
    "-a,a",
    ",".join(map(str, range(300))),
    "x" * 5000,
    quote("公" * 2000),
    "..%2F..",
    "%27%3B--",
]
PAIRS = ("{0}={1}", "{0}={1}&{0}={1}", "{0}[]={1}")


@pytest.fixture(scope="module")
def client(starter_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of the registry of the starter data, which turns no failure into an exception."""
    with client_of(starter_database_url, tmp_path_factory.mktemp("application")) as client:
        client.application.config["PROPAGATE_EXCEPTIONS"] = False
        client.application.testing = False
        # Nobody sets a cookie, and to look for one takes a seventh of the time.
        yield client.application.test_client(use_cookies=False)


def operations(client: FlaskClient) -> Iterator[tuple[str, list[str], list[str]]]:
    """Return each URL that is read, with the names of what its path and its query have."""
    document: dict[str, Any] = json.loads(client.get("/openapi.json").get_data())
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        parameters = [*item.get("parameters", ()), *item["get"].get("parameters", ())]
        yield (
            path,
            [each["name"] for each in parameters if each["in"] == "path"],
            [each["name"] for each in parameters if each["in"] == "query"],
        )


def failures(client: FlaskClient, urls: Iterator[str]) -> list[tuple[int, str]]:
    """Ask, and give what answers are our fault."""
    found = []
    for url in urls:
        response = client.get(url)
        if response.status_code >= 500:
            found.append((response.status_code, url[:200]))
        response.close()
    return found


def test_no_value_of_a_parameter_makes_us_fail(client: FlaskClient) -> None:
    def urls() -> Iterator[str]:
        for path, in_path, in_query in operations(client):
            whole = path
            for name in in_path:
                whole = whole.replace(f"{{{name}}}", "CN")
            needed = "" if "q" not in in_query or "accounts" in path else "q=police&"
            for name in [*in_query, "unknown"]:
                for value in VALUES:
                    yield f"{whole}?{'' if name == 'q' else needed}{name}={value}"
                for form in PAIRS[1:]:
                    yield f"{whole}?{form.format(name, '1')}"

    assert failures(client, urls()) == []


def test_no_part_of_a_path_makes_us_fail(client: FlaskClient) -> None:
    def urls() -> Iterator[str]:
        for path, in_path, _ in operations(client):
            for name in in_path:
                for value in VALUES:
                    whole = path.replace(f"{{{name}}}", value)
                    for other in in_path:
                        whole = whole.replace(f"{{{other}}}", "1")
                    yield whole

    assert failures(client, urls()) == []


@pytest.mark.parametrize("value", ["\ud800", "\0", "x" * 100_000, "\u202e", "９" * 30, "1" * 5000, "[", "%"])
@pytest.mark.parametrize("body", ['{{"queries":[{0}]}}', "{{{0}:[]}}", "{0}", "[{0}]", '{{"queries":{{{0}:{0}}}}}'])
def test_no_value_in_a_body_makes_us_fail(client: FlaskClient, value: str, body: str) -> None:
    text = body.format(json.dumps(value))
    for media_type in ("application/json", "application/x-ndjson"):
        response = client.post("/v1/resolve", data=text, headers={"Content-Type": media_type})
        assert response.status_code < 500, text[:100]


@pytest.mark.parametrize("name", ["Accept", "Accept-Encoding", "If-None-Match", "If-Match", "Range", "If-Range"])
def test_no_value_of_a_header_makes_us_fail(client: FlaskClient, name: str) -> None:
    values = [",", ";", "*", '"', "W/", "bytes=", "bytes=9" + "9" * 400 + "-", "a/b;q=" + "9" * 400, "é", ",a" * 4000]
    for path in ("/v1", "/v1/accounts", "/v1/snapshots/latest", "/openapi.json", "/v1/changes.atom"):
        for value in values:
            assert client.get(path, headers={name: value}).status_code < 500, (path, value[:50])
