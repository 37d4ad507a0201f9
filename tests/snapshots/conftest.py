"""An application with one snapshot, on the module's registry."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database import Database
from tests.snapshots.planted import plant

REVISION = 1000


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the module's snapshots lie."""
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(scope="module")
def app(module_database_url: str, storage: Path) -> Iterator[Flask]:
    """Give the application, with one snapshot of revision 1000."""
    with psycopg.connect(module_database_url) as conn:
        plant(conn, storage, REVISION)
    config = Config(
        data_dir=storage, spool_dir=storage / "spool", storage_url=storage.as_uri(), title="Directory of accounts"
    )
    database = Database(module_database_url, statement_timeout_ms=5000)
    yield create_app(config, database)
    database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a client of the application."""
    return app.test_client()
