"""Rankings equal what another program makes of the observations, page by page."""

import csv
import datetime as dt
import io
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.followers.packing import pack_months
from directory.followers.queries import Observation
from directory.http.pagination import encode_cursor, fingerprint
from directory.http.request import DATABASE
from directory.rankings import queries
from directory.rankings.schemas import RankedListSchema
from directory.snapshots.publish.build import publish
from tests.accounts.conftest import registry_template
from tests.databases import copy_template
from tests.followers.observing import write_batch
from tests.rankings.recount import Question, Seen, make_ranking

__all__ = ["registry_template"]

LAST = dt.date(2024, 7, 15)
FIRST_DAY = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)


class Observed:
    """A client of a registry with observations, and these; no dataclass, all of which hypothesis would print."""

    def __init__(self, client: FlaskClient, url: str, observations: dict[str, list[Seen]]) -> None:
        self.client = client
        self.url = url
        self.observations = observations


def observe_all(conn: psycopg.Connection, ids: list[str]) -> None:
    """Write 45 days of observations with every kind of gap, tie and absurdity, by two sources."""
    chance = random.Random(2011)  # noqa: S311 - not for secrets
    rows = []
    for number, account in enumerate(ids):
        if number % 9 == 0:
            continue
        count = chance.choice([0, 3, 50, 1000, 100_000])
        for day in range(45):
            if chance.random() < (0.85 if number % 5 == 0 else 0.2):
                continue
            count = max(0, count + chance.choice([0, 0, 5, 10, -3]))
            # Two thousand times as many for a day, now and then on the last.
            shown = count * 2000 + 300_000 if chance.random() < 0.02 else count
            at = FIRST_DAY + dt.timedelta(days=day, hours=chance.choice([0, 7, 23]))
            followers, posts = chance.choice([shown, shown, None]), chance.choice([day, number, None])
            rows += [
                Observation(account, at, source, followers, posts)
                for source in chance.choice([("s1",), ("s1",), ("s1", "s2")])
            ]
    begin_revision(conn, actor="observer", reason="observed")
    write_batch(conn, rows)


@pytest.fixture(scope="module", params=["rows", "packed"])
def observed(
    server_url: str, registry_template: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Observed]:
    """Yield a client of the registry with observations: as rows, or packed but for those of some accounts."""
    folder: Path = tmp_path_factory.mktemp("rankings")
    with copy_template(server_url, registry_template) as url:
        with psycopg.connect(url, options="-c timezone=UTC", autocommit=True) as conn:
            ids = [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY handle, id")]
            # The accounts came with counts that no observation has.
            conn.execute("UPDATE account_followers SET (followers, followers_at, last_post_at) = (NULL, NULL, NULL)")
            with conn.transaction():
                observe_all(conn, ids)
            if request.param == "packed":
                pack_months(conn, dt.datetime.now(dt.UTC))
                conn.execute("SELECT unpack_observations(%s)", [ids[::3]])
            observations: dict[str, list[Seen]] = {}
            for row in conn.execute("SELECT account_id, observed_at, source, followers, posts FROM observation_series"):
                observations.setdefault(row[0], []).append(row)
        database = Database(url, statement_timeout_ms=10_000)
        app = create_app(Config(data_dir=folder, download_cache_dir=folder / "download-cache"), database)
        yield Observed(app.test_client(), url, observations)
        database.close()


def key_of(account: dict[str, Any], of: str) -> Any:  # noqa: ANN401 - what JSON holds
    """Return what an account is ranked as; of regions, its country."""
    match of:
        case "departments":
            return account["department"] and account["department"]["id"]
        case "regions":
            return account["region"] and account["region"]["code"][:2]
        case _:
            return str(account["id"])


def all_pages(client: FlaskClient, query: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the rows of all pages, and the first page."""
    rows: list[dict[str, Any]] = []
    first: dict[str, Any] = {}
    cursor = ""
    for _ in range(100):
        response = client.get(f"/v1/rankings?{query}{cursor}")
        page = response.get_json()
        assert response.status_code == 200, page
        assert not RankedListSchema().validate(page)
        first = first or page
        rows += page["data"]
        if page["page"]["next"] is None:
            return rows, first
        cursor = f"&cursor={page['page']['next']}"
    raise AssertionError(query)


@settings(
    max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    by=st.sampled_from(["followers", "growth", "growth_rate", "posts"]),
    of=st.sampled_from(["accounts", "accounts", "departments", "regions"]),
    days=st.sampled_from([None, 1, 3, 7, 20]),
    date=st.sampled_from([None, LAST, LAST - dt.timedelta(days=9), LAST + dt.timedelta(days=3)]),
    way=st.sampled_from(["looked up", "by the day"]),
    filters=st.sampled_from([{}, {}, {"platform": "weibo,x"}, {"region": "CN", "status": "-closed"}, {"q": "police"}]),
)
def test_a_ranking_equals_what_another_program_makes_of_the_observations(
    observed: Observed,
    by: str,
    of: str,
    days: int | None,
    date: dt.date | None,
    filters: dict[str, str],
    way: str,
) -> None:
    lines = observed.client.get(f"/v1/accounts.ndjson?{urlencode(filters)}").get_data(as_text=True).splitlines()
    matching = [json.loads(line) for line in lines]
    question = Question(by, of, days, date or LAST)
    expected, reasons = make_ranking(
        {account["id"]: key_of(account, of) for account in matching}, observed.observations, question
    )
    asked = {**filters, "by": by, "of": of, "limit": "70", "fields": "id,followers"}
    asked |= {"days": str(days)} if days else {}
    asked |= {"date": date.isoformat()} if date else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "_LOOKED_UP_SHARE", 0 if way == "by the day" else 10)
        rows, first = all_pages(observed.client, urlencode(asked))
    keys = {"accounts": ("account", "id"), "departments": ("department", "id"), "regions": ("region", "code")}[of]
    found = [(row["rank"], row["previous_rank"], row["value"], row[keys[0]][keys[1]]) for row in rows]
    assert found == expected
    assert all(row["movement"] == (row["previous_rank"] and row["previous_rank"] - row["rank"]) for row in rows)
    about = first["ranking"]
    assert about["date"] == (date or LAST).isoformat()
    if about["ranked"] is not None:
        assert about["ranked"] == len(expected)
        assert about["insufficient_data"] == {"accounts": sum(reasons.values()), "reasons": reasons}
    else:
        assert (by, of, days) == ("followers", "accounts", None)


def test_the_csv_has_the_whole_ranking(observed: Observed) -> None:
    for query in ("by=growth&days=7", "by=followers&of=departments&days=7", "by=posts&of=regions", "by=followers"):
        response = observed.client.get(f"/v1/rankings.csv?{query}")
        assert response.headers["Content-Disposition"].startswith('attachment; filename="ranking-')
        lines = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
        rows, _ = all_pages(observed.client, f"{query}&limit=1000")
        shown = [
            (line["rank"], line["previous_rank"], line["figure.count"], line["figure.observed_at"]) for line in lines
        ]
        assert shown == [
            (
                str(row["rank"]),
                str(row["previous_rank"] or ""),
                str(row["figure"]["count"]),
                row["figure"]["observed_at"],
            )
            for row in rows
        ]
        assert {float(line["value"]) for line in lines} == {row["value"] for row in rows}


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("by=likes", "by", "expected one of followers, growth, growth_rate, posts"),
        ("of=platforms", "of", "expected one of accounts, departments, regions"),
        ("region_level=2", "region_level", "needs of=regions"),
        ("by=growth&days=0", "days", "from 1 to 3660"),
        ("date=2011-02-29", "date", "expected a day of the calendar"),
        ("date=9999-12-31", "date", "is in the future"),
        ("date=0001-01-01&days=3660", "date", "expected a day from 1990-01-01 on"),
        ("platform=wiebo", "platform", "did you mean weibo?"),
        ("as_of=3", "as_of", "there is no such parameter here"),
    ],
)
def test_a_wrong_parameter_is_named(observed: Observed, query: str, parameter: str, detail: str) -> None:
    for path in ("/v1/rankings", "/v1/rankings.csv"):
        response = observed.client.get(f"{path}?{query}")
        (error,) = response.get_json()["errors"]
        assert (response.status_code, error["parameter"]) == (400, parameter)
        assert detail in error["detail"]


def test_forged_cursors_are_refused(observed: Observed) -> None:
    for path, values in (
        ("/v1/rankings?limit=1", ["1"]),
        ("/v1/rankings?limit=1", ["1.5", "x", "1", "1", "1-a"]),
        ("/v1/rankings?limit=1", ["1", "x", "0", "1", "1-a"]),
        ("/v1/rankings?limit=1", ["1", "x", "2", "1", "1-a"]),
        ("/v1/rankings?limit=1", ["9" * 40, "x", "1", "1", "1-a"]),
        ("/v1/rankings?limit=1", ["9" * 20, "x", "1", "1", "1-a"]),
        ("/v1/rankings?by=growth_rate&limit=1", ["nan", "x", "1", "1", "1-a"]),
        ("/v1/rankings?by=growth_rate&limit=1", ["inf", "x", "1", "1", "1-a"]),
    ):
        with observed.client.application.test_request_context(path):
            forged = encode_cursor(fingerprint(), values)
        response = observed.client.get(f"{path}&cursor={forged}")
        assert (response.status_code, response.get_json()["type"]) == (400, "/problems/invalid-cursor"), values


def test_a_page_counts_the_ranks_before_it_where_the_registry_has_changed(observed: Observed) -> None:
    first = observed.client.get("/v1/rankings?limit=20").get_json()
    tag = observed.client.get("/v1/rankings?limit=20").headers["ETag"]
    assert observed.client.get("/v1/rankings?limit=20", headers={"If-None-Match": tag}).status_code == 304
    with psycopg.connect(observed.url, options="-c timezone=UTC", autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="observer", reason="one more ahead")
        last = first["data"][-1]["account"]["id"]
        at = dt.datetime.combine(LAST, dt.time(23, 30), dt.UTC)
        count = first["data"][0]["figure"]["count"]
        write_batch(conn, [Observation(last, at, "s1", count)])
    observed.client.application.extensions[DATABASE].check_freshness()
    second = observed.client.get(f"/v1/rankings?limit=20&cursor={first['page']['next']}").get_json()
    everything = observed.client.get("/v1/rankings?limit=1000").get_json()["data"]
    assert everything[0]["account"]["id"] == last or everything[1]["account"]["id"] == last
    assert everything[0]["rank"] == everything[1]["rank"] == 1
    assert [row["rank"] for row in second["data"]] == [
        row["rank"] for row in everything if row["account"]["id"] in {each["account"]["id"] for each in second["data"]}
    ]


@pytest.mark.parametrize("observed", ["packed"], indirect=True)
def test_the_documented_query_of_a_snapshot_gives_the_same_ranking(observed: Observed, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "rankings.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert "date=2026-03-31" in page
    config = Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache")
    folder = tmp_path / "snapshots" / str(publish(config, observed.url).revision)
    rows, first = all_pages(observed.client, f"date={LAST - dt.timedelta(days=5)}&count=exact&limit=1000")
    # Both kinds of what is hard to recompute.
    assert first["ranking"]["insufficient_data"]["reasons"]["implausible"]
    assert len({row["rank"] for row in rows}) < len(rows)
    program = example.replace("2026-04-01", str(LAST - dt.timedelta(days=4)))
    program += "import json; print(json.dumps([(row[0], row[1], row[3]) for row in ranking.fetchall()]))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == [[row["rank"], row["account"]["id"], row["value"]] for row in rows]
