from collections.abc import Iterator

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.revisions import begin_revision
from directory.sources.schemas import SourceListSchema, SourceSchema
from tests.serving import client_of, walk


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of a registry with an account of two sources."""
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="test")
        conn.execute("INSERT INTO sources (id, title, licence) VALUES ('a', 'A', 'CC0-1.0'), ('b', 'B', 'unknown')")
        conn.execute("INSERT INTO accounts (platform, handle, handle_key, sources) VALUES ('x', 'h', 'h', '{a,b}')")
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def test_the_pages_hold_every_source_with_the_number_of_accounts_it_lists(client: FlaskClient) -> None:
    sources = walk(client, "/v1/sources?limit=1")
    ids = [source["id"] for source in sources]
    assert ids == sorted(set(ids))
    assert {source["id"]: source["accounts"] for source in sources if source["accounts"]} == {"a": 1, "b": 1}
    assert client.get("/v1/sources/a").get_json() == next(source for source in sources if source["id"] == "a")


def test_sources_have_the_public_shape(client: FlaskClient) -> None:
    body = client.get("/v1/sources").get_json()
    assert SourceListSchema().validate(body) == {}
    for source in body["data"]:
        assert list(source) == list(SourceSchema().fields)


def test_sources_are_found_by_licence(client: FlaskClient) -> None:
    assert [source["id"] for source in client.get("/v1/sources?licence=CC0-1.0").get_json()["data"]] == ["a"]


def test_an_unknown_source_is_not_found(client: FlaskClient) -> None:
    assert client.get("/v1/sources/zzz").status_code == 404
