from dataclasses import replace
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.accounts.filters import FACETS
from directory.accounts.parameters import Filter
from directory.accounts.queries.facets import count_matches
from directory.accounts.queries.list import WhereClause
from directory.accounts.region_filter import RegionSelection
from directory.database.sql import compose
from directory.http.fields import Selection
from directory.regions.queries import RegionNode
from directory.search.query_plan import plan_query
from tests.accounts.conftest import Registry

PROVINCE = RegionNode("CN-510000", "CN/CN-510000/")
CITY = RegionNode("CN-510100", "CN/CN-510000/CN-510100/")
COUNTED = {
    "all": Filter(),
    "one of each": Filter(
        values={
            "region": RegionSelection(include=(PROVINCE,)),
            "platform": Selection(include=("weibo", "x")),
            "department_type": Selection(exclude=("police",)),
            "status": Selection(include=("active",)),
            "verification": Selection(exclude=("none",)),
            "subject": Selection(include=("body",)),
            "language": Selection(include=("zh",)),
        },
    ),
    "without a country": Filter(values={"region": RegionSelection(exclude=(RegionNode("CN", "CN/"),))}),
    "a city": Filter(values={"region": RegionSelection(include=(CITY,))}),
    "a tag": Filter(values={"tag": Selection(include=("covid",))}),
    "a source": Filter(values={"source": Selection(include=("s1",))}),
}


def reads_of_accounts(conn: psycopg.Connection[Any]) -> int:
    """Return how often this transaction has scanned the accounts, by index or not."""
    row = conn.execute(
        "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relname = 'accounts'"
    ).fetchone()
    return int(row[0]) if row else 0


@pytest.mark.parametrize("name", COUNTED)
def test_a_count_from_summary_tables_is_exact_and_reads_no_account(registry: Registry, name: str) -> None:
    account_filter = COUNTED[name]
    with registry.database.snapshot() as conn:
        before = reads_of_accounts(conn)
        count = count_matches(conn, account_filter, "exact").count
        assert reads_of_accounts(conn) == before
        where = WhereClause.of(account_filter)
        read = conn.execute(compose("SELECT count(*) FROM accounts{}", where.where()), where.parameters).fetchone()
    assert read is not None
    assert count == {"value": read[0], "kind": "exact"}
    assert read[0] > 0


def test_facets_from_summary_tables_read_no_account(registry: Registry) -> None:
    with registry.database.snapshot() as conn:
        before = reads_of_accounts(conn)
        count_matches(conn, COUNTED["one of each"], "exact", ("platform",))
        count_matches(conn, COUNTED["all"], "estimated", FACETS)
        assert reads_of_accounts(conn) == before


def test_an_estimate_is_exact_where_summary_tables_can_answer(registry: Registry) -> None:
    with registry.database.read() as conn:
        exact = {"value": len(registry.documents), "kind": "exact"}
        assert count_matches(conn, COUNTED["all"], "estimated").count == exact
        # By plans that differ in nothing but how many accounts they expect.
        search = plan_query(registry.database, "nasa")
        many = Filter(
            search=replace(search, accounts=1_000_000, estimates=(0.0, 0.0, 0.0, 0.0, 70_000.0, 0.0, 0.0, 0.0))
        )
        few = Filter(search=replace(search, accounts=1_000_000, estimates=(9.0,) * 8))
        searched = count_matches(conn, many, "estimated").count
        assert count_matches(conn, few, "estimated").count == count_matches(conn, many, "exact").count
    assert searched is not None
    assert searched["kind"] == "estimated"


def values(client: FlaskClient, query: str, name: str) -> dict[str | None, int]:
    body = client.get(f"/v1/accounts?{query}&facets={name}&limit=1").get_json()
    return {bucket["value"]: bucket["count"] for bucket in body["facets"][name]}


def test_regions_are_counted_by_country_and_below_one_region_by_what_is_next_below_it(
    client: FlaskClient, registry: Registry
) -> None:
    codes = [d["region"]["code"] if d["region"] else None for d in registry.documents]
    assert values(client, "status=-none-such"[:0], "region") == {
        None: codes.count(None),
        "CN": sum((code or "").startswith("CN") for code in codes),
        "FR": sum((code or "").startswith("FR") for code in codes),
        "LI": codes.count("LI"),
    }
    assert values(client, "region=CN", "region") == {
        "CN": codes.count("CN"),
        "CN-510000": sum((code or "").startswith("CN-51") for code in codes),
        "CN-320000": sum((code or "").startswith("CN-32") for code in codes),
    }
    assert values(client, "region=CN-510000", "region") == {
        "CN-510000": codes.count("CN-510000"),
        "CN-510100": sum((code or "").startswith("CN-5101") for code in codes),
    }
    assert values(client, "region=CN-510100&tag=covid", "region").keys() == {"CN-510100", "CN-510104", "CN-510105"}


def test_values_of_sources_and_tags_are_counted_once_each(client: FlaskClient, registry: Registry) -> None:
    for query in ("", "status=active"):
        documents = [d for d in registry.documents if not query or d["status"] == "active"]
        for name in ("source", "tag"):
            true = {value: sum(value in d[f"{name}s"] for d in documents) for d in documents for value in d[f"{name}s"]}
            assert values(client, query, name) == true


def test_the_most_frequent_value_comes_first(client: FlaskClient) -> None:
    body = client.get("/v1/accounts?facets=platform").get_json()
    counts = [bucket["count"] for bucket in body["facets"]["platform"]]
    assert counts == sorted(counts, reverse=True)
