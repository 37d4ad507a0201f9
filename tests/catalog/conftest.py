"""The application on the starter data, under an address of the Web, with and without a snapshot."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database

ADDRESS = "https://accounts.example.org"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Return settings of an operator who says all that can be said."""
    folder: Path = tmp_path_factory.mktemp("catalog")
    return Config(
        data_dir=folder,
        download_cache_dir=folder / "download-cache",
        public_url=ADDRESS,
        title="政务账号 & <Registry>",
        publisher="Ministry of Lists",
        contact="lists@example.org",
        security_contact="https://example.org/report",
        languages=("en", "zh-Hans"),
        licence="CC-BY-4.0",
    )


@contextmanager
def client_of(url: str, config: Config) -> Iterator[FlaskClient]:
    """Return a client of the application on a database, under these settings."""
    database = Database(url, statement_timeout_ms=5000)
    try:
        yield create_app(config, database).test_client()
    finally:
        database.close()


@pytest.fixture(scope="module")
def client(starter_database_url: str, config: Config) -> Iterator[FlaskClient]:
    """Return a client of the application on the starter data, which has no snapshot."""
    with client_of(starter_database_url, config) as client:
        yield client


@pytest.fixture(scope="module")
def bare_client(module_database_url: str, config: Config) -> Iterator[FlaskClient]:
    """Return a client of a registry without accounts, whose operator says nothing of himself."""
    said_nothing = Config(data_dir=config.data_dir, download_cache_dir=config.download_cache_dir)
    with client_of(module_database_url, said_nothing) as client:
        yield client


@pytest.fixture
def published_client(database_url: str, config: Config) -> Iterator[FlaskClient]:
    """Return a client of a registry that has a snapshot."""
    publish(database_url)
    with client_of(database_url, config) as client:
        yield client


FILES = {
    f"{table}.{form}{suffix}": (media_type, encoding)
    for table in ("accounts", "departments", "followers", "handles", "platforms", "regions", "sources", "tombstones")
    for form, media_type in {
        "csv": "text/csv; charset=utf-8; header=present",
        "json": "application/json",
        "ndjson": "application/x-ndjson",
        "parquet": "application/vnd.apache.parquet",
    }.items()
    for suffix, encoding in {"": None, ".gz": "gzip", ".zst": "zstd"}.items()
} | {
    "observations-2025.parquet": ("application/vnd.apache.parquet", None),
    "observations-2026-01.csv.gz": ("text/csv; charset=utf-8; header=present", "gzip"),
    "manifest.json": ("application/json", None),
    "manifest.json.minisig": ("text/plain", None),
    "datapackage.json": ("application/json", None),
}


def publish(url: str) -> int:
    """Write the rows of a snapshot of the latest revision; give the revision."""
    with psycopg.connect(url, autocommit=True) as conn, conn.transaction():
        row = conn.execute(
            "INSERT INTO snapshots SELECT max(revision), now(), '{}' FROM revisions RETURNING revision"
        ).fetchone()
        assert row is not None
        with conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO snapshot_files VALUES (%s, %s, %s, %s, %s, NULL, %s)",
                [
                    (row[0], name, media_type, encoding, 1000 + number, "0" * 64)
                    for number, (name, (media_type, encoding)) in enumerate(FILES.items())
                ],
            )
    return int(row[0])


def updated_at(client: FlaskClient) -> str:
    """Return the time of the latest revision as the catalogues write it: PostgreSQL leaves out zeros at its end."""
    return dt.datetime.fromisoformat(client.get("/v1").get_json()["updated_at"]).isoformat()
