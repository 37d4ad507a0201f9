import re
import tempfile
import time

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ

from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.http.conditional_requests import CACHEABLE
from directory.http.validators import cache_control, is_not_modified

TAG = 'W/"17-abc"'


def count_messages(database: Database, client: FlaskClient, etag: str) -> tuple[int, int]:
    """Send an ETag; return the status and the number of queries that PostgreSQL was sent meanwhile."""
    with database.read() as conn, tempfile.TemporaryFile() as log:
        conn.pgconn.trace(log.fileno())
        status = client.get("/things", headers={"If-None-Match": etag}).status_code
        conn.pgconn.untrace()
        log.seek(0)
        return status, len(re.findall(rb"\tF\t\d+\t(?:Query|Execute)\b", log.read()))


def write_revision(url: str) -> None:
    with psycopg.connect(url) as conn:
        begin_revision(conn, actor="test", reason="a change")


def test_a_304_asks_the_database_nothing(client: FlaskClient, database: Database) -> None:
    etag = client.get("/things").headers["ETag"]
    assert count_messages(database, client, etag) == (304, 0)
    assert count_messages(database, client, '"another"') == (200, 1)


def test_a_304_has_the_headers_of_the_200_and_no_body(client: FlaskClient) -> None:
    full = client.get("/things")
    again = client.get("/things", headers={"If-None-Match": full.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == full.headers[name]
    assert full.headers["Cache-Control"] == "public, max-age=60"
    assert full.headers["Vary"] == "Accept-Encoding"
    assert "Content-Type" not in again.headers


def test_head_has_the_headers_of_get(client: FlaskClient) -> None:
    got, head = client.get("/things"), client.head("/things")
    assert head.status_code == 200
    assert head.data == b""
    for name in ("ETag", "Content-Type", "Content-Length", "Link"):
        assert head.headers[name] == got.headers[name]
    assert client.head("/things", headers={"If-None-Match": got.headers["ETag"]}).status_code == 304


def test_a_new_revision_has_a_new_tag(client: FlaskClient, database: Database, module_database_url: str) -> None:
    before = client.get("/things").headers["ETag"]
    revision = database.revision
    write_revision(module_database_url)
    fresh = Database(module_database_url, statement_timeout_ms=500)
    assert fresh.revision == revision + 1
    fresh.close()
    until = time.monotonic() + 10
    while (after := client.get("/things", headers={"If-None-Match": before})).status_code == 304:
        assert time.monotonic() < until
    assert after.headers["ETag"] != before


def test_requests_that_ask_the_same_have_one_tag_and_others_have_others(client: FlaskClient) -> None:
    def tag(path: str, encoding: str = "identity") -> str:
        return client.get(path, headers={"Accept-Encoding": encoding}).headers["ETag"]

    assert tag("/things?limit=5") == tag("/things?limit=%35")
    assert len({tag("/things?limit=5"), tag("/things?limit=6"), tag("/things/5"), tag("/things?limit=5", "gzip")}) == 4


def test_if_none_match_of_anything_is_304_only_where_there_is_something(client: FlaskClient) -> None:
    assert client.get("/things", headers={"If-None-Match": "*"}).status_code == 304
    assert client.get("/things/broken", headers={"If-None-Match": "*"}).status_code == 500


@pytest.mark.parametrize(
    ("header", "is_match"),
    [
        ('W/"17-abc"', True),
        ('"17-abc"', True),
        ('"x", W/"17-abc" , "y"', True),
        ('"x","17-abc"', True),
        ("17-abc", False),
        ('W/"17-ab"', False),
        ('"x17-abc"', False),
        ("", False),
    ],
)
def test_tags_are_compared_weakly(header: str, *, is_match: bool) -> None:
    assert is_not_modified(header, TAG) is is_match


def test_an_error_has_no_tag_and_is_not_cached(client: FlaskClient) -> None:
    response = client.get("/things?limit=0")
    assert "ETag" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"


def test_a_cacheable_response_is_marked_with_its_revision(app: Flask, database: Database) -> None:
    def mark(url: str) -> object:
        environ = create_environ(url)
        app(environ, lambda *_: lambda _: None)
        return environ.get(CACHEABLE)

    assert mark("/things") == database.state
    assert [mark(url) for url in ("/things?limit=0", "/things/file", "/nothing")] == [None, None, None]


def test_max_age_0_means_validation_each_time() -> None:
    assert cache_control(0) == "public, no-cache"
