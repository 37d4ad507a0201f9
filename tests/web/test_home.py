"""The front page: what the registry holds, doors to its parts, rankings, and the newest changes."""

import datetime as dt
import re
from collections.abc import Iterator

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.connections import Database
from directory.database.revisions import begin_revision
from tests.accounts.conftest import registry_template
from tests.databases import copy_template
from tests.followers.observing import observe

__all__ = ["registry_template"]


@pytest.fixture(scope="module")
def url(server_url: str, registry_template: str) -> Iterator[str]:
    """Yield a registry of a few hundred accounts that nobody observed."""
    with copy_template(server_url, registry_template) as url:
        with psycopg.connect(url) as conn:
            conn.execute("UPDATE account_followers SET (followers, followers_at, last_post_at) = (NULL, NULL, NULL)")
        yield url


@pytest.fixture(scope="module")
def database(url: str) -> Iterator[Database]:
    """Return the way to that registry."""
    database = Database(url, statement_timeout_ms=10_000)
    yield database
    database.close()


def test_doors_lead_to_the_parts_with_the_most_accounts_and_say_how_many(client: FlaskClient) -> None:
    facets = client.get("/v1/accounts?facets=region,platform,department_type&limit=1").get_json()["facets"]
    text = client.get("/zh/").get_data(as_text=True)
    for path, name in (("regions/", "region"), ("platforms/", "platform"), ("departments?type=", "department_type")):
        doors = re.findall(rf'<a href="\.\./zh/{re.escape(path)}([^"]+)">[^<]+</a> <span class="number">(\d+)<', text)
        assert doors == [(each["value"], str(each["count"])) for each in facets[name] if each["value"] is not None]
    assert '<a href="../zh/regions/FR">法国</a>' in text


def test_the_newest_changes_are_those_of_the_feed(client: FlaskClient) -> None:
    listed = client.get("/v1/changes.atom?kind=account,department&limit=8").get_data(as_text=True)
    text = client.get("/en/").get_data(as_text=True)
    (changes,) = re.findall(r'<ul class="rows changes">.*?</ul>', text, re.DOTALL)
    assert re.findall(r'href="\.\./en/accounts/(\w+)"', changes) == re.findall(r"/v1/accounts/(\w{7})<?\"", listed)


def test_rankings_appear_as_soon_as_something_was_observed(client: FlaskClient, url: str) -> None:
    assert client.get("/en/").get_data(as_text=True).count('<ol class="rows ranks">') == 0
    days = [dt.datetime(2024, 6, day, tzinfo=dt.UTC) for day in (23, 30)]
    with psycopg.connect(url, options="-c timezone=UTC") as conn:
        ids = [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY id LIMIT 12")]
        begin_revision(conn, actor="observer", reason="observed")
        for number, account in enumerate(ids):
            for day, followers in zip(days, (1000, 1000 + number), strict=True):
                observe(conn, [account], followers, day)
    text = client.get("/en/").get_data(as_text=True)
    followed, grown = re.findall(r'<ol class="rows ranks">.*?</ol>', text, re.DOTALL)
    for ranking, first in ((followed, "1,011"), (grown, "+11")):
        assert re.findall(r'href="\.\./en/accounts/(\w+)"', ranking) == ids[:1:-1]
        assert re.findall(r'class="number">([^<]*)<', ranking)[0] == first
    assert "As observed until 30 June 2024." in text
