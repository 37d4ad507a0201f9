"""A small registry in which everything happened that can happen to an account, and what it says of a text."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from directory.database.connections import Database, connect
from directory.database.revisions import begin_revision
from directory.platforms.addresses import handle_key
from directory.resolve.resolver import resolve
from directory.search.indexing import index_pending
from directory.search.query_plan import try_plan_query
from tests.accounts.conftest import insert_account

Ask = Callable[..., dict[str, Any]]

ACCOUNTS: list[dict[str, Any]] = [
    {"platform": "weibo", "handle": "cdfb", "platform_user_id": "2167700003", "name": "成都发布", "status": "active",
     "region_code": "CN-510100",
     "names": [{"name": "Chengdu Release", "language": "en"}], "followers": 1_500_000,
     "followers_at": "2011-11-14T00:00:00+00:00", "verification": "platform"},
    {"platform": "weibo", "handle": "bjjjzx", "name": "北京急救中心", "region_code": "CN-110000",
     "verification": "registry", "status": "active",
     "names": [{"name": "Beijing Emergency Medical Center", "language": "en"}]},
    {"platform": "x", "handle": "NASA", "name": "NASA", "status": "active", "verification": "source"},
    {"platform": "facebook", "handle": "nih.gov", "platform_user_id": "142825785752273", "name": "NIH",
     "status": "active", "verification": "none"},
    {"platform": "youtube", "handle": None, "platform_user_id": "UCLA_DiR1FfKNvjuUpBHmylQ", "name": "NASA Video",
     "status": "active"},
    {"platform": "linkedin", "handle": "zürich", "name": "Stadt Zürich", "status": "active"},
    {"platform": "spotify", "handle": "CityRadio", "name": "City Radio", "status": "active"},
    {"platform": "mastodon", "handle": "press@social.bund.de", "name": "Presse", "status": "active"},
    {"platform": "youtube", "handle": "kindcity", "handle_key": "user/kindcity", "name": "Kind City",
     "status": "active"},
    {"platform": "x", "handle": "Sleepy", "name": "Sleepy Hollow", "status": "dormant"},
    {"platform": "x", "handle": "Suspended1", "name": "Suspended One", "status": "suspended"},
    {"platform": "x", "handle": "Whoknows", "name": "Who Knows", "status": "unknown"},
    {"platform": "x", "handle": "ClosedOffice", "name": "Closed Office", "status": "closed", "closed_on": "2020-05-04"},
    {"platform": "x", "handle": "OldMinistry", "name": "Old Ministry", "status": "active"},
    {"platform": "x", "handle": "NewMinistry", "name": "New Ministry", "status": "active"},
    {"platform": "x", "handle": "USEmbassyRiyadh", "name": "US Embassy Riyadh", "status": "active"},
    {"platform": "x", "handle": "CityOfNames", "name": "City of Names", "status": "active"},
    {"platform": "x", "handle": "HarbourOffice", "name": "Harbour Office", "status": "active"},
    {"platform": "x", "handle": "ParksOffice", "name": "Parks Office", "status": "active"},
    {"platform": "x", "handle": "MergedAway", "name": "Merged Away", "status": "active"},
    {"platform": "x", "handle": "DeletedOne", "name": "Deleted One", "status": "active"},
    {"platform": "x", "handle": "citypolice", "name": "City Police", "status": "active", "region_code": "FR"},
    {"platform": "facebook", "handle": "citypolice", "name": "City Police", "status": "active", "region_code": "DE"},
    {"platform": "x", "handle": "OregonEd", "name": "Department of Education",
     "status": "active", "region_code": "US-OR"},
    {"platform": "x", "handle": "OhioEd", "name": "Department of Education",
     "status": "active", "region_code": "US-OH"},
    {"platform": "x", "handle": "townhall", "name": "Town Hall", "status": "active", "followers": 5,
     "followers_at": "2020-01-01T00:00:00+00:00"},
    {"platform": "facebook", "handle": "townhall", "name": "Town Hall", "status": "active", "followers": 9,
     "followers_at": "2020-01-01T00:00:00+00:00"},
    {"platform": "instagram", "handle": "townhall", "name": "Town Hall", "status": "closed", "closed_on": "2021-05-04"},
    {"platform": "x", "handle": "examplecity", "name": "City of Exampleton", "status": "active"},
    {"platform": "x", "handle": "metpol", "name": "Metropolitan Police", "status": "active"},
    {"platform": "x", "handle": "jobs_th", "name": "Jobs @ Town Hall", "status": "active"},
    {"platform": "x", "handle": "accessboard", "name": "Access Board (@Access Board)", "status": "active"},
    {"platform": "x", "handle": "fancytown", "name": "𝐅ancy Town™", "status": "active"},
    {"platform": "weibo", "handle": "sdfb", "name": "山东发布", "status": "active", "region_code": "CN-370000"},
    {"platform": "douyin", "handle": "dllyj", "name": "大连市旅游局", "status": "active"},
    {"platform": "bluesky", "handle": "examplecity.gov", "name": "City of Exampleton", "status": "active"},
    {"platform": "x", "handle": "dropped_office", "name": "Dropped Office", "status": "active",
     "withdrawn_by": "cities", "listed_from": "2024-03-01T08:00:00+00:00", "listed_until": "2025-06-30T09:00:00+00:00"},
    {"platform": "x", "handle": "proved_office", "name": "Proved Office", "status": "active",
     "withdrawn_by": "cities", "listed_until": "2025-06-30T09:00:00+00:00", "verification": "registry"},
    {"platform": "mastodon", "handle": "amt@mastodon.ie", "name": "Amt", "status": "active"},
    {"platform": "mastodon", "handle": "amt@twitter.exampleville.gov", "name": "Amt", "status": "active"},
]  # fmt: skip


def fill(conn: psycopg.Connection) -> dict[str, str]:
    """Insert the accounts and let their fates happen; give the ids by handle or name."""
    with conn.transaction():
        begin_revision(conn, actor="test", reason="first")
        conn.execute("""INSERT INTO departments (name, name_key, type, website, external_ids)
               VALUES ('Town', 'town', 'local-government', 'https://www.town.example/', '{wikidata:Q42}')""")
        for number, values in enumerate(ACCOUNTS):
            handle = values["handle"]
            insert_account(conn, number, {"handle_key": handle and handle_key(values["platform"], handle), **values})
        conn.execute("UPDATE accounts SET department_id = (SELECT id FROM departments) WHERE handle_key = 'townhall'")
        index_pending(conn)
    ids = {f"{platform}:{called}": account_id for platform, called, account_id in conn.execute(
        "SELECT platform, coalesce(handle, name), id FROM accounts").fetchall()}  # fmt: skip
    with conn.transaction():
        begin_revision(conn, actor="test", reason="renamed, replaced, merged, ordered by a court")
        conn.execute(
            "UPDATE accounts SET handle = 'USAinKSA', handle_key = 'usainksa' WHERE handle = 'USEmbassyRiyadh'"
        )
        conn.execute("UPDATE accounts SET handle = 'NamesCity', handle_key = 'namescity' WHERE handle = 'CityOfNames'")
        conn.execute(
            "UPDATE accounts SET handle = handle || '2', handle_key = handle_key || '2' WHERE handle ~ 'Office$'"
            " AND handle <> 'ClosedOffice'"
        )
        conn.execute("UPDATE accounts SET replaced_by = %s WHERE handle = 'OldMinistry'", (ids["x:NewMinistry"],))
        for gone, successor in (("x:MergedAway", ids["x:NASA"]), ("x:DeletedOne", None)):
            conn.execute(
                "INSERT INTO tombstones (kind, id, successor_id, revision)"
                " VALUES ('account', %s, %s, current_revision())",
                (ids[gone], successor),
            )
            conn.execute("DELETE FROM accounts WHERE id = %s", (ids[gone],))
        index_pending(conn)
    with conn.transaction():
        begin_revision(conn, actor="test", reason="somebody took the handle")
        insert_account(
            conn, 900, {"platform": "x", "handle": "CityOfNames", "handle_key": "cityofnames", "status": "active"}
        )
        for number, handle in enumerate(("HarbourOffice", "ParksOffice"), start=901):
            insert_account(
                conn, number, {"platform": "x", "handle": handle, "handle_key": handle.lower(), "status": "active"}
            )
        conn.execute(
            """
            INSERT INTO quarantine_exemptions (platform, handle_key, account_id)
            SELECT platform, handle_key, CASE handle WHEN 'ParksOffice' THEN id END FROM accounts
             WHERE handle IN ('HarbourOffice', 'ParksOffice')
            """
        )
        index_pending(conn)
    return ids


@pytest.fixture(scope="module")
def registry_url(module_database_url: str) -> str:
    """Return a database that holds the small registry."""
    return module_database_url


@pytest.fixture(scope="module")
def ids(registry_url: str) -> dict[str, str]:
    """Fill the registry and give the ids of its accounts, by platform and handle."""
    with connect(registry_url) as conn:
        return fill(conn)


@pytest.fixture(scope="module")
def ask(registry_url: str, ids: dict[str, str]) -> Iterator[Ask]:
    """Yield a function that resolves one text."""
    assert ids
    database = Database(registry_url, statement_timeout_ms=10_000)

    def one(text: str, platform: str | None = None) -> dict[str, Any]:
        with database.read() as conn:
            (verdict,) = resolve(conn, [text], platform, plan=partial(try_plan_query, database))
        return json.loads(verdict)  # type: ignore[no-any-return]

    yield one
    database.close()
