import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import http_date

from tests.snapshots.planted import BUILT_AT, FILES, LINES, application, digest, plant

ACCOUNTS = "/v1/snapshots/1000/accounts.ndjson"
MODIFIED = http_date(BUILT_AT)
BEFORE = http_date(BUILT_AT - timedelta(seconds=1))
OTHER = f'"{"0" * 64}"'


@pytest.fixture(scope="module")
def app(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Yield the application, with one snapshot of revision 1000."""
    with application(module_database_url, tmp_path_factory.mktemp("storage")) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the application."""
    return app.test_client()


def test_a_file_is_sent_byte_for_byte_with_all_that_a_client_needs_to_keep_it(client: FlaskClient) -> None:
    for name, content in FILES.items():
        response = client.get(f"/v1/snapshots/1000/{name}")
        assert response.headers["Cache-Control"] == "public, max-age=60"
        # With the mark, which no other revision with this number has.
        response = client.get(response.headers["Content-Location"])
        assert (response.status_code, response.data) == (200, content)
        headers = response.headers
        assert headers["ETag"] == digest(content)
        assert headers["Content-Length"] == str(len(content))
        assert headers["Last-Modified"] == MODIFIED
        assert headers["Accept-Ranges"] == "bytes"
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert headers["Content-Disposition"] == f'attachment; filename="directory-of-accounts-1000-{name}"'
        assert "Content-Encoding" not in headers
        assert "Content-Location" not in headers


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("accounts.ndjson", "application/x-ndjson"),
        ("accounts.ndjson.gz", "application/gzip"),
        ("accounts.ndjson.zst", "application/zstd"),
        ("accounts.csv", "text/csv; charset=utf-8; header=present"),
        ("accounts.parquet", "application/vnd.apache.parquet"),
        ("accounts.parquet.gz", "application/gzip"),
        ("manifest.json", "application/json"),
    ],
)
def test_a_file_has_the_type_of_its_bytes_and_a_compressed_one_no_encoding(
    client: FlaskClient, name: str, media_type: str
) -> None:
    response = client.get(f"/v1/snapshots/1000/{name}", headers={"Accept-Encoding": "gzip, zstd"})
    assert response.headers["Content-Type"] == media_type
    assert ("Content-Encoding" in response.headers) == (name == "accounts.ndjson")


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, deflate, br, zstd", "zstd"), ("gzip", "gzip")])
def test_a_plain_file_is_sent_compressed_from_the_stored_compressed_file(
    client: FlaskClient, accepted: str, encoding: str
) -> None:
    packed = FILES["accounts.ndjson.gz" if encoding == "gzip" else "accounts.ndjson.zst"]
    response = client.get(ACCOUNTS, headers={"Accept-Encoding": accepted})
    assert (response.headers["Content-Encoding"], response.data) == (encoding, packed)
    assert (response.headers["ETag"], response.headers["Vary"]) == (digest(packed), "Accept-Encoding")
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert response.headers["Content-Length"] == str(len(packed))
    unpack = gzip.decompress if encoding == "gzip" else zstandard.decompress
    assert unpack(response.data) == LINES


def test_a_file_without_a_compressed_neighbour_and_a_parquet_file_are_sent_as_they_are(client: FlaskClient) -> None:
    for name in ("accounts.csv", "accounts.parquet"):
        response = client.get(f"/v1/snapshots/1000/{name}", headers={"Accept-Encoding": "gzip"})
        assert (response.data, response.headers["ETag"]) == (FILES[name], digest(FILES[name]))
        assert "Content-Encoding" not in response.headers


def test_a_resumed_download_gets_plain_bytes_unless_if_range_names_compressed_ones(client: FlaskClient) -> None:
    asked = {"Accept-Encoding": "gzip", "Range": "bytes=100-199"}
    plain = client.get(ACCOUNTS, headers=asked)
    assert (plain.status_code, plain.data, plain.headers["ETag"]) == (206, LINES[100:200], digest(LINES))
    packed = FILES["accounts.ndjson.gz"]
    continued = client.get(ACCOUNTS, headers={**asked, "If-Range": digest(packed)})
    assert (continued.status_code, continued.data) == (206, packed[100:200])
    assert continued.headers["Content-Encoding"] == "gzip"
    assert continued.headers["Content-Range"] == f"bytes 100-199/{len(packed)}"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (digest(LINES), 206),
        (MODIFIED, 206),
        (OTHER, 200),
        ("W/" + digest(LINES), 200),
        (BEFORE, 200),
        (http_date(BUILT_AT + timedelta(days=1)), 200),
        ("nonsense", 200),
    ],
)
def test_a_part_is_sent_only_to_who_has_the_rest_of_just_this_file(
    client: FlaskClient, condition: str, status: int
) -> None:
    response = client.get(ACCOUNTS, headers={"Range": "bytes=-10", "If-Range": condition})
    assert (response.status_code, response.data) == (status, LINES[-10:] if status == 206 else LINES)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If-None-Match": digest(LINES)}, 304),
        ({"If-None-Match": "W/" + digest(LINES)}, 304),
        ({"If-None-Match": f"{OTHER}, {digest(LINES)}"}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": OTHER}, 200),
        ({"If-Modified-Since": MODIFIED}, 304),
        ({"If-Modified-Since": BEFORE}, 200),
        ({"If-Modified-Since": "nonsense"}, 200),
        ({"If-Modified-Since": MODIFIED, "If-None-Match": OTHER}, 200),
        ({"If-Match": digest(LINES)}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": OTHER}, 412),
        ({"If-Match": "W/" + digest(LINES)}, 412),
        ({"If-Unmodified-Since": MODIFIED}, 200),
        ({"If-Unmodified-Since": BEFORE}, 412),
        ({"If-Unmodified-Since": BEFORE, "If-Match": digest(LINES)}, 200),
        ({"If-None-Match": digest(LINES), "Range": "bytes=0-5"}, 304),
    ],
)
def test_conditional_requests_are_evaluated(client: FlaskClient, condition: dict[str, str], status: int) -> None:
    response = client.get(ACCOUNTS, headers=condition)
    assert response.status_code == status
    assert response.headers["ETag"] == digest(LINES)
    if status == 304:
        assert response.data == b""
        assert response.headers["Cache-Control"] == "public, max-age=60"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert not {"Content-Type", "Content-Length", "Content-Disposition"} & set(response.headers.keys())


def test_several_parts_come_in_one_body_each_with_its_place(client: FlaskClient) -> None:
    response = client.get(ACCOUNTS, headers={"Range": "bytes=20-29,0-9"})
    assert response.status_code == 206
    boundary = response.headers["Content-Type"].removeprefix("multipart/byteranges; boundary=")
    one, two = (
        b"\r\n--%s\r\nContent-Type: application/x-ndjson\r\nContent-Range: bytes %s/%d\r\n\r\n%s"
        % (boundary.encode(), place, len(LINES), content)
        for place, content in ((b"20-29", LINES[20:30]), (b"0-9", LINES[:10]))
    )
    assert response.data == one + two + b"\r\n--%s--\r\n" % boundary.encode()
    assert "Content-Range" not in response.headers


def test_of_a_large_file_more_than_a_mebibyte_in_parts_is_answered_by_the_whole(
    module_database_url: str, tmp_path: Path
) -> None:
    content = bytes(3_000_000)
    with application(module_database_url, tmp_path) as app, psycopg.connect(module_database_url) as conn:
        plant(conn, tmp_path, 1001, {"accounts.csv": content})
        conn.commit()
        for last, status in ((500_000, 206), (600_000, 200)):
            ranges = f"bytes=0-{last},1000000-{1_000_000 + last}"
            response = app.test_client().get("/v1/snapshots/1001/accounts.csv", headers={"Range": ranges})
            assert response.status_code == status
        conn.execute("DELETE FROM snapshots WHERE revision = 1001")


def test_more_parts_than_are_put_together_and_more_than_the_file_has_are_answered_by_the_whole(
    client: FlaskClient,
) -> None:
    many = ",".join(f"{number * 10}-{number * 10}" for number in range(65))
    for ranges in (many, "0-,0-"):
        response = client.get(ACCOUNTS, headers={"Range": f"bytes={ranges}"})
        assert (response.status_code, response.data) == (200, LINES)


def test_head_gives_the_headers_of_the_whole_file_even_with_a_range(client: FlaskClient) -> None:
    response = client.head(ACCOUNTS, headers={"Range": "bytes=0-9"})
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == str(len(LINES))
    assert response.headers["Accept-Ranges"] == "bytes"


def test_a_file_has_the_type_of_its_name_whatever_the_client_takes(client: FlaskClient) -> None:
    for accept in ("application/zstd", "application/json", "text/csv"):
        response = client.get("/v1/snapshots/1000/accounts.csv", headers={"Accept": accept})
        assert (response.status_code, response.mimetype) == (200, "text/csv")
