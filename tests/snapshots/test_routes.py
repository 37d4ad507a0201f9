import gzip
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import http_date

from directory.app import create_app
from directory.config import Config
from directory.database import Database
from tests.serving import client_of, walk
from tests.snapshots.planted import BUILT_AT, FILES, LINES, digest, plant

ACCOUNTS = "/v1/snapshots/1000/accounts.ndjson"
MODIFIED = http_date(BUILT_AT)
BEFORE = http_date(BUILT_AT - timedelta(seconds=1))
OTHER = f'"{"0" * 64}"'


def test_a_file_is_sent_byte_for_byte_with_all_that_a_client_needs_to_keep_it(client: FlaskClient) -> None:
    for name, content in FILES.items():
        response = client.get(f"/v1/snapshots/1000/{name}")
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
        ("accounts.csv", "text/csv; charset=utf-8"),
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


def test_the_latest_is_sent_at_once_and_says_where_it_stays(client: FlaskClient) -> None:
    response = client.get("/v1/snapshots/latest/accounts.ndjson")
    assert response.data == LINES
    assert response.headers["Content-Location"] == ACCOUNTS
    assert response.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, deflate, br, zstd", "zstd"), ("gzip", "gzip")])
def test_a_plain_file_is_compressed_on_its_way_by_the_file_that_lies_beside_it(
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


def test_whoever_continues_gets_plain_bytes_unless_it_names_compressed_ones(client: FlaskClient) -> None:
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
def test_conditions_are_kept(client: FlaskClient, condition: dict[str, str], status: int) -> None:
    response = client.get(ACCOUNTS, headers=condition)
    assert response.status_code == status
    assert response.headers["ETag"] == digest(LINES)
    if status == 304:
        assert response.data == b""
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
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


def test_a_client_that_does_not_take_the_type_is_told(client: FlaskClient) -> None:
    response = client.get("/v1/snapshots/1000/accounts.csv", headers={"Accept": "application/zstd"})
    assert (response.status_code, response.get_json()["available"]) == (406, ["text/csv; charset=utf-8"])
    assert client.get("/v1/snapshots/1000/accounts.csv", headers={"Accept": "text/csv"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/snapshots/999", 410, "The nearest is 1000"),
        ("/v1/snapshots/999/accounts.csv", 410, "The nearest is 1000"),
        ("/v1/snapshots/1001", 404, "no snapshot of revision 1001 yet"),
        ("/v1/snapshots/1001/accounts.csv", 404, "no snapshot of revision 1001 yet"),
        ("/v1/snapshots/newest", 404, "`latest`"),
        ("/v1/snapshots/0", 404, "`latest`"),
        ("/v1/snapshots/" + "9" * 40, 404, "`latest`"),
        ("/v1/snapshots/1000/acounts.csv", 404, "did you mean accounts.csv?"),
        ("/v1/snapshots/latest/zzz", 404, "/v1/snapshots/1000 lists all"),
        ("/v1/snapshots/1000/..%2F..%2Fetc%2Fpasswd", 404, ""),
        ("/v1/snapshots/1000/accounts.csv?x=1", 400, ""),
    ],
)
def test_what_is_not_there_is_said_with_what_is(client: FlaskClient, path: str, status: int, words: str) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert words in response.get_json()["detail"]


def test_before_the_first_snapshot_the_reader_is_told_where_else_to_get_all(database_url: str, tmp_path: Path) -> None:
    with client_of(database_url, tmp_path) as client:
        for path in ("/v1/snapshots/latest", "/v1/snapshots/latest/accounts.csv", "/v1/snapshots/3"):
            response = client.get(path)
            assert (response.status_code, "/v1/accounts.ndjson" in response.get_json()["detail"]) == (404, True)
        assert client.get("/v1/snapshots").get_json()["data"] == []


def test_the_manifest_is_the_text_of_its_file(client: FlaskClient) -> None:
    file = client.get("/v1/snapshots/1000/manifest.json")
    for revision, caching in (("1000", "public, max-age=31536000, immutable"), ("latest", "public, max-age=60")):
        response = client.get(f"/v1/snapshots/{revision}")
        assert (response.data, response.headers["Cache-Control"]) == (file.data, caching)
        again = client.get(f"/v1/snapshots/{revision}", headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", response.headers["ETag"])
        assert again.headers["Cache-Control"] == caching


def test_the_list_is_paged_and_changes_its_tag_with_a_new_snapshot_of_the_same_registry(
    database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn, client_of(database_url, tmp_path) as client:
        for revision in (1000, 1002, 1004):
            plant(conn, tmp_path / "snapshots", revision)
        found = walk(client, "/v1/snapshots?limit=2")
        assert [snapshot["revision"] for snapshot in found] == [1004, 1002, 1000]
        assert found[0]["files"] == len(FILES) + 1
        assert found[0]["bytes"] > sum(map(len, FILES.values()))
        assert client.get(found[0]["links"]["self"]).get_json()["revision"] == 1004
        gone = client.get("/v1/snapshots/1003").get_json()
        assert "The nearest are 1002 and 1004" in gone["detail"]
        before = client.get("/v1/snapshots")
        held = {"If-None-Match": before.headers["ETag"]}
        assert client.get("/v1/snapshots", headers=held).status_code == 304
        conn.execute("DELETE FROM snapshots WHERE revision = 1002")
        after = client.get("/v1/snapshots", headers=held)
        assert (after.status_code, len(after.get_json()["data"])) == (200, 2)


def test_a_file_that_is_not_whole_where_it_lies_is_not_sent(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(database_url) as conn:
        plant(conn, tmp_path / "snapshots", 1000)
    (tmp_path / "snapshots" / "1000" / "accounts.csv").write_bytes(b"id")
    (tmp_path / "snapshots" / "1000" / "accounts.parquet").unlink()
    with client_of(database_url, tmp_path) as client:
        for name in ("accounts.csv", "accounts.parquet"):
            response = client.get(f"/v1/snapshots/1000/{name}")
            assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
            assert response.get_json()["type"] == "/problems/storage-unavailable"
            assert str(tmp_path) not in response.get_data(as_text=True)
            assert f"{name} of revision 1000 cannot be read" in caplog.text


def test_behind_a_proxy_that_sends_files_itself_it_is_told_where_they_are(
    app: Flask, module_database_url: str, storage: Path
) -> None:
    config = Config(data_dir=storage, spool_dir=storage, storage_url=storage.as_uri(), accel_prefix="/snapshot-files")
    database = Database(module_database_url, statement_timeout_ms=5000)
    client = create_app(config, database).test_client()
    response = client.get(ACCOUNTS, headers={"Range": "bytes=0-9", "Accept-Encoding": "gzip"})
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["X-Accel-Redirect"] == "/snapshot-files/1000/accounts.ndjson"
    assert response.headers["ETag"] == digest(LINES)
    packed = client.get(ACCOUNTS, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["X-Accel-Redirect"] == "/snapshot-files/1000/accounts.ndjson.gz"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert client.get(ACCOUNTS, headers={"If-None-Match": digest(LINES)}).status_code == 304
    assert "X-Accel-Redirect" not in app.test_client().get(ACCOUNTS).headers
    database.close()


class _Elsewhere:
    """A storage whose files are not on this machine."""

    def local_path(self, revision: int, name: str) -> None:
        """Give nothing."""

    def presign(self, revision: int, name: str) -> str:
        """Give an address elsewhere."""
        return f"https://storage.example/{revision}/{name}?signature=x"


def test_files_that_lie_elsewhere_are_pointed_to_and_described_here(app: Flask) -> None:
    here, app.extensions["directory.storage"] = app.extensions["directory.storage"], _Elsewhere()
    try:
        client = app.test_client()
        response = client.get(ACCOUNTS)
        assert (response.status_code, response.headers["Cache-Control"]) == (307, "no-store")
        assert response.headers["Location"] == "https://storage.example/1000/accounts.ndjson?signature=x"
        head = client.head(ACCOUNTS)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(LINES)))
        assert client.get(ACCOUNTS, headers={"If-None-Match": digest(LINES)}).status_code == 304
    finally:
        app.extensions["directory.storage"] = here


def test_a_title_in_any_script_is_part_of_the_name_to_save_a_file_by(
    module_database_url: str, app: Flask, storage: Path
) -> None:
    assert app.test_client().get(ACCOUNTS).status_code == 200
    config = Config(data_dir=storage, spool_dir=storage, storage_url=storage.as_uri(), title="官方账号 名录")
    database = Database(module_database_url, statement_timeout_ms=5000)
    shown = create_app(config, database).test_client().get(ACCOUNTS).headers["Content-Disposition"]
    database.close()
    plain, full = "1000-accounts.ndjson", "%E5%AE%98%E6%96%B9%E8%B4%A6%E5%8F%B7-%E5%90%8D%E5%BD%95-1000-accounts.ndjson"
    assert shown == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
