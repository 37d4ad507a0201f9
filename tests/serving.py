"""A client of the application on a database, and a walk through the pages of a list."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database


@contextmanager
def client_of(url: str, folder: Path, **settings: Any) -> Iterator[FlaskClient]:  # noqa: ANN401 - those of Config
    """Yield a client of the application on the database at `url`; its files go into `folder`."""
    database = Database(url, statement_timeout_ms=5000)
    try:
        config = Config(data_dir=folder, download_cache_dir=folder / "download-cache", **settings)
        yield create_app(config, database).test_client()
    finally:
        database.close()


def walk(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """Return all records of a list, following its links."""
    found: list[dict[str, Any]] = []
    while True:
        response = client.get(path)
        assert response.status_code == 200, response.get_json()
        found += response.get_json()["data"]
        following = [link for link in response.headers["Link"].split(", ") if 'rel="next"' in link]
        if not following:
            return found
        path = following[0].partition("<")[2].partition(">")[0]
