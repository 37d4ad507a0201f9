import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ

from directory.http.files.body import FileBody, is_download


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/v1/accounts.ndjson", True),
        ("/v1/accounts.json", True),
        ("/v1/accounts.csv", True),
        ("/v1/accounts", False),
        ("/openapi.json", False),
        ("/v1/snapshots/17/accounts.ndjson", False),
        ("/v1/imports/08xb202/rows.csv", True),
    ],
)
def test_a_download_is_known_by_its_path(path: str, *, is_one: bool) -> None:
    assert is_download(path) is is_one


def test_a_body_reads_the_whole_file_and_releases_it_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 4096)
    released: list[int] = []
    with FileBody(path, size=path.stat().st_size, release=lambda: released.append(1)) as body:
        assert b"".join(body) == path.read_bytes()
        assert released == []
    body.close()
    assert released == [1]


def test_a_body_that_is_a_part_of_a_file_reads_no_more_than_that(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 4096)
    with FileBody(path, size=600_000, start=1000) as body:
        assert b"".join(body) == path.read_bytes()[1000:601_000]


def test_a_file_is_sent_with_its_length_and_a_name_in_any_script(client: FlaskClient) -> None:
    response = client.get("/things/file")
    assert response.data == b"a,b\n" * 100_000
    assert response.headers["Content-Length"] == "400000"
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"things-of-.csv\"; filename*=UTF-8''things%20of%20%E6%88%90%E9%83%BD.csv"
    )


def test_a_server_gets_the_body_itself_so_that_it_can_send_the_file(app: Flask) -> None:
    body = app.wsgi_app(create_environ("/things/file"), lambda *_: lambda _: None)
    assert isinstance(body, FileBody)
    assert body.path.stat().st_size == body.size
    body.close()


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}])
def test_head_and_304_give_the_file_back(app: Flask, headers: dict[str, str]) -> None:
    client = app.test_client()
    response = client.head("/things/file", headers=headers)
    assert response.headers.get("Content-Length") in {"400000", None}
    cache = app.extensions["directory.download_cache"]
    assert [entry.readers for entry in cache._entries.values()] == [0]  # noqa: SLF001 - no other way to see


def test_a_large_answer_is_compressed_for_who_accepts_it(client: FlaskClient) -> None:
    plain = client.get("/things?limit=1000")
    packed = client.get("/things?limit=1000", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_small_answer_is_sent_as_it_is(client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get("/things", headers={"Accept-Encoding": "gzip"}).headers
