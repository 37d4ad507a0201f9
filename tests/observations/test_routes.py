"""Observations of all accounts by HTTP: a mirror that follows them has what the registry has."""

import datetime as dt
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database.connections import connect
from directory.database.revisions import begin_revision
from directory.followers.packing import pack_months
from directory.followers.reading import Block
from directory.followers.recording import RecordOptions, record_observations
from directory.observations import queries, routes
from directory.observations.schemas import ObservationListSchema
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.serving import client_of

DAYS = [(dt.datetime(2024, 1, 28, tzinfo=dt.UTC) + dt.timedelta(days=day)).isoformat() for day in range(8)]


def record(conn: psycopg.Connection, *rows: dict[str, Any]) -> None:
    """Record rows in one revision."""
    text = "\n".join(map(json.dumps, rows)).encode()
    assert record_observations(conn, [Block(text, 1, "ndjson")], RecordOptions()).revision


def settle(conn: psycopg.Connection, client: FlaskClient) -> None:
    """Wait until the client's process knows the latest revision."""
    row = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    assert row is not None
    for _ in range(200):
        if client.get("/v1/observations?limit=1").get_json()["through"]["revision"] == row[0]:
            return
        time.sleep(0.05)
    pytest.fail("the process does not hear of the revision")


def follow(client: FlaskClient, mirror: dict[tuple[str, str, str], dict[str, Any]], since: str) -> str:
    """Bring a mirror up to date, and return where it is then."""
    cursor = ""
    while True:
        body = client.get(f"/v1/observations?limit=3&since={since}{cursor}").get_json()
        assert ObservationListSchema().validate(body) == {}
        mirror.update({(row["account"], row["observed_at"], row["source"]): row for row in body["data"]})
        if body["page"]["next"] is None:
            return f"{body['through']['revision']}-{body['through']['mark']}"
        cursor = f"&cursor={body['page']['next']}"


def download(client: FlaskClient, since: str = "0") -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return what a download has."""
    lines = client.get(f"/v1/observations.ndjson?since={since}").get_data(as_text=True).splitlines()
    rows = [json.loads(line) for line in lines]
    return {(row["account"], row["observed_at"], row["source"]): row for row in rows}


@pytest.fixture
def ids(database_url: str) -> list[str]:
    """Return the ids of six accounts."""
    with connect(database_url) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="accounts")
        for number in range(6):
            insert_account(conn, number, {"name": f"Name {number}"})
        index_pending(conn)
        return [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY id")]


@pytest.mark.parametrize("large", [0, 200_000])
def test_a_mirror_gets_what_is_new_and_what_was_corrected_packed_or_not(
    database_url: str, tmp_path: Path, ids: list[str], large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_LARGE", large)
    mirror: dict[tuple[str, str, str], dict[str, Any]] = {}
    with connect(database_url) as conn, client_of(database_url, tmp_path) as client:
        record(conn, *({"account": each, "observed_at": at, "source": source, "followers": number}
                       for each in ids for source in ("s1", "s2") for number, at in enumerate(DAYS)))  # fmt: skip
        since = follow(client, mirror, "0")
        assert len(mirror) == 16 * len(ids)
        assert mirror == download(client)
        pack_months(conn, dt.datetime(2024, 9, 1, tzinfo=dt.UTC))
        assert download(client) == mirror
        assert follow(client, {}, since) == since
        record(
            conn,
            {"account": ids[0], "observed_at": DAYS[3], "source": "s1", "followers": 99, "following": 1},
            {"account": ids[1], "observed_at": "2024-03-01T08:00:00+08:00", "source": "s3", "posts": -1},
        )
        settle(conn, client)
        new: dict[tuple[str, str, str], dict[str, Any]] = {}
        later = follow(client, new, since)
        assert later != since
        assert [(row["followers"], row["stated"]) for row in new.values()] == [
            (99, {"replaced": {"followers": 3}}),
            (None, {"posts": -1}),
        ]
        assert download(client, since) == new
        pack_months(conn, dt.datetime(2024, 9, 1, tzinfo=dt.UTC))
        everything: dict[tuple[str, str, str], dict[str, Any]] = {}
        follow(client, everything, "0")
        assert everything == mirror | new == download(client)
        # Another registry, or this one, takes the lines as they are.
        text = client.get("/v1/observations.ndjson").get_data()
        report = record_observations(conn, [Block(text, 1, "ndjson")], RecordOptions())
        assert (report.rows, report.unchanged, report.refused) == (len(everything), len(everything), [])


def test_a_page_ends_after_many_batches_of_which_nothing_stands(
    database_url: str, tmp_path: Path, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_EMPTY_MAX", 2)
    row = {"account": ids[0], "source": "s1"}
    with connect(database_url) as conn, client_of(database_url, tmp_path) as client:
        record(conn, row | {"observed_at": DAYS[1], "followers": 1})
        for followers in range(6):
            record(conn, row | {"observed_at": DAYS[0], "followers": followers})
        settle(conn, client)
        first = client.get("/v1/observations?limit=3").get_json()
        assert [each["observed_at"] for each in first["data"]] == [DAYS[1]]
        assert first["page"]["next"]
        mirror: dict[tuple[str, str, str], dict[str, Any]] = {}
        follow(client, mirror, "0")
        assert mirror == download(client)


@pytest.mark.parametrize("page", ["followers.md", "zh/followers.md"])
def test_the_documented_query_of_a_download_finds_who_grew_most(tmp_path: Path, page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    (query,) = re.findall(r'duckdb -c "(SELECT account.*?)"', text, re.DOTALL)
    counts = [
        ("a", "03-10", "s1", 9_000), ("a", "03-11", "s1", None), ("a", "03-12", "s1", 100), ("a", "03-15", "s2", 5_000),
        ("a", "03-20", "s1", 600), ("a", "03-21", "s1", None), ("b", "03-12", "s1", 7), ("b", "03-13", "s1", 8),
    ]  # fmt: skip
    lines = [
        json.dumps(
            {"account": account, "observed_at": f"2011-{day}T00:00:00+00:00", "source": source, "followers": count}
        )
        for account, day, source, count in counts
    ]
    (tmp_path / "observations.ndjson").write_text("\n".join(lines), encoding="utf-8")
    program = "import duckdb, json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))"
    done = subprocess.run(
        [sys.executable, "-c", program, query], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [["a", "s1", 100, 600, 500], ["b", "s1", 7, 8, 1], ["a", "s2", 5_000, 5_000, 0]]


def test_a_client_that_is_up_to_date_gets_304_and_one_of_another_history_is_told(
    database_url: str, tmp_path: Path, ids: list[str]
) -> None:
    with connect(database_url) as conn, client_of(database_url, tmp_path) as client:
        record(conn, {"account": ids[0], "observed_at": DAYS[0], "source": "s1", "followers": 1})
        first = client.get("/v1/observations")
        tag = {"If-None-Match": first.headers["ETag"]}
        assert client.get("/v1/observations", headers=tag).status_code == 304
        assert client.get("/v1/observations?since=1-000000000000").status_code == 410
        future = client.get("/v1/observations?since=99")
        assert future.status_code == 400
        assert future.get_json()["errors"][0]["detail"].startswith("is after the latest revision")
        assert client.get("/v1/observations?since=x").get_json()["errors"][0]["parameter"] == "since"
