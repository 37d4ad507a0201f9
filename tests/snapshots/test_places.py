from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import http_date

from tests.serving import client_of
from tests.snapshots.planted import BUILT_AT, LINES, application, digest, plant

ACCOUNTS = "/v1/snapshots/1000/accounts.ndjson"
MODIFIED = http_date(BUILT_AT)
BEFORE = http_date(BUILT_AT - timedelta(seconds=1))
OTHER = f'"{"0" * 64}"'


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the storage folder of the module's snapshots."""
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(scope="module")
def app(module_database_url: str, storage: Path) -> Iterator[Flask]:
    """Yield the application, with one snapshot of revision 1000."""
    with application(module_database_url, storage) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the application."""
    return app.test_client()


def test_a_file_that_is_truncated_on_the_disk_is_not_sent(
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


def test_a_proxy_that_sends_files_itself_gets_an_x_accel_redirect(
    app: Flask, module_database_url: str, storage: Path
) -> None:
    with application(module_database_url, storage, accel_prefix="/snapshot-files") as behind:
        client = behind.test_client()
        response = client.get(ACCOUNTS, headers={"Range": "bytes=0-9", "Accept-Encoding": "gzip"})
        assert (response.status_code, response.data) == (200, b"")
        assert response.headers["X-Accel-Redirect"] == "/snapshot-files/1000/accounts.ndjson"
        assert response.headers["ETag"] == digest(LINES)
        packed = client.get(ACCOUNTS, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["X-Accel-Redirect"] == "/snapshot-files/1000/accounts.ndjson.gz"
        assert packed.headers["Content-Encoding"] == "gzip"
        assert client.get(ACCOUNTS, headers={"If-None-Match": digest(LINES)}).status_code == 304
        # It would hold this against a tag of its own.
        assert client.get(ACCOUNTS, headers={"If-Match": digest(LINES)}).data == LINES
    assert "X-Accel-Redirect" not in app.test_client().get(ACCOUNTS).headers


def test_files_that_lie_in_a_bucket_are_pointed_to_and_described_here(module_database_url: str, storage: Path) -> None:
    bucket = "s3://bucket/prefix?endpoint=https://storage.example&access_key_id=key&secret_access_key=secret"
    with application(module_database_url, storage, storage_url=bucket, accel_prefix="/snapshot-files") as elsewhere:
        client = elsewhere.test_client()
        response = client.get(ACCOUNTS, headers={"Range": "bytes=0-9"})
        assert (response.status_code, response.headers["Cache-Control"]) == (307, "no-store")
        address = urlsplit(response.headers["Location"])
        assert (address.hostname, address.path) == ("storage.example", "/bucket/prefix/1000/accounts.ndjson")
        assert "X-Amz-Signature" in parse_qs(address.query)
        head = client.head(ACCOUNTS)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(LINES)))
        assert client.get(ACCOUNTS, headers={"If-None-Match": digest(LINES)}).status_code == 304


def test_a_title_in_any_script_is_part_of_the_name_to_save_a_file_by(module_database_url: str, storage: Path) -> None:
    with application(module_database_url, storage, title="官方账号 名录") as titled:
        shown = titled.test_client().get(ACCOUNTS).headers["Content-Disposition"]
    plain, full = "1000-accounts.ndjson", "%E5%AE%98%E6%96%B9%E8%B4%A6%E5%8F%B7-%E5%90%8D%E5%BD%95-1000-accounts.ndjson"
    assert shown == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
