"""An application of a few routes, with everything that happens to every request, on the real database."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from directory.app import make_bare_app
from directory.config import Config
from directory.database.connections import Database
from directory.http.blueprint import Blueprint
from directory.http.conditional_requests import etag_from_revision
from directory.http.fields import Integer
from directory.http.pagination import json_page
from directory.http.parameters import QuerySchema
from directory.http.request import database as current_database
from directory.http.request import download_cache
from directory.http.responses import file_response, json_response
from directory.openapi.document import make_api


class _ThingQuerySchema(QuerySchema):
    limit = Integer("How many.", minimum=1, maximum=1000, load_default=2, example=2)


def _write_things(file: BinaryIO) -> None:
    file.write(b"a,b\n" * 100_000)


def _make_things() -> Blueprint:
    things = Blueprint("things", __name__, url_prefix="/things", description="Things.")

    @things.route("")
    @things.arguments(_ThingQuerySchema)
    @things.response(200, {"type": "object"})
    @etag_from_revision
    def get_things(query: dict[str, int]) -> Response:
        """List things."""
        with current_database().read() as conn:
            rows = conn.execute("SELECT n::text FROM generate_series(1, %s) AS n", (query["limit"],)).fetchall()
        return json_page([row[0].encode() for row in rows], limit=query["limit"], next_cursor="abc")

    @things.route("/<name>")
    @things.response(200, {"type": "object"})
    @etag_from_revision
    def get_thing(name: str) -> Response:
        """Return one thing."""
        if name == "broken":
            raise RuntimeError("the password is swordfish")
        return json_response(f'{{"name":"{name}"}}')

    @things.route("/slow")
    @things.response(200, {"type": "object"})
    def get_slow_thing() -> Response:
        """Wait for longer than a query may take."""
        with current_database().read() as conn:
            conn.execute("SELECT pg_sleep(10)")
        return json_response("{}")

    @things.route("/file")
    @things.response(200, {"type": "string"}, content_type="text/csv")
    @etag_from_revision
    def get_file_of_things() -> Response:
        """Download things."""
        body = download_cache().get_or_write("things", _write_things)
        return file_response(body, content_type="text/csv; charset=utf-8", filename="things of 成都.csv")

    @things.route("/chosen")
    @things.response(200, {"type": "object"})
    @things.response(200, {"type": "string"}, content_type="text/csv")
    def get_chosen_things() -> Response:
        """List things in one of two forms."""
        return json_response("{}")

    return things


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return settings whose files are the test's own."""
    return Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache", body_bytes=1000, cache_seconds=60)


@pytest.fixture
def database(module_database_url: str) -> Iterator[Database]:
    """Return the way to the module's registry."""
    database = Database(module_database_url, statement_timeout_ms=500)
    yield database
    database.close()


@pytest.fixture
def app(config: Config, database: Database) -> Flask:
    """Return an application that knows a few things."""
    app = make_bare_app(config, database)
    make_api(app, config).register_blueprint(_make_things())
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the application."""
    return app.test_client()
