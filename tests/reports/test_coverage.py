"""The coverage report: what is expected, known, with accounts, and missing by name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.reports.schemas import CoverageListSchema, MissingListSchema
from tests.serving import client_of, walk

TOWN = {"department_type": "local-government", "source": "test"}
# The capital and two other prefectures of Sichuan (21), a district, and bodies of other kinds.
ROWS = [
    {"platform": "weibo", "handle": "chengdu", "region": "CN-510100", "department": "成都市人民政府", **TOWN},
    {"platform": "douyin", "handle": "chengdu", "region": "CN-510100", "department": "成都市人民政府", **TOWN},
    {"platform": "weibo", "handle": "zigong", "region": "CN-510300", "name": "自贡发布", **TOWN},
    {
        "platform": "weibo",
        "handle": "luzhou",
        "region": "CN-510500",
        "department": "泸州市人民政府",
        "status": "closed",
        **TOWN,
    },
    {"platform": "weibo", "handle": "jinjiang", "region": "CN-510104", "department": "锦江区人民政府", **TOWN},
    {
        "platform": "weibo",
        "handle": "police",
        "region": "CN-510100",
        "department": "成都市公安局",
        "department_type": "police",
        "source": "test",
    },
    {
        "platform": "x",
        "handle": "HHSGov",
        "region": "US",
        "department": "Department of Health & Human Services",
        "department_type": "health",
        "source": "test",
    },
    {"platform": "x", "handle": "malmo", "region": "SE", "department": "Malmö", **TOWN},
    {"platform": "x", "handle": "lund", "region": "SE", "department": "Lund", "status": "suspended", **TOWN},
]


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of a registry with these accounts."""
    lines = io.BytesIO("".join(json.dumps(row) + "\n" for row in ROWS).encode())
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        import_files(conn, [lines], Options(actor="test", reason="test"))
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client


def report(client: FlaskClient, query: str) -> dict[str, Any]:
    """Return the only row of a report."""
    (row,) = walk(client, f"/v1/reports/coverage?{query}")
    return row


def figures(row: dict[str, Any]) -> tuple[int | None, int, int, int]:
    return row["expected"], row["known"], row["with_accounts"], row["missing"]["count"]


def test_governments_of_regions_are_counted_and_those_without_accounts_named(client: FlaskClient) -> None:
    row = next(
        row
        for row in walk(client, "/v1/reports/coverage?region=CN-SC&kind=prefecture-government")
        if row["region"]["code"] == "CN-510000"
    )
    # Of three that are known, one has closed its account.
    assert figures(row) == (21, 3, 2, 19)
    assert row["missing"]["first"][:2] == ["攀枝花市", "泸州市"]
    assert row["platforms"] == [
        {"platform": "douyin", "with_accounts": 1},
        {"platform": "weibo", "with_accounts": 2},
    ]
    missing = walk(client, f"{row['links']['missing']}?limit=7")
    assert len(missing) == 19
    assert [body["region"]["code"] for body in missing][:2] == ["CN-510400", "CN-510500"]
    assert [body["known"] for body in missing][:2] == [False, True]
    assert missing[1]["department"] is not None


def test_the_report_of_a_platform_counts_accounts_there_alone(client: FlaskClient) -> None:
    query = "region=CN-510000&kind=prefecture-government&limit=1"
    row = client.get(f"/v1/reports/coverage?{query}&platform=新浪微博").get_json()["data"][0]
    assert figures(row) == (21, 3, 2, 19)
    row = client.get(f"/v1/reports/coverage?{query}&platform=-weibo").get_json()["data"][0]
    assert figures(row) == (21, 3, 1, 20)
    assert len(walk(client, row["links"]["missing"])) == 20


def test_ministries_are_known_by_their_names_whatever_their_type(client: FlaskClient) -> None:
    row = report(client, "region=US&kind=ministry")
    assert figures(row) == (15, 1, 1, 14)
    bodies = walk(client, row["links"]["missing"])
    names = [body["name"] for body in bodies]
    assert [body["region"] for body in bodies] == [None] * 14
    assert len(names) == 14
    assert "United States Department of Health and Human Services" not in names


def test_where_only_a_number_is_expected_the_known_bodies_without_accounts_are_named(client: FlaskClient) -> None:
    row = report(client, "region=SE&kind=municipality")
    assert figures(row) == (290, 2, 1, 289)
    assert row["missing"] == {"count": 289, "named": 1, "first": ["Lund"]}
    assert (row["source"], row["counted_on"]) == (
        "Sveriges Kommuner och Landsting, https://skl.se/tjanster/kommunerlandsting/faktakommunerochlandsting.432.html",
        "2018-10-09",
    )


def test_a_region_has_a_row_for_each_of_its_types_of_which_no_number_is_expected(client: FlaskClient) -> None:
    row = report(client, "region=CN-510100&department_type=police")
    assert (row["kind"], row["name"]) == (None, "Police")
    assert figures(row) == (None, 1, 1, 0)
    assert walk(client, row["links"]["missing"]) == []
    row = report(client, "region=CN-510100&department_type=police&platform=wechat")
    assert row["missing"] == {"count": 1, "named": 1, "first": ["成都市公安局"]}
    kinds = [(row["department_type"], row["kind"]) for row in walk(client, "/v1/reports/coverage?region=CN-510100")]
    assert kinds == [("local-government", None), ("local-government", "county-government"), ("police", None)]


def test_pages_have_every_row_once_and_the_public_shape(client: FlaskClient) -> None:
    whole = client.get("/v1/reports/coverage?limit=1000").get_json()
    assert CoverageListSchema().validate(whole) == {}
    rows = walk(client, "/v1/reports/coverage?limit=170")
    assert rows == whole["data"]
    assert len({(row["region"]["code"], row["kind"]) for row in rows}) == len(rows)
    missing = client.get("/v1/reports/coverage/CN/county-government/missing").get_json()
    assert MissingListSchema().validate(missing) == {}
    assert len(missing["data"]) == 100


def test_the_report_as_csv_has_every_row(client: FlaskClient) -> None:
    rows = walk(client, "/v1/reports/coverage?region=CN-510000")
    response = client.get("/v1/reports/coverage.csv?region=CN-510000")
    assert response.mimetype == "text/csv"
    lines = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert [(line["region.code"], line["kind"], int(line["missing.count"])) for line in lines] == [
        (row["region"]["code"], row["kind"] or "", row["missing"]["count"]) for row in rows
    ]
    line = next(line for line in lines if (line["region.code"], line["kind"]) == ("CN-510000", "prefecture-government"))
    assert line["missing.first"].startswith("攀枝花市|泸州市|")
    assert line["platforms"] == "douyin|weibo"


@pytest.mark.parametrize(
    ("path", "parameter", "hint"),
    [
        ("coverage?platform=weebo", "platform", "weibo"),
        ("coverage?department_type=polcie", "department_type", "police"),
        ("coverage?region=CN-5101000", "region", "CN-510100"),
        ("coverage?kind=municipalty", "kind", "municipality"),
        ("coverage/SE/municipality/missing?platform=weebo", "platform", "weibo"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest_known(
    client: FlaskClient, path: str, parameter: str, hint: str
) -> None:
    response = client.get(f"/v1/reports/{path}")
    assert response.status_code == 400
    (error,) = response.get_json()["errors"]
    assert error["parameter"] == parameter
    assert hint in error["detail"]


@pytest.mark.parametrize(
    ("row", "hint"), [("SE/ministry", "name municipality or a department type"), ("ZZ/police", "No region has")]
)
def test_a_row_that_the_report_does_not_have_is_not_found(client: FlaskClient, row: str, hint: str) -> None:
    response = client.get(f"/v1/reports/coverage/{row}/missing")
    assert response.status_code == 404
    assert hint in response.get_json()["detail"]
