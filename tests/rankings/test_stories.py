"""What the news of 2011 told of two government microblogs in China, as rankings show it.

Reported in November 2011, when departments and officials had opened more than 40,000 microblogs: the Beijing Emergency
Medical Center's soared to 60,000 followers within days of the Fukushima accident, as it answered public fear with
facts, and that of Chengdu's publicity department ranked first with 1.5 million. `stories.csv` has both figures, and
says of each other count that it is invented.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.followers.queries import Observation
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.followers.observing import write_batch

STORIES = Path(__file__).parent / "stories.csv"


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """Yield a client of a registry with the accounts of the stories."""
    with STORIES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with psycopg.connect(database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="the stories of 2011")
        accounts = {row["name"]: row for row in rows}
        for number, (name, row) in enumerate(accounts.items()):
            values = {"name": name, "department_type": row["department_type"], "region_code": row["region"]}
            insert_account(conn, number, values)
        index_pending(conn)
        ids: dict[str, str] = dict(conn.execute("SELECT name, id FROM accounts").fetchall())
        write_batch(
            conn,
            [
                Observation(
                    ids[row["name"]], dt.datetime.fromisoformat(row["observed_at"]), "news", int(row["followers"])
                )
                for row in rows
            ],
        )
    database = Database(database_url, statement_timeout_ms=10_000)
    config = Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache")
    yield create_app(config, database).test_client()
    database.close()


def ranks(client: FlaskClient, query: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the rows of a ranking, and what it says of itself."""
    body = client.get(f"/v1/rankings?{query}").get_json()
    return body["data"], body["ranking"]


def test_the_beijing_emergency_medical_center_soared_within_days_of_fukushima(client: FlaskClient) -> None:
    for by in ("growth", "growth_rate"):
        rows, about = ranks(client, f"by={by}&days=7&date=2011-03-17&platform=weibo")
        assert rows[0]["account"]["name"] == "北京急救中心"
        assert (rows[0]["rank"], rows[0]["growth"], rows[0]["growth_rate"]) == (1, 58_800, 49)
        assert rows[0]["figure"] == {"count": 60_000, "observed_at": "2011-03-17T04:00:00+00:00"}
        assert rows[0]["earlier"] == {"count": 1200, "observed_at": "2011-03-10T04:00:00+00:00"}
        # Nobody knows how it ranked before: no earlier counts are there.
        assert rows[0]["previous_rank"] is None
        assert (about["ranked"], about["insufficient_data"]) == (
            3,
            {"accounts": 1, "reasons": {"no_count_at_end": 1}},
        )
    (group, *_), _ = ranks(client, "by=growth&of=regions&region_level=2&days=7&date=2011-03-17")
    assert (group["region"]["code"], group["growth"], group["counted"]) == ("CN-110000", 79_800, 2)


def test_the_publicity_department_of_chengdu_ranked_first_with_1_5_million(client: FlaskClient) -> None:
    rows, about = ranks(client, "by=followers&region=CN")
    assert [(row["rank"], row["account"]["name"], row["value"]) for row in rows] == [
        (1, "成都发布", 1_500_000),
        (2, "平安北京", 1_400_000),
        (3, "上海地铁", 300_000),
        (4, "北京急救中心", 95_000),
    ]
    assert about["date"] == "2011-11-14"
    # In spring it was the second.
    rows, _ = ranks(client, "by=followers&days=242&date=2011-11-14&limit=1")
    assert (rows[0]["account"]["name"], rows[0]["previous_rank"], rows[0]["movement"]) == ("成都发布", 2, 1)
    # Of that week no count is there to compare with.
    rows, about = ranks(client, "by=growth&days=7&date=2011-11-14")
    assert rows == []
    assert about["insufficient_data"] == {"accounts": 4, "reasons": {"no_count_at_start": 4}}
