"""The series of an account by HTTP: its observations with their flags, or one for each interval, gaps included."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.accounts.schemas import AccountFollowersSchema
from directory.database.revisions import begin_revision
from directory.followers.packing import pack_months
from directory.followers.reading import Block
from directory.followers.recording import RecordOptions, record_observations
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.serving import client_of

ROWS = [
    ("2011-03-14T09:00:00+08:00", "s1", {"followers": 52}),
    ("2011-03-14T10:00:00+08:00", "s1", {"followers": -1, "posts": 3}),
    ("2011-03-18T09:00:00+08:00", "s1", {"followers": 60_000}),
    ("2011-03-18T12:00:00+08:00", "s2", {"followers": 20_000, "verified": True}),
    ("2011-03-31T23:00:00Z", "s1", {"followers": 61_000}),
    ("2011-03-31T23:00:00Z", "s1", {"followers": 62_000}),
]


@pytest.fixture(scope="module")
def account_id(module_database_url: str) -> str:
    """Return an account that was observed in March 2011, the second half packed, and one that never was."""
    with psycopg.connect(module_database_url) as conn:
        with conn.transaction():
            begin_revision(conn, actor="test", reason="accounts")
            insert_account(conn, 0, {"name": "北京急救中心"})
            insert_account(conn, 1, {"name": "another"})
            index_pending(conn)
        row = conn.execute("SELECT id FROM accounts WHERE handle = 'Handle0'").fetchone()
        assert row is not None
        lines = [
            json.dumps({"account": row[0], "observed_at": at, "source": source, **values})
            for at, source, values in ROWS
        ]
        record_observations(conn, [Block("\n".join(lines[2:]).encode(), 1, "ndjson")], RecordOptions())
        pack_months(conn, dt.datetime.now(dt.UTC))
        record_observations(conn, [Block("\n".join(lines[:2]).encode(), 1, "ndjson")], RecordOptions())
    return str(row[0])


@pytest.fixture
def client(module_database_url: str, tmp_path: Path, account_id: str) -> Iterator[FlaskClient]:  # noqa: ARG001 - the database is filled
    """Yield a client of the registry."""
    with client_of(module_database_url, tmp_path) as client:
        yield client


def test_observations_have_their_flags_and_what_was_stated(client: FlaskClient, account_id: str) -> None:
    body = client.get(f"/v1/accounts/{account_id}/followers").get_json()
    assert AccountFollowersSchema().validate(body) == {}
    assert [(seen["source"], seen["followers"], seen["flags"], seen["stated"]) for seen in body["data"]] == [
        ("s1", 62_000, ["replaced"], {"replaced": {"followers": 61_000}}),
        ("s2", 20_000, ["contradicted"], None),
        ("s1", 60_000, ["jump", "contradicted"], None),
        ("s1", None, ["no_count"], {"followers": -1}),
        ("s1", 52, [], None),
    ]
    within = client.get(f"/v1/accounts/{account_id}/followers?from=2011-03-15&to=2011-03-18").get_json()["data"]
    assert within == body["data"][1:3]
    pages, path = [], f"/v1/accounts/{account_id}/followers?limit=2"
    while path:
        page = client.get(path).get_json()
        pages += page["data"]
        path = page["page"]["next"] and f"/v1/accounts/{account_id}/followers?limit=2&cursor={page['page']['next']}"
    assert pages == body["data"]


def test_an_interval_is_its_last_count_and_a_gap_is_null(client: FlaskClient, account_id: str) -> None:
    path = f"/v1/accounts/{account_id}/followers?interval="
    weeks = client.get(f"{path}week&from=2011-03-01").get_json()["data"]
    assert [(week["period"], week["followers"], week["source"]) for week in weeks] == [
        ("2011-03-28", 62_000, "s1"),
        ("2011-03-21", None, None),
        ("2011-03-14", 20_000, "s2"),
        ("2011-03-07", None, None),
        ("2011-02-28", None, None),
    ]
    days = client.get(f"{path}day&to=2011-03-19&limit=3").get_json()
    assert [(day["period"], day["followers"]) for day in days["data"]] == [
        ("2011-03-19", None),
        ("2011-03-18", 20_000),
        ("2011-03-17", None),
    ]
    rest = client.get(f"{path}day&to=2011-03-19&limit=3&cursor={days['page']['next']}").get_json()
    assert [(day["period"], day["followers"]) for day in rest["data"]] == [
        ("2011-03-16", None),
        ("2011-03-15", None),
        # -1 is no count: the last that is one stands for the day.
        ("2011-03-14", 52),
    ]
    assert rest["page"]["next"] is None
    (month,) = client.get(f"{path}month").get_json()["data"]
    assert (month["period"], month["followers"]) == ("2011-03-01", 62_000)


def test_a_series_is_a_table_for_a_spreadsheet_the_oldest_first(client: FlaskClient, account_id: str) -> None:
    path = f"/v1/accounts/{account_id}/followers"
    response = client.get(f"{path}.csv?to=2011-03-18&spreadsheet=true")
    assert response.mimetype == "text/csv"
    assert f"followers-{account_id}-" in response.headers["Content-Disposition"]
    assert response.get_data().decode("utf-8-sig").splitlines() == [
        "observed_at,source,followers,following,posts,last_post_at,verified,flags",
        "2011-03-14T01:00:00+00:00,s1,52,,,,,",
        "2011-03-14T02:00:00+00:00,s1,,,3,,,no_count",
        "2011-03-18T01:00:00+00:00,s1,60000,,,,,jump|contradicted",
        "2011-03-18T04:00:00+00:00,s2,20000,,,,t,contradicted",
    ]
    for interval in ("day", "week", "month"):
        rows = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv?interval={interval}").get_data(as_text=True))))
        listed = client.get(f"{path}?interval={interval}").get_json()["data"]
        assert [(row["period"], row["followers"]) for row in reversed(rows)] == [
            (row["period"], "" if row["followers"] is None else str(row["followers"])) for row in listed
        ]
    assert client.get(f"{path}.csv?interval=year").status_code == 400
    assert client.get("/v1/accounts/0000000/followers.csv").status_code == 404
    assert client.get("/v1/accounts/0000001/followers.csv").status_code == 400


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=2011-03-02&to=2011-03-01", "from"),
        ("interval=year", "interval"),
        ("to=9999-01-01", "to"),
        ("begin=1", "begin"),
    ],
)
def test_a_parameter_that_means_nothing_is_named(
    client: FlaskClient, account_id: str, query: str, parameter: str
) -> None:
    response = client.get(f"/v1/accounts/{account_id}/followers?{query}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.get_json()["errors"]] == [parameter]


def test_an_unknown_account_has_no_intervals(client: FlaskClient) -> None:
    assert client.get("/v1/accounts/0000000/followers?interval=day&from=2011-03-01&to=2011-03-02").status_code == 404


def test_a_series_is_read_by_the_index_of_the_account_packed_or_not(module_database_url: str, account_id: str) -> None:
    with psycopg.connect(module_database_url) as conn:
        conn.execute("SET enable_seqscan = off")
        plan = conn.execute(
            "EXPLAIN SELECT * FROM observation_series WHERE account_id = %s AND observed_at < '2011-04-01Z'",
            (account_id,),
        ).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "Seq Scan" not in text, text
    assert text.count("Index Cond: (account_id = ") + text.count("Index Cond: ((account_id = ") >= 2, text
