import dataclasses
import io
import logging
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from directory.app import create_app, make_bare_app
from directory.config import Config
from directory.database.connections import Database


def send_raw(
    app: Flask, path: bytes = b"/things", query: bytes = b"", environ: dict[str, object] | None = None
) -> tuple[int, str]:
    """Send bytes that a well-behaved client would not; give the status and the body."""
    sent = create_environ("/")
    sent |= {"PATH_INFO": path.decode("latin-1"), "QUERY_STRING": query.decode("latin-1")} | (environ or {})
    body, status, _ = run_wsgi_app(app, sent)
    return int(status.split()[0]), b"".join(body).decode()


def problem(response: TestResponse, status: int, slug: str) -> dict[str, Any]:
    """Return the problem document of an answer that is the problem expected."""
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    document: dict[str, Any] = response.get_json(force=True)
    assert document["type"] == f"/problems/{slug}"
    assert document["status"] == status
    assert document["request_id"] == response.headers["X-Request-ID"]
    return document


def test_an_unknown_path_is_a_problem(client: FlaskClient) -> None:
    assert problem(client.get("/nothing"), 404, "not-found")["detail"] == "Nothing is at the path /nothing."


@pytest.mark.parametrize("path", ["/things/", "//things", "/THINGS"])
def test_a_path_that_is_nearly_right_is_not_found(client: FlaskClient, path: str) -> None:
    problem(client.get(path, base_url="http://localhost"), 404, "not-found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "NONSENSE"])
def test_a_method_that_is_not_allowed_gets_those_that_are(client: FlaskClient, method: str) -> None:
    response = client.open("/things", method=method)
    problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path", [b"/things/%s" % code for code in (b"\x00", b"\x1f", b"\x7f", b"\xc2\x85", b"\xff", b"\xed\xa0\x80")]
)
def test_a_path_that_is_no_text_is_refused(app: Flask, path: bytes) -> None:
    status, body = send_raw(app, path)
    assert (status, "malformed-path" in body) == (400, True)


def test_a_query_that_is_no_text_is_refused(app: Flask) -> None:
    status, body = send_raw(app, query=b"limit=\xff")
    assert (status, "is not UTF-8" in body) == (400, True)


def test_an_endpoint_without_parameters_refuses_any(client: FlaskClient) -> None:
    document = problem(client.get("/things/a?x=1"), 400, "invalid-parameters")
    assert document["errors"] == [{"parameter": "x", "value": "1", "detail": "no parameter is taken here"}]


def test_a_bad_parameter_is_named(client: FlaskClient) -> None:
    document = problem(client.get("/things?limit=10000000000000000000000"), 400, "invalid-parameters")
    assert [error["parameter"] for error in document["errors"]] == ["limit"]


def test_a_long_value_is_not_sent_back_whole(client: FlaskClient) -> None:
    document = problem(client.get(f"/things?limit={'9' * 5000}"), 400, "invalid-parameters")
    assert len(document["errors"][0]["value"]) == 200


def test_a_long_url_is_refused(client: FlaskClient) -> None:
    problem(client.get(f"/things?limit={'9' * 32_768}"), 414, "uri-too-long")


def test_accept_without_any_offered_media_type_is_refused_where_there_is_a_choice(client: FlaskClient) -> None:
    document = problem(client.get("/things/chosen", headers={"Accept": "application/xml"}), 406, "not-acceptable")
    assert sorted(document["available"]) == ["application/json", "text/csv"]
    for accept in ("text/csv", "application/json", "*/*", "application/*;q=0.1, text/html"):
        assert client.get("/things/chosen", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("accept", ["application/xml", "application/json;q=0", "*/*;q=0", "nonsense", ","])
def test_an_endpoint_with_one_media_type_ignores_accept(client: FlaskClient, accept: str) -> None:
    for path in ("/things", "/things/a", "/things/file"):
        assert client.get(path, headers={"Accept": accept}).status_code == 200


def test_a_body_where_none_is_read_is_refused(client: FlaskClient) -> None:
    problem(client.get("/things", data=b"limit=1"), 400, "unexpected-body")
    assert client.get("/things", headers={"Content-Length": "0"}).status_code == 200


def test_a_body_of_unknown_length_is_refused(app: Flask) -> None:
    environ: dict[str, object] = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"x" * 9999)}
    status, body = send_raw(app, environ=environ)
    assert (status, "unexpected-body" in body) == (400, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_body_that_is_too_large_is_refused(client: FlaskClient, method: str) -> None:
    response = client.open("/things", method=method, data=b"x" * 1001)
    assert problem(response, 413, "payload-too-large")["limit_bytes"] == 1000


def test_a_defect_is_logged_under_the_id_that_is_sent_and_not_described(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        document = problem(client.get("/things/broken", headers={"X-Request-ID": "trace-7"}), 500, "internal-error")
    assert document["request_id"] == "trace-7"
    assert "swordfish" not in str(document)
    assert "trace-7" in caplog.text
    assert "swordfish" in caplog.text


def test_a_slow_query_is_stopped_with_a_time_to_come_back(client: FlaskClient) -> None:
    response = client.get("/things/slow")
    problem(response, 503, "query-too-slow")
    assert response.headers["Retry-After"] == "10"


def test_a_database_that_is_away_is_a_problem_with_a_time_to_come_back(config: Config, tmp_path: object) -> None:
    away = Database(f"postgresql:///none?host={tmp_path}", statement_timeout_ms=500)
    response = create_app(config, away).test_client().get("/healthz")
    problem(response, 503, "database-unavailable")
    assert response.headers["Retry-After"] == "5"


@pytest.mark.parametrize("request_id", ["a b", "x" * 65, "<script>", ""])
def test_a_request_id_that_is_not_fit_for_a_log_is_replaced(client: FlaskClient, request_id: str) -> None:
    response = client.get("/things", headers={"X-Request-ID": request_id})
    assert response.headers["X-Request-ID"] not in {request_id, ""}


def test_problems_have_absolute_urls_where_the_public_one_is_known(database: Database, config: Config) -> None:
    app = make_bare_app(dataclasses.replace(config, public_url="https://example.org/base"), database)
    response = app.test_client().get("/nothing")
    assert response.get_json(force=True)["type"] == "https://example.org/base/problems/not-found"
