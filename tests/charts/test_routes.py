"""`/v1/accounts/{id}/followers.svg`: the picture of a real series."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.charts.queries import read_series
from directory.charts.series import Point
from directory.database import revisions
from directory.followers.queries import Observation, copy_observations, create_staging, merge_observations
from directory.http.request import DATABASE
from tests.serving import client_of

DAY = dt.datetime(2026, 1, 1, 23, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def account_id(module_database_url: str) -> str:
    """Return an account that is counted twice a day for ten days, and once a year later."""
    with psycopg.connect(module_database_url) as conn:
        revisions.begin_revision(conn, actor="test", reason="test")
        row = conn.execute(
            "INSERT INTO accounts (platform, handle, handle_key, name) VALUES ('weibo', 'a', 'a', '平安<北京>')"
            " RETURNING id"
        ).fetchone()
        assert row is not None
        create_staging(conn)
        times = [
            (DAY + dt.timedelta(days=day, hours=-hours), 100 * day - hours) for day in range(1, 11) for hours in (0, 5)
        ]
        times.append((DAY + dt.timedelta(days=365), 7000))
        copy_observations(conn, (Observation(row[0], at, "test", count, None, None) for at, count in times))
        # Of one time the last source by id counts, as everywhere.
        copy_observations(conn, [Observation(row[0], DAY + dt.timedelta(days=365), "another", 1, None, None)])
        merge_observations(conn)
        return str(row[0])


@pytest.fixture(scope="module")
def client(
    account_id: str, module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """Yield a client of a registry with this account."""
    assert account_id
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def test_a_series_has_the_last_count_of_each_interval(account_id: str, module_database_url: str) -> None:
    with psycopg.connect(module_database_url) as conn:
        points = read_series(conn, account_id, start=None, end=None)
        assert points[0] == Point(dt.date(2026, 1, 2), 100)
        assert [point.followers for point in points] == [*range(100, 1001, 100), 7000]
        some = read_series(conn, account_id, start=dt.date(2026, 1, 3), end=dt.date(2026, 1, 4))
        assert [point.followers for point in some] == [200, 300]
        months = read_series(conn, account_id, start=None, end=None, points_max=2)
        assert months == [Point(dt.date(2026, 1, 1), 1000), Point(dt.date(2027, 1, 1), 7000)]


def test_a_picture_can_be_embedded_cached_and_read_out(client: FlaskClient, account_id: str) -> None:
    response = client.get(f"/v1/accounts/{account_id}/followers.svg?form=sparkline")
    assert response.mimetype == "image/svg+xml"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Followers of 平安&lt;北京&gt;</title>" in response.get_data(as_text=True)
    headers = {"If-None-Match": response.headers["ETag"]}
    assert client.get(f"/v1/accounts/{account_id}/followers.svg?form=sparkline", headers=headers).status_code == 304
    text = client.get(f"/v1/accounts/{account_id}/followers.svg?to=2020-01-01").get_data(as_text=True)
    assert "No counts" in text


@pytest.mark.parametrize(
    ("query", "parameter"), [("theme=blue", "theme"), ("form=pie", "form"), ("from=2027-01-01&to=2026-01-01", "from")]
)
def test_a_picture_is_refused_for_what_it_does_not_take(
    client: FlaskClient, account_id: str, query: str, parameter: str
) -> None:
    response = client.get(f"/v1/accounts/{account_id}/followers.svg?{query}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.get_json()["errors"]] == [parameter]


def test_an_unknown_account_has_no_picture(client: FlaskClient) -> None:
    assert client.get("/v1/accounts/0000000/followers.svg").status_code == 404
    malformed = client.get("/v1/accounts/0000001/followers.svg")
    assert (malformed.status_code, malformed.get_json()["type"].rpartition("/")[2]) == (400, "malformed-id")


def test_a_merged_account_has_the_same_picture_of_its_successor(
    client: FlaskClient, account_id: str, module_database_url: str
) -> None:
    with psycopg.connect(module_database_url) as conn:
        revisions.begin_revision(conn, actor="test", reason="merged")
        row = conn.execute(
            "INSERT INTO accounts (platform, handle, handle_key) VALUES ('weibo', 'b', 'b') RETURNING id"
        ).fetchone()
        assert row is not None
        conn.execute(
            """
            INSERT INTO tombstones (kind, id, successor_id, revision) VALUES ('account', %s, %s, current_revision())
            """,
            (row[0], account_id),
        )
        conn.execute("DELETE FROM accounts WHERE id = %s", row)
        revision = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    # The process hears of it a moment late: no other test should get another tag while it runs.
    for _ in range(200):
        if (client.application.extensions[DATABASE].state.number,) == revision:
            break
        time.sleep(0.05)
    response = client.get(f"/v1/accounts/{row[0]}/followers.svg?form=sparkline")
    assert response.status_code == 301
    assert response.headers["Location"].endswith(f"/v1/accounts/{account_id}/followers.svg?form=sparkline")
    response = client.get(f"/v1/accounts/{row[0]}/followers.csv?interval=day")
    assert response.headers["Location"].endswith(f"/v1/accounts/{account_id}/followers.csv?interval=day")


def test_a_ranking_is_a_picture_of_its_first_ranks(client: FlaskClient) -> None:
    path = "/v1/rankings.svg?by=growth&days=1&date=2026-01-05&platform=weibo"
    response = client.get(path)
    assert response.mimetype == "image/svg+xml"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    text = response.get_data(as_text=True)
    assert "Accounts by growth within 1 day, 2026-01-05</title>" in text
    assert "1. 平安&lt;北京&gt;: 100</desc>" in text
    assert client.get(path, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    chinese = client.get(f"{path}&lang=zh").get_data(as_text=True)
    assert "<title" in chinese
    assert ">账号 1 天粉丝增长排行，2026-01-05</title>" in chinese
    assert "Nothing is ranked" in client.get("/v1/rankings.svg?of=departments").get_data(as_text=True)
    (error,) = client.get("/v1/rankings.svg?limit=51").get_json()["errors"]
    assert error["parameter"] == "limit"


@pytest.mark.parametrize(
    ("status", "verification", "english", "chinese"),
    [
        ("active", "platform", "Official account", "官方账号"),
        ("active", "none", "Not vouched for", "未经核验"),
        ("closed", "platform", "No longer listed", "已不再收录"),
    ],
)
def test_a_badge_says_no_more_than_the_registry_does(
    client: FlaskClient,
    account_id: str,
    module_database_url: str,
    status: str,
    verification: str,
    english: str,
    chinese: str,
) -> None:
    with psycopg.connect(module_database_url) as conn:
        revisions.begin_revision(conn, actor="test", reason="changed")
        values = (status, verification, account_id)
        conn.execute("UPDATE accounts SET status = %s, verification = %s WHERE id = %s", values)
    path = f"/v1/accounts/{account_id}/badge.svg"
    response = client.get(path)
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert f"{english}: a · Sina Weibo</title>" in response.get_data(as_text=True)
    assert f"{chinese}: a · 新浪微博</title>" in client.get(f"{path}?lang=zh").get_data(as_text=True)


def test_the_badge_of_a_deleted_account_is_a_picture_that_says_so(
    client: FlaskClient, account_id: str, module_database_url: str
) -> None:
    with psycopg.connect(module_database_url) as conn:
        revisions.begin_revision(conn, actor="test", reason="deleted")
        row = conn.execute(
            "INSERT INTO accounts (platform, handle, handle_key) VALUES ('weibo', 'gone', 'gone') RETURNING id"
        ).fetchone()
        assert row is not None
        conn.execute("DELETE FROM accounts WHERE id = %s", row)
        conn.execute(
            "INSERT INTO tombstones (kind, id, revision) VALUES ('account', %s, current_revision())",
            row,
        )
    response = client.get(f"/v1/accounts/{row[0]}/badge.svg")
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    assert "No longer listed" in text
    assert "gone" not in text
    assert client.get("/v1/accounts/0000000/badge.svg").status_code in {400, 404}
    assert client.get(f"/v1/accounts/{account_id}/badge.svg?lang=de").status_code == 400
