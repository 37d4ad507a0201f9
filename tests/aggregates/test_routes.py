"""Aggregates equal what a recount of the download gives, whatever is grouped and filtered."""

import csv
import io
import itertools
import json
import re
import statistics
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from directory.accounts.parameters import build_filter
from directory.aggregates.parameters import DIMENSIONS, AggregatePageQuerySchema
from directory.aggregates.queries import csv_statement
from directory.aggregates.schemas import AggregateListSchema
from directory.http.pagination import encode_cursor, fingerprint
from tests.accounts.conftest import Registry, app, client, registry, registry_template

__all__ = ["app", "client", "registry", "registry_template"]

FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "platform": st.sampled_from(["weibo", "-weibo", "weibo,x"]),
        "region": st.sampled_from(["CN", "CN-510000", "CN-510100,FR", "-CN-510100"]),
        "status": st.sampled_from(["active", "-closed"]),
        "language": st.sampled_from(["en", "-zh"]),
        "source": st.sampled_from(["s1", "-s2"]),
        "followers_min": st.sampled_from(["1", "1000"]),
        "q": st.sampled_from(["police", "成都"]),
        "as_of": st.just("4"),
    },
)
SLOW_IS_FINE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def values_of(account: dict[str, Any], name: str, level: int, paths: dict[str, str]) -> list[str | None]:
    """Return the values of a dimension that an account has: several of sources alone."""
    match name:
        case "region":
            codes = paths[account["region"]["code"]].rstrip("/").split("/") if account["region"] else [None]
            return [codes[min(level, len(codes)) - 1]]
        case "department":
            return [account["department"] and account["department"]["id"]]
        case "department_type":
            return [account["department"] and account["department"]["type"]]
        case "verification":
            return [account["verification"]["level"]]
        case "opened_year":
            return [account["opened_on"] and account["opened_on"][:4]]
        case "source":
            return account["sources"] or [None]
        case _:
            return [account[name]]


def count(accounts: Sequence[dict[str, Any]], everything: int) -> dict[str, Any]:
    """Return what is counted of a group."""
    known = [account["followers"]["count"] for account in accounts if account["followers"]]
    return {
        "accounts": len(accounts),
        "followers": {
            "known": len(known),
            "sum": sum(known) if known else None,
            "share": sum(known) / everything if known and everything else None,
            "median": statistics.median(known) if known else None,
        },
    }


def recount(
    accounts: Sequence[dict[str, Any]], by: Sequence[str], level: int, paths: dict[str, str], *, subtotals: bool
) -> dict[str, dict[str, Any]]:
    """Return all groups by their key."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for account in accounts:
        for length in range(1 if subtotals else len(by), len(by) + 1):
            values = [values_of(account, name, level, paths) for name in by[:length]]
            for key in itertools.product(*values):
                groups.setdefault(json.dumps(dict(zip(by, key, strict=False))), []).append(account)
    everything = sum(account["followers"]["count"] for account in accounts if account["followers"])
    return {key: count(members, everything) for key, members in groups.items()}


def all_pages(client: FlaskClient, query: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the groups of all pages, and the last page."""
    groups: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(200):
        response = client.get(f"/v1/aggregates?{query}{cursor}")
        page = response.get_json()
        assert response.status_code == 200, page
        assert not AggregateListSchema().validate(page)
        groups += page["data"]
        if page["page"]["next"] is None:
            return groups, page
        cursor = f"&cursor={page['page']['next']}"
    raise AssertionError(query)


QUESTIONS = st.fixed_dictionaries(
    {
        "by": st.lists(st.sampled_from(DIMENSIONS), min_size=1, max_size=3, unique=True).map(",".join),
        "subtotals": st.sampled_from(["true", "false"]),
        "sort": st.sampled_from(["-accounts", "-followers", "by"]),
    },
    optional={"region_level": st.sampled_from(["1", "2", "3", "4"])},
)


@example(question={"by": "department", "subtotals": "false", "sort": "by"}, filters={})
@example(question={"by": "department", "subtotals": "true", "sort": "-accounts"}, filters={"as_of": "4"})
@example(
    question={"by": "region,source", "region_level": "3", "subtotals": "true", "sort": "by"},
    filters={"region": "CN-510000", "as_of": "4"},
)
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(question=QUESTIONS, filters=FILTERS)
def test_groups_equal_a_recount_of_the_download(
    client: FlaskClient, registry: Registry, question: dict[str, str], filters: dict[str, str]
) -> None:
    by, level = question["by"].split(","), int(question.get("region_level", 1))
    lines = client.get(f"/v1/accounts.ndjson?{urlencode(filters)}").get_data(as_text=True).splitlines()
    accounts = [json.loads(line) for line in lines]
    expected = recount(accounts, by, level, registry.paths, subtotals=question["subtotals"] == "true")
    query = {**filters, **question, "limit": "37"}
    if "region" not in by:
        query.pop("region_level", None)
    groups, page = all_pages(client, urlencode(query))
    found = {json.dumps(each["group"]): {key: each[key] for key in ("accounts", "followers")} for each in groups}
    assert found == expected
    assert len(groups) == len(found) == page["page"]["count"]
    assert page["total"] == count(accounts, sum(a["followers"]["count"] for a in accounts if a["followers"]))
    alone, page = all_pages(client, urlencode({**query, "sort": "by", "values": "accounts"}))
    assert {json.dumps(each["group"]): each["accounts"] for each in alone} == {
        key: each["accounts"] for key, each in expected.items()
    }
    assert page["total"] == {"accounts": len(accounts)}
    if question["sort"] != "by":
        of_accounts = question["sort"] == "-accounts"
        numbers = [each["accounts"] if of_accounts else each["followers"]["sum"] or -1 for each in groups]
        assert numbers == sorted(numbers, reverse=True)


def test_the_csv_has_the_groups_of_the_pages_with_names_and_the_total_of_level_0(client: FlaskClient) -> None:
    query = "by=region,department&region_level=2&subtotals=true&sort=by"
    response = client.get(f"/v1/aggregates.csv?{query}&spreadsheet=true")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="aggregates-')
    text = response.get_data(as_text=True)
    assert text.startswith("\N{BYTE ORDER MARK}")
    total, *rows = csv.DictReader(io.StringIO(text[1:]))
    groups, page = all_pages(client, f"{query}&limit=1000")
    assert (total["level"], total["region"], total["accounts"]) == ("0", "", str(page["total"]["accounts"]))
    assert len(rows) == page["page"]["count"]
    for row, each in zip(rows, groups, strict=True):
        followers = each["followers"]
        assert row == {
            "region": each["group"]["region"] or "",
            "region.name": each["names"]["region"] or "",
            "department": each["group"].get("department") or "",
            "department.name": each["names"].get("department") or "",
            "level": str(len(each["group"])),
            "accounts": str(each["accounts"]),
            "followers.known": str(followers["known"]),
            **{
                f"followers.{key}": "" if followers[key] is None else format(followers[key], ".17g")
                for key in ("sum", "share", "median")
            },
        } | {"followers.share": row["followers.share"]}
        assert float(row["followers.share"] or -1) == (-1 if followers["share"] is None else followers["share"])
    level_2 = client.get(f"/v1/aggregates.csv?{query}&subtotals=false".replace("subtotals=true&", ""))
    assert {row["level"] for row in csv.DictReader(io.StringIO(level_2.get_data(as_text=True)))} == {"2"}


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("", "by", "Missing data for required field."),
        ("by=platform,status,language,source", "by", "has 4 names; at most 3 are taken"),
        ("by=handle", "by", "handle is not offered"),
        ("by=platform,platform", "by", "names platform more than once"),
        ("by=platform&region_level=2", "region_level", "needs region in by"),
        ("by=region&region_level=5", "region_level", "from 1 to 4"),
        ("by=platform&sort=-followers&values=accounts", "sort", "needs followers in values"),
        ("by=platform&followers_min=5&followers_max=4", "followers_min", "is above followers_max"),
        ("by=platform&platform=wiebo", "platform", "did you mean weibo?"),
        ("by=platform&fields=id", "fields", "there is no such parameter here"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, query: str, parameter: str, detail: str) -> None:
    for path in ("/v1/aggregates", "/v1/aggregates.csv"):
        response = client.get(f"{path}?{query}")
        (error,) = response.get_json()["errors"]
        assert (response.status_code, error["parameter"]) == (400, parameter)
        assert detail in error["detail"]


def test_a_cursor_is_valid_for_its_own_question_and_forged_ones_are_refused(client: FlaskClient, app: Flask) -> None:
    cursor = client.get("/v1/aggregates?by=platform&limit=1").get_json()["page"]["next"]
    assert client.get(f"/v1/aggregates?by=status&limit=1&cursor={cursor}").status_code == 400
    path = "/v1/aggregates?by=platform&limit=1"
    for values in (["1"], ["x", "[]"], ["1", "[1]"], ["1", '["a","b"]'], ["1", '["\\u0000"]'], ["9" * 40, "[null]"]):
        with app.test_request_context(path):
            forged = encode_cursor(fingerprint(), values)
        response = client.get(f"{path}&cursor={forged}")
        assert (response.status_code, response.get_json()["type"]) == (400, "/problems/invalid-cursor"), values


def test_a_client_that_has_the_answer_gets_304(client: FlaskClient) -> None:
    for path in ("/v1/aggregates?by=platform", "/v1/aggregates.csv?by=platform"):
        first = client.get(path)
        assert first.headers["Cache-Control"] == "public, max-age=60"
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_accounts_alone_are_counted_in_tables_of_counts(registry: Registry) -> None:
    def tables(*pairs: tuple[str, str]) -> set[str]:
        query = AggregatePageQuerySchema().parse(pairs)
        statement, parameters = csv_statement(build_filter(registry.database, query), query, escape_formulas=False)
        text = statement.as_string().removeprefix("COPY (").partition(") TO STDOUT")[0]
        with psycopg.connect(registry.url) as conn:
            plan = conn.execute(f"EXPLAIN (FORMAT JSON) {text}".encode(), parameters).fetchall()
        return {*re.findall(r"'Relation Name': '(\w+)'", str(plan))}

    alone = ("values", "accounts")
    assert tables(("by", "platform,status,region"), alone, ("region_level", "2"), ("platform", "weibo")) == {
        "account_counts",
        "regions",
    }
    assert tables(("by", "department"), alone) == {"account_tallies", "account_counts", "departments"}
    # No count is read where none is asked for.
    assert tables(("by", "opened_year"), alone) == {"accounts"}
    assert tables(("by", "platform")) == {"accounts", "account_followers"}
