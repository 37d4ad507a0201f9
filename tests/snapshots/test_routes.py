import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import http_date

from tests.serving import client_of, walk
from tests.snapshots.planted import BUILT_AT, FILES, LINES, application, plant

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


def test_before_the_first_snapshot_the_error_names_the_download_of_all_accounts(
    database_url: str, tmp_path: Path
) -> None:
    with client_of(database_url, tmp_path) as client:
        for path in ("/v1/snapshots/latest", "/v1/snapshots/latest/accounts.csv", "/v1/snapshots/3"):
            response = client.get(path)
            assert (response.status_code, "/v1/accounts.ndjson" in response.get_json()["detail"]) == (404, True)
        assert client.get("/v1/snapshots").get_json()["data"] == []


def test_the_manifest_is_the_text_of_its_file(client: FlaskClient) -> None:
    file = client.get("/v1/snapshots/1000/manifest.json")
    place = client.get("/v1/snapshots/latest").headers["Content-Location"].rpartition("/")[2]
    assert place.startswith("1000-")
    for revision, caching in (
        (place, "public, max-age=31536000, immutable"),
        ("1000", "public, max-age=60"),
        ("latest", "public, max-age=60"),
    ):
        response = client.get(f"/v1/snapshots/{revision}")
        assert (response.data, response.headers["Cache-Control"]) == (file.data, caching)
        again = client.get(f"/v1/snapshots/{revision}", headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", response.headers["ETag"])
        assert again.headers["Cache-Control"] == caching


def test_a_snapshot_of_a_revision_that_was_taken_back_is_gone(client: FlaskClient) -> None:
    for address in ("1000-0123456789ab", "1000-0123456789ab/manifest.json", "1000-0123456789ab/none"):
        response = client.get(f"/v1/snapshots/{address}")
        assert (response.status_code, response.get_json()["type"]) == (410, "/problems/revision-replaced")
        assert response.get_json()["found"]["revision"] == 1000


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


def test_the_latest_is_sent_at_once_and_says_where_it_stays(client: FlaskClient) -> None:
    response = client.get("/v1/snapshots/latest/accounts.ndjson")
    assert response.data == LINES
    assert re.fullmatch("/v1/snapshots/1000-[0-9a-f]{12}/accounts.ndjson", response.headers["Content-Location"])
    assert response.headers["Cache-Control"] == "public, max-age=60"
