"""The whole application on a registry with reference data, and a browser to look at it with."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from tests.databases import copy_template
from tests.live import address_of
from tests.web.browser import open_browser
from tests.web.registry import make_registry


@pytest.fixture(scope="module")
def database(module_database_url: str) -> Iterator[Database]:
    """Return the way to the module's registry."""
    database = Database(module_database_url, statement_timeout_ms=5000)
    yield database
    database.close()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Return settings whose files are the module's own."""
    folder: Path = tmp_path_factory.mktemp("web")
    return dataclasses.replace(
        Config.from_environment({}), data_dir=folder, download_cache_dir=folder / "download-cache"
    )


@pytest.fixture(scope="module")
def app(config: Config, database: Database) -> Flask:
    """Return the application as it is served."""
    return create_app(config, database)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the application."""
    return app.test_client()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Return the address of the application on a port of this machine."""
    with address_of(app) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium of the module's own."""
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def website(server_url: str, starter_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the application on the registry of the website's tests."""
    folder: Path = tmp_path_factory.mktemp("website")
    with copy_template(server_url, make_registry(server_url, starter_template)) as url:
        database = Database(url, statement_timeout_ms=10_000)
        with address_of(
            create_app(Config(data_dir=folder, download_cache_dir=folder / "download-cache"), database)
        ) as address:
            yield address
        database.close()
