"""The URLs of resolving: one text and batches, in JSON and in lines, and what is wrong with a body by its place."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from directory.resolve.schemas import ResolutionSchema
from tests.serving import client_of

NDJSON = "application/x-ndjson"
TEXTS = ["https://x.com/NASA", "https://x.com/NASA_", "成都发布 微博", "https://x.com/some_stranger_9"]
WORDS = ["official", "look_alike", "official", "unknown"]


@pytest.fixture(scope="module")
def client(registry_url: str, ids: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of the small registry."""
    assert ids
    with client_of(registry_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def post(client: FlaskClient, body: object, **headers: str) -> Any:  # noqa: ANN401 - werkzeug's TestResponse
    """Send a body, as JSON unless it is a text."""
    text = body if isinstance(body, (str, bytes)) else json.dumps(body, ensure_ascii=False)
    return client.post("/v1/resolve", data=text, headers={"Content-Type": "application/json", **headers})


def post_lines(client: FlaskClient, text: str) -> Any:  # noqa: ANN401 - werkzeug's TestResponse
    """Send a body of lines to the address that reads them."""
    return client.post("/v1/resolve.ndjson", data=text, content_type=NDJSON)


def errors(response: Any) -> tuple[int, list[tuple[Any, Any]]]:  # noqa: ANN401 - werkzeug's TestResponse
    """Return the status of a problem, and the places that it names with the first word of what is wrong there."""
    return response.status_code, [
        (each.get("pointer", each.get("line", each.get("parameter"))), each["detail"].split()[0])
        for each in response.get_json()["errors"]
    ]


def test_one_text_has_a_verdict_with_an_etag(client: FlaskClient) -> None:
    response = client.get("/v1/resolve", query_string={"q": TEXTS[0]})
    assert (response.status_code, response.get_json()["verdict"]) == (200, "official")
    assert ResolutionSchema().validate(response.get_json()) == {}
    again = client.get("/v1/resolve", query_string={"q": TEXTS[0]}, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "q"),
        ("q=", "q"),
        ("q=%20", "q"),
        ("q=" + "a" * 8001, "q"),
        ("q=a&q=b", "q"),
        ("q=%00", "q"),
        ("q=%ED%A0%80", "q"),
        ("q=a&platform=nowhere", "platform"),
        ("q=a&plattform=x", "plattform"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(client: FlaskClient, query: str, parameter: str) -> None:
    response = client.get(f"/v1/resolve?{query}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.get_json()["errors"]] == [parameter]


def test_a_platform_may_be_stated_in_any_spelling(client: FlaskClient) -> None:
    for spelling in ("facebook", "FB", "Facebook"):
        answer = client.get("/v1/resolve", query_string={"q": "citypolice", "platform": spelling}).get_json()
        assert (answer["verdict"], answer["platform"]) == ("official", "facebook")
    assert post(client, {"queries": ["citypolice"]}).get_json()["data"][0]["verdict"] == "unknown"
    batch = client.post("/v1/resolve?platform=x", json={"queries": ["citypolice"]}).get_json()
    assert batch["data"][0]["platform"] == "x"


def test_a_batch_keeps_its_order_and_answers_as_for_each_alone(client: FlaskClient) -> None:
    response = post(client, {"queries": TEXTS})
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    data = response.get_json()["data"]
    assert [verdict["verdict"] for verdict in data] == WORDS
    assert data == [client.get("/v1/resolve", query_string={"q": text}).get_json() for text in TEXTS]


def test_lines_in_and_lines_out(client: FlaskClient) -> None:
    lines = "\n".join([json.dumps(TEXTS[0]), json.dumps({"q": TEXTS[1]}), *map(json.dumps, TEXTS[2:])])
    for text in (lines, lines + "\n"):
        response = post_lines(client, text)
        assert response.mimetype == NDJSON
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert [json.loads(line)["verdict"] for line in response.get_data(as_text=True).splitlines()] == WORDS


def test_the_address_of_lines_is_asked_by_post_alone(client: FlaskClient) -> None:
    for body in (b"", b'"a"'):
        response = client.get("/v1/resolve.ndjson", data=body)
        assert (response.status_code, response.headers["Allow"]) == (405, "OPTIONS, POST")


def test_a_body_of_the_other_form_is_told_its_address(client: FlaskClient) -> None:
    lines = post(client, '"a"', **{"Content-Type": NDJSON})
    assert lines.status_code == 415
    assert f"{NDJSON} is read at /v1/resolve.ndjson" in lines.get_json()["detail"]
    listed = client.post("/v1/resolve.ndjson", json={"queries": ["a"]})
    assert listed.status_code == 415
    assert "application/json is read at /v1/resolve;" in listed.get_json()["detail"]


def test_an_empty_batch_has_no_verdicts(client: FlaskClient) -> None:
    assert post(client, {"queries": []}).get_json() == {"data": []}
    assert post_lines(client, "").get_data() == b""


def test_one_bad_text_spoils_no_others(client: FlaskClient) -> None:
    texts = ["a" * 5000, "NA\x00SA", "", " ", TEXTS[0]]
    data = post(client, {"queries": texts}).get_json()["data"]
    assert [verdict["verdict"] for verdict in data] == ["unknown"] * 4 + ["official"]
    lone = post(client, '{"queries": ["\\ud800"]}').get_json()["data"]
    assert lone[0]["reasons"][0]["code"] == "unreadable"


def test_a_text_that_is_too_long_has_a_verdict_of_its_own_alone_and_among_others(client: FlaskClient) -> None:
    long = "https://x.com/NASA?" + "a" * 2000
    alone = client.get("/v1/resolve", query_string={"q": long})
    assert (alone.status_code, alone.get_json()["reasons"][0]["code"]) == (200, "too_long")
    data = post(client, {"queries": [long, *TEXTS]}).get_json()["data"]
    assert data[0] == alone.get_json()
    assert [verdict["verdict"] for verdict in data] == ["unknown", *WORDS]
    lines = post_lines(client, json.dumps({"q": long}) + "\n" + json.dumps(TEXTS[0])).get_data(as_text=True)
    assert [json.loads(line) for line in lines.splitlines()] == data[:2]


def test_a_thousand_texts_are_taken_and_one_more_is_not(client: FlaskClient) -> None:
    assert len(post(client, {"queries": ["a"] * 1000}).get_json()["data"]) == 1000
    assert errors(post(client, {"queries": ["a"] * 1001})) == (422, [("/queries", "has")])
    lines = post_lines(client, '"a"\n' * 1001)
    assert errors(lines) == (422, [(1001, "has")])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], [("", "is")]),
        ({}, [("/queries", "is")]),
        ({"queries": "a"}, [("/queries", "is")]),
        ({"queries": ["a", 1, None]}, [("/queries/1", "is"), ("/queries/2", "is")]),
        ({"queries": ["a"], "a/b~c": 1}, [("/a~1b~0c", "is")]),
    ],
)
def test_a_body_of_another_shape_is_refused_with_its_places(
    client: FlaskClient, body: object, expected: list[tuple[str, str]]
) -> None:
    assert errors(post(client, body)) == (422, expected)


def test_lines_of_another_shape_are_refused_with_their_numbers(client: FlaskClient) -> None:
    response = post_lines(client, '"a"\n[]\n{"q": 1}\n{"q": "a", "x": 1}')
    assert errors(response) == (422, [(2, "is"), (3, "is"), (4, "is")])


@pytest.mark.parametrize(
    "body", ["", "{", "NaN", '{"queries": [], "queries": []}', b"\xff", "[" * 100_000, '{"queries": [Infinity]}']
)
def test_what_is_not_json_is_refused(client: FlaskClient, body: str | bytes) -> None:
    response = post(client, body)
    assert (response.status_code, response.get_json()["type"]) == (400, "/problems/malformed-body")


def test_lines_that_are_not_json_are_named(client: FlaskClient) -> None:
    response = post_lines(client, '"a"\n\nx\n')
    assert errors(response) == (400, [(2, "is"), (3, "is")])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("\n" * 1_000_000, (422, [(1001, "has")])),
        ("x\n" * 500_000, (422, [(1001, "has")])),
        ('{"q": 1}\n' * 1001, (422, [(1001, "has")])),
        ("\n" * 1000, (400, [(number, "is") for number in range(1, 101)])),
        (f"[{'[],' * 300}0]\n" * 1000, (400, [(number, "is") for number in range(1, 101)])),
        ('{"q": 1}\n' * 1000, (422, [(number, "is") for number in range(1, 101)])),
    ],
)
def test_lines_are_read_no_further_than_those_that_are_taken_or_told(
    client: FlaskClient, lines: str, expected: object
) -> None:
    assert errors(post_lines(client, lines)) == expected


@pytest.mark.parametrize(
    ("item", "pointer"),
    [('"",', ""), ("1,", ""), ("{},", ""), ("[],", ""), ('{"a":1},', ""), ("null,", ""), ('"a","b",', "")],
)
def test_a_list_of_a_million_values_is_not_read(client: FlaskClient, item: str, pointer: str) -> None:
    response = post(client, '{"queries":[' + item * (900_000 // len(item)) + '"a"]}')
    assert errors(response) == (422, [(pointer, "has")])
    assert len(response.get_data()) < 1000


@pytest.mark.parametrize("text", [",[{" * 300, '\\",' * 400, "\\", "é,", "😀,[" * 200])
def test_marks_inside_of_texts_are_no_values(client: FlaskClient, text: str) -> None:
    texts = [f"{number}{text}" for number in range(500)]
    assert [verdict["query"][:3] for verdict in post(client, {"queries": texts}).get_json()["data"]] == [
        text[:3] for text in texts
    ]


def test_faults_are_told_in_short(client: FlaskClient) -> None:
    assert len(errors(post(client, {"queries": [1] * 1000}))[1]) == 100
    assert len(post(client, {"a" * 900_000: 1, "queries": []}).get_data()) < 2000
    # Half a character, which JSON can name and no answer can hold.
    response = post(client, '{"\\ud800": 1, "queries": ["\\ud800"]}')
    assert errors(response) == (422, [("/\ud800", "is")])


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=latin-1"])
def test_other_bodies_are_not_read(client: FlaskClient, content_type: str) -> None:
    assert post(client, "{}", **{"Content-Type": content_type}).status_code == 415


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    assert post(client, {"queries": ["a" * 2_000_000]}).status_code == 413


def test_web_pages_may_ask_for_batches(client: FlaskClient) -> None:
    allowed = client.options("/v1/resolve").headers["Access-Control-Allow-Methods"]
    assert {"GET", "POST"} <= set(allowed.split(", "))
    assert client.delete("/v1/resolve").headers["Allow"].split(", ") == ["GET", "HEAD", "OPTIONS", "POST"]


def test_what_is_accepted_decides_nothing(client: FlaskClient) -> None:
    for accept in (NDJSON, "application/xml"):
        assert post(client, {"queries": []}, Accept=accept).get_json() == {"data": []}
        assert client.get("/v1/resolve?q=a", headers={"Accept": accept}).mimetype == "application/json"
