from collections.abc import Iterator

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.revisions import begin_revision
from directory.platforms.reference import PLATFORMS
from directory.platforms.schemas import PlatformListSchema, PlatformSchema
from tests.serving import client_of, walk


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of a registry with three accounts on X."""
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="test")
        for handle in ("a", "b", "c"):
            conn.execute(
                "INSERT INTO accounts (platform, handle, handle_key) VALUES ('x', %(h)s, %(h)s)", {"h": handle}
            )
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def slugs(client: FlaskClient, query: str) -> set[str]:
    return {platform["slug"] for platform in walk(client, f"/v1/platforms?{query}")}


def test_the_pages_hold_every_platform_with_its_number_of_accounts(client: FlaskClient) -> None:
    platforms = walk(client, "/v1/platforms?limit=7")
    assert [platform["slug"] for platform in platforms] == sorted(PLATFORMS)
    assert {platform["slug"]: platform["accounts"] for platform in platforms if platform["accounts"]} == {"x": 3}
    assert client.get("/v1/platforms/x").get_json() == next(p for p in platforms if p["slug"] == "x")


def test_platforms_have_the_public_shape(client: FlaskClient) -> None:
    body = client.get("/v1/platforms?limit=1000").get_json()
    assert PlatformListSchema().validate(body) == {}
    for platform in body["data"]:
        assert list(platform) == list(PlatformSchema().fields)


def test_open_and_closed_platforms_are_all_platforms(client: FlaskClient) -> None:
    opened, closed = slugs(client, "status=open"), slugs(client, "status=closed")
    assert {"google-plus", "storify"} <= closed
    assert opened | closed == set(PLATFORMS)
    assert not opened & closed


def test_platforms_of_a_country_and_of_all_others(client: FlaskClient) -> None:
    chinese = slugs(client, "country=cn")
    assert "weibo" in chinese
    assert "x" not in chinese
    assert chinese | slugs(client, "country=-CN") == set(PLATFORMS)


@pytest.mark.parametrize(
    ("spelling", "slug"), [("twitter", "x"), ("新浪微博", "weibo"), ("Google_Plus", "google-plus")]
)
def test_another_spelling_leads_to_the_slug(client: FlaskClient, spelling: str, slug: str) -> None:
    response = client.get(f"/v1/platforms/{spelling}")
    assert (response.status_code, response.headers["Location"]) == (301, f"/v1/platforms/{slug}")


def test_an_unknown_platform_is_not_found_and_the_nearest_is_named(client: FlaskClient) -> None:
    response = client.get("/v1/platforms/weib")
    assert response.status_code == 404
    assert "weibo" in response.get_json()["detail"]
