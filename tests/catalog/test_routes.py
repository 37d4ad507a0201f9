"""The addresses of the catalogues, each of which has a tag of its own bytes."""

import gzip
from pathlib import Path

import psycopg
import pytest

from directory.config import Config
from tests.catalog.conftest import client_of, publish

PATHS = [
    "/data.json",
    "/catalog.jsonld",
    "/.well-known/api-catalog",
    "/schemas",
    "/schemas/account.json",
    "/.well-known/security.txt",
    "/llms.txt",
    "/robots.txt",
    "/sitemap.xml",
]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return settings under which there is each of the documents."""
    return Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache", contact="a@example.org")


@pytest.mark.parametrize("path", PATHS)
def test_a_document_that_the_client_has_is_not_sent_again(starter_database_url: str, config: Config, path: str) -> None:
    with client_of(starter_database_url, config) as client:
        first = client.get(path)
        assert first.headers["Cache-Control"] == "public, max-age=60"
        for asked in (first.headers["ETag"], f'"other", {first.headers["ETag"]}', "*"):
            again = client.get(path, headers={"If-None-Match": asked})
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == first.headers["ETag"]
            assert again.headers["Vary"] == first.headers["Vary"]
        assert client.get(path, headers={"If-None-Match": '"other"'}).data == first.data


@pytest.mark.parametrize("path", PATHS)
def test_a_document_is_read_from_any_page_by_head_and_compressed(
    starter_database_url: str, config: Config, path: str
) -> None:
    with client_of(starter_database_url, config) as client:
        first = client.get(path)
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        assert "Accept-Encoding" in first.headers["Vary"]
        head = client.head(path)
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
        packed = client.get(path, headers={"Accept-Encoding": "gzip"})
        if len(first.data) > 1400:
            assert packed.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(packed.data) == first.data


def test_the_catalogue_is_another_one_once_there_is_a_snapshot(database_url: str, config: Config) -> None:
    with client_of(database_url, config) as client:
        before = client.get("/data.json")
        front = client.get("/en/").headers["ETag"]
        publish(database_url)
        after = client.get("/data.json", headers={"If-None-Match": before.headers["ETag"]})
        assert after.status_code == 200
        assert b"/v1/snapshots/latest/accounts.parquet" in after.data
        # A snapshot is made without a revision, and the front page says nothing of it.
        assert client.get("/en/").headers["ETag"] == front


def test_what_says_nothing_of_the_data_does_not_ask_for_them(database_url: str, config: Config) -> None:
    with client_of(database_url, config) as client, psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("ALTER TABLE sources RENAME TO sources_away")
        for path in ("/.well-known/api-catalog", "/schemas", "/robots.txt", "/.well-known/security.txt"):
            assert client.get(path).status_code == 200
