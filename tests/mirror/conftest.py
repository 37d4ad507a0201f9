"""A registry with three snapshots, served by the real application behind a front that can damage responses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.snapshots.contents.deltas import is_table
from directory.snapshots.fetch.http_client import HttpClient
from tests.changes.histories import MERGE, take
from tests.live import address_of
from tests.mirror.fronts import Front
from tests.snapshots.building import add_accounts, publish


@dataclass(frozen=True, slots=True)
class Published:
    """The folder of the snapshots, and their revisions."""

    url: str
    storage: Path
    revisions: tuple[int, int, int]

    def files(self, revision: int) -> dict[str, bytes]:
        """Return the NDJSON of the tables as the registry has it."""
        return {
            path.name: path.read_bytes()
            for path in (self.storage / str(revision)).glob("*.ndjson")
            if is_table(path.name)
        }


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return the template of this folder's databases: every copy is compared whole."""
    return template_of_few_regions


@pytest.fixture(scope="session")
def shared_database_url(shared_database_url_of_few_regions: str) -> str:
    """Return the URL of the database of `conn`, for the same reason."""
    return shared_database_url_of_few_regions


@pytest.fixture(scope="module")
def published(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Return a registry whose three snapshots differ by new, changed, merged and deleted records."""
    storage = tmp_path_factory.mktemp("storage")
    revisions = []
    for steps in ([], MERGE, [("move", 0, 2), ("name", 1, 1), ("delete", 0, 0)]):
        add_accounts(module_database_url, "one", "two", "three")
        with psycopg.connect(module_database_url, autocommit=True) as conn:
            for step in steps:
                take(conn, step)
        revisions.append(publish(module_database_url, storage).revision)
    first, second, third = revisions
    return Published(module_database_url, storage, (first, second, third))


@contextmanager
def fronting(published: Published, folder: Path, storage_url: str) -> Iterator[Front]:
    """Yield a front to that registry, with its snapshots in a storage, while the block runs."""
    database = Database(published.url, statement_timeout_ms=10_000)
    app = create_app(Config(data_dir=folder, download_cache_dir=folder, storage_url=storage_url), database)
    made = Front(app.wsgi_app, published.revisions[-1])
    app.wsgi_app = made  # type: ignore[method-assign]
    with address_of(app) as address:
        made.address = address
        yield made
    database.close()


@pytest.fixture
def front(published: Published, tmp_path: Path) -> Iterator[Front]:
    """Yield a front to that registry; its latest snapshot is the third unless the front is set otherwise."""
    with fronting(published, tmp_path / "download-cache", published.storage.as_uri()) as made:
        yield made


@pytest.fixture
def client() -> Iterator[HttpClient]:
    """Yield a client."""
    with HttpClient() as made:
        yield made
